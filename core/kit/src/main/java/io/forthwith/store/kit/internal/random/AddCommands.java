package io.forthwith.store.kit.internal.random;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Commands that add jobs, and that seal groups. */
final class AddCommands {
    private AddCommands() {}

    /** Adds jobs, some of them perhaps to groups. */
    record Adding(List<DrawnJob> jobs, boolean isReversed, Spoil spoil, int other) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            List<PlannedJob> call =
                    new ArrayList<>(new DrawnJob.Call(run.model.jobs(), run.nextPrefix(), null).planned(jobs));
            spoil.in(call, run, other);
            if (isReversed) {
                Collections.reverse(call);
            }
            run.add(call, "add");
        }

        @Override
        public int size() {
            return DrawnJob.sizeOf(jobs);
        }

        @Override
        public List<FamilyCommand> simpler() {
            return DrawnJob.simpler(jobs).stream()
                    .filter(fewer -> !fewer.isEmpty())
                    .map(fewer -> (FamilyCommand) new Adding(fewer, isReversed, spoil, other))
                    .toList();
        }
    }

    /** Repeats a call, with these jobs more: some may be children of its groups. */
    record Repeating(int which, List<DrawnJob> more, Spoil spoil, int other) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            if (run.calls.isEmpty()) {
                return;
            }
            List<PlannedJob> call = new ArrayList<>(run.calls.get(run.calls.size() - 1 - which % run.calls.size()));
            Set<String> missing = new HashSet<>();
            call.stream().filter(role -> !run.model.jobs().has(role.name())).forEach(role -> missing.add(role.name()));
            if (run.model.jobs().all().stream().anyMatch(job -> missing.contains(job.parent))) {
                // The contract does not say what a parent that was deleted is to children that named it.
                return;
            }
            if (!more.isEmpty()) {
                List<PlannedJob> fresh =
                        new ArrayList<>(new DrawnJob.Call(run.model.jobs(), run.nextPrefix(), null).planned(more));
                spoil.in(fresh, run, other);
                call.addAll(fresh);
            }
            run.add(call, "again add");
        }

        @Override
        public int size() {
            return DrawnJob.sizeOf(more);
        }

        @Override
        public List<FamilyCommand> simpler() {
            return DrawnJob.simpler(more).stream()
                    .map(fewer -> (FamilyCommand) new Repeating(which, fewer, spoil, other))
                    .toList();
        }
    }

    /** What is wrong with a call. */
    enum Spoil {
        NOTHING,
        /** A job has any other job as its parent, mostly a group that has ended. */
        PARENT,
        /** A job comes after any other job. */
        PREDECESSOR,
        /** A job comes after its parent, or after a job that waits for its parent. */
        WAITER;

        /** Changes the last job of a call. */
        void in(List<PlannedJob> call, FamilyRun run, int draw) {
            if (!call.isEmpty()) {
                PlannedJob role = call.get(call.size() - 1);
                call.set(call.size() - 1, spoilt(role, run, draw));
            }
        }

        private PlannedJob spoilt(PlannedJob role, FamilyRun run, int draw) {
            boolean mayComeAfter = !role.isFinisher() && role.isSealed();
            if (this == PARENT && role.parent() == null) {
                return role.childOf(run.name(draw, job -> !job.isSealed && !job.isOpen()));
            }
            if (this == PREDECESSOR && mayComeAfter) {
                return role.afterAlso(run.name(draw, job -> true));
            }
            return this == WAITER && mayComeAfter && role.parent() != null
                    ? role.afterAlso(waiter(role.parent(), run.model.jobs(), draw))
                    : role;
        }

        private static String waiter(String parent, ModelJobs jobs, int draw) {
            WaitGraph waits = WaitGraph.with(List.of(), jobs);
            List<String> waiters = new ArrayList<>(List.of(parent));
            for (ModelJob job : jobs.all()) {
                boolean isFinisher = job.isFinisher && parent.equals(job.parent);
                if (isFinisher || waits.allWaitedForBy(job.name).contains(parent)) {
                    waiters.add(job.name);
                }
            }
            return waiters.get(waiters.size() - 1 - draw % waiters.size());
        }
    }

    /** Seals a group. */
    record Sealing(int which) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            run.seal(run.name(which, ModelJob::isOpenGroup));
        }
    }
}
