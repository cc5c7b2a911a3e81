package io.forthwith.store.kit;

import io.forthwith.store.kit.Settling.How;
import java.util.List;
import java.util.Random;

/** What commands meet about: a job, alone or in a family, brought to some point of its life, and two workers. */
final class Meeting {
    /** How far the job has come. */
    enum Scene {
        /** Enqueued. */
        PENDING,
        /** Claimed by worker A. */
        HELD,
        /** Claimed by worker A, whose lease has lapsed. */
        LAPSED,
        /** As before, and it would be the last time. */
        LAPSED_AT_LAST_TRY,
        /** Failed or cancelled; its parents with it. */
        ENDED
    }

    private final Round round;
    private final Random random;
    private final boolean isFamily;

    Meeting(Round round) {
        this.round = round;
        this.random = round.random;
        this.isFamily = random.nextBoolean();
    }

    void prepare(Scene scene) {
        round.issue(round.source.register("A"));
        round.issue(round.source.register("B"));
        round.issue(add());
        switch (scene) {
            case PENDING -> {}
            case HELD -> round.issue(claim("A"));
            case LAPSED -> claimAndLapse();
            case LAPSED_AT_LAST_TRY -> {
                for (int lost = 1; lost < Fixture.CAP; lost++) {
                    claimAndLapse();
                    round.issue(takeOver());
                    round.issue(round.source.register("A"));
                }
                claimAndLapse();
            }
            case ENDED -> {
                round.issue(claim("A"));
                end();
            }
        }
    }

    private void claimAndLapse() {
        round.issue(claim("A"));
        for (int ticks = 0; ticks < CommandModel.LEASE; ticks++) {
            round.tick();
        }
        if (random.nextBoolean()) {
            round.issue(beat("B"));
        }
    }

    private void end() {
        if (isFamily && random.nextBoolean()) {
            round.issue(settleSibling(How.COMPLETE));
        }
        if (random.nextBoolean()) {
            round.issue(cancel());
        }
        round.issue(settle(How.FAIL));
        if (random.nextBoolean()) {
            round.issue(addRival());
            if (random.nextBoolean()) {
                round.issue(Commands.cancel(Cast.RIVAL.name()));
            }
        }
    }

    // The job

    private String job() {
        return isFamily ? Cast.CHILD.name() : Cast.ALONE.name();
    }

    private Command add() {
        return Commands.add(isFamily ? Cast.FAMILY : List.of(Cast.ALONE), 0);
    }

    /** The same call once more. A family that is being purged is left alone: see {@link CommandSource#add}. */
    Command addAgain() {
        return isFamily ? addRival() : add();
    }

    Command cancel() {
        return Commands.cancel(job());
    }

    Command retry() {
        return Commands.retry(job());
    }

    /** By the worker and claim that hold it now. */
    Command settle(How how) {
        return settle(job(), how);
    }

    Command report() {
        ModelJob held = round.model.job(job());
        return Commands.report(job(), held.claim, held.holder, 40);
    }

    private Command settle(String name, How how) {
        ModelJob held = round.model.job(name);
        return Commands.settle(List.of(new Settling(name, held.claim, held.holder, how)));
    }

    // Others

    /** Of a job that wants the same unique key. */
    Command addRival() {
        return Commands.add(List.of(Cast.RIVAL), 0);
    }

    Command retryRival() {
        return Commands.retry(Cast.RIVAL.name());
    }

    Command cancelParent() {
        return Commands.cancel(isFamily ? Cast.PARENT.name() : job());
    }

    Command retryParent() {
        return Commands.retry(isFamily ? (random.nextBoolean() ? Cast.PARENT : Cast.TOP).name() : job());
    }

    Command settleSibling(How how) {
        return settle(isFamily ? Cast.SIBLING.name() : job(), how);
    }

    Command claim(String slot) {
        return Commands.claim(round.source.nameIn(slot), 100);
    }

    Command beat(String slot) {
        return Commands.beat(round.source.nameIn(slot));
    }

    Command deregister(String slot) {
        return Commands.deregister(round.source.nameIn(slot));
    }

    Command takeOver() {
        return round.source.takeOver();
    }

    Command purge() {
        return Commands.purge(0, 0);
    }
}
