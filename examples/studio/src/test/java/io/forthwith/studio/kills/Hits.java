package io.forthwith.studio.kills;

/** Counts what the kills have hit. */
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
     * @param taken of these charges, those which the ledger knew already
     * @param undos undo jobs that it ran
     * @param given of these undo jobs, those whose charge the ledger knew already as refunded
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

    /** Whether enough have hit a step and an undo: of 20 that were planned 8 and 1, however many it took. */
    boolean areConclusive(int planned) {
        return steps * 20 >= planned * 8 && undos * 20 >= planned;
    }

    @Override
    public String toString() {
        return "%d kills: %d between intent and result (in %d of them credits were taken), %d in an undo (in %d of them credits were given back), %d of an idle worker"
                .formatted(kills, steps, stepsTaken, undos, undosGiven, nothing);
    }
}
