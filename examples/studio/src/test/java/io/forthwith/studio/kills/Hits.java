package io.forthwith.studio.kills;

/** Counts the jobs, steps and undo jobs that the kills have interrupted. */
final class Hits {
    private int kills;
    private int steps;
    private int stepsTaken;
    private int undos;
    private int undosGiven;
    private int nothing;

    /**
     * What a worker held when it was killed.
     *
     * @param jobs that it ran, undo jobs included
     * @param steps charges of these jobs that were begun and had no result
     * @param taken how many of these charges the ledger had already
     * @param undos undo jobs that it ran
     * @param given how many of these undo jobs had already refunded their charge in the ledger
     */
    record Held(int jobs, int steps, int taken, int undos, int given) {}

    void add(Held held) {
        kills++;
        steps += held.steps() > 0 ? 1 : 0;
        stepsTaken += held.taken() > 0 ? 1 : 0;
        undos += held.undos() > 0 ? 1 : 0;
        undosGiven += held.given() > 0 ? 1 : 0;
        nothing += held.jobs() == 0 ? 1 : 0;
    }

    int kills() {
        return kills;
    }

    /**
     * Whether enough kills have hit a step and an undo: 8 a step and 1 an undo, for each 20 planned kills. Fewer than 20 planned kills
     * need not hit an undo.
     */
    boolean areConclusive(int planned) {
        return steps * 20 >= planned * 8 && undos >= planned / 20;
    }

    @Override
    public String toString() {
        return "%d kills: %d between intent and result (in %d of them credits were taken), %d in an undo (in %d of them credits were given back), %d of an idle worker"
                .formatted(kills, steps, stepsTaken, undos, undosGiven, nothing);
    }
}
