package io.forthwith.store.kit.internal.random;

import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.kit.internal.random.PlannedSettlement.How;
import java.util.List;
import java.util.Random;

/** What the racing commands use: a job, alone or in a family or in a group, brought to some point of its life, and two workers. */
final class RaceSetting {
    /** How far the job has come. */
    enum Scene {
        /** Enqueued. */
        PENDING,
        /** Claimed by worker A. */
        HELD,
        /** Claimed by worker A, whose lease has lapsed. */
        LAPSED,
        /** As before, and the job may lose no further worker. */
        LAPSED_AT_LAST_TRY,
        /** Failed or cancelled; its parents with it. */
        ENDED
    }

    /** The job that the commands use. */
    private enum Ties {
        /** {@link ScenarioJobs#ALONE}. */
        NONE,
        /** {@link ScenarioJobs#CHILD}. */
        FAMILY,
        /** {@link ScenarioJobs#MEMBER} of a group that is open. */
        GROUP
    }

    private final RandomRun round;
    private final Random random;
    private final Ties relations;
    private final boolean isFamily;

    RaceSetting(RandomRun round) {
        this.round = round;
        this.random = round.random;
        this.relations = Ties.values()[random.nextInt(Ties.values().length)];
        this.isFamily = relations == Ties.FAMILY;
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
                for (int lost = 1; lost < StoreFixture.CAP; lost++) {
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
                round.issue(CommandFactory.cancel(ScenarioJobs.RIVAL.name()));
            }
        }
    }

    // The job

    private String job() {
        return switch (relations) {
            case NONE -> ScenarioJobs.ALONE.name();
            case FAMILY -> ScenarioJobs.CHILD.name();
            case GROUP -> ScenarioJobs.MEMBER.name();
        };
    }

    private Command add() {
        return CommandFactory.add(
                switch (relations) {
                    case NONE -> List.of(ScenarioJobs.ALONE);
                    case FAMILY -> ScenarioJobs.FAMILY;
                    case GROUP -> List.of(ScenarioJobs.GROUP, ScenarioJobs.END, ScenarioJobs.MEMBER);
                },
                0);
    }

    /** This command makes the same call once more. A family that is being purged is left alone: see {@link CommandGenerator#anyForRace}. */
    Command addAgain() {
        return relations == Ties.NONE ? add() : addRival();
    }

    Command cancel() {
        return CommandFactory.cancel(job());
    }

    Command retry() {
        return CommandFactory.retry(job());
    }

    /** By the worker and claim that hold it now. */
    Command settle(How how) {
        return settle(job(), how);
    }

    Command report() {
        ModelJob held = round.model.job(job());
        return CommandFactory.report(job(), held.claim, held.holder, 40);
    }

    private Command settle(String name, How how) {
        ModelJob held = round.model.job(name);
        return CommandFactory.settle(List.of(PlannedSettlement.of(name, held.claim, held.holder, how)));
    }

    // Others

    /** This command adds a job that wants the same unique key. */
    Command addRival() {
        return CommandFactory.add(List.of(ScenarioJobs.RIVAL), 0);
    }

    Command retryRival() {
        return CommandFactory.retry(ScenarioJobs.RIVAL.name());
    }

    Command cancelParent() {
        return CommandFactory.cancel(parent());
    }

    Command retryParent() {
        return CommandFactory.retry(parent());
    }

    private String parent() {
        return switch (relations) {
            case NONE -> job();
            case FAMILY -> (random.nextBoolean() ? ScenarioJobs.PARENT : ScenarioJobs.TOP).name();
            case GROUP -> ScenarioJobs.GROUP.name();
        };
    }

    /** Of another member, which comes after the first one; beside the group itself, as if that was to be added first. */
    Command fill() {
        List<PlannedJob> late = List.of(ScenarioJobs.LATE_MEMBER);
        return CommandFactory.add(
                random.nextBoolean() ? late : List.of(ScenarioJobs.GROUP, ScenarioJobs.END, ScenarioJobs.LATE_MEMBER),
                0);
    }

    Command seal() {
        return CommandFactory.seal(ScenarioJobs.GROUP.name());
    }

    /** This command adds a job that comes after the group. */
    Command addAfter() {
        return CommandFactory.add(List.of(ScenarioJobs.SINGLE, ScenarioJobs.AFTER), 0);
    }

    Command settleSibling(How how) {
        return settle(isFamily ? ScenarioJobs.SIBLING.name() : job(), how);
    }

    Command claim(String slot) {
        return CommandFactory.claim(round.source.nameIn(slot), 100);
    }

    Command beat(String slot) {
        return CommandFactory.beat(round.source.nameIn(slot));
    }

    Command deregister(String slot) {
        return CommandFactory.deregister(round.source.nameIn(slot));
    }

    Command takeOver() {
        return round.source.takeOver();
    }

    Command purge() {
        return CommandFactory.purge(0, 0);
    }
}
