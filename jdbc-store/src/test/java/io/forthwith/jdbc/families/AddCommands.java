package io.forthwith.jdbc.families;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How jobs come into being. */
final class AddCommands {
    private AddCommands() {}

    /** Adds jobs, some of them perhaps to groups. */
    record Adding(List<Sprout> sprouts, boolean isReversed, Spoil spoil, int other) implements Command {
        @Override
        public void issue(Duel duel) {
            List<Role> call = new ArrayList<>(new Sprout.Bed(duel.model, duel.nextPrefix(), null).roles(sprouts));
            spoil.in(call, duel, other);
            if (isReversed) {
                Collections.reverse(call);
            }
            duel.add(call, "add");
        }

        @Override
        public int size() {
            return Sprout.sizeOf(sprouts);
        }

        @Override
        public List<Command> simpler() {
            return Sprout.simpler(sprouts).stream()
                    .filter(fewer -> !fewer.isEmpty())
                    .map(fewer -> (Command) new Adding(fewer, isReversed, spoil, other))
                    .toList();
        }
    }

    /** Repeats a call, with these jobs more: some may be children of its groups. */
    record Repeating(int which, List<Sprout> more, Spoil spoil, int other) implements Command {
        @Override
        public void issue(Duel duel) {
            if (duel.calls.isEmpty()) {
                return;
            }
            List<Role> call = new ArrayList<>(duel.calls.get(duel.calls.size() - 1 - which % duel.calls.size()));
            Set<String> missing = new HashSet<>();
            call.stream().filter(role -> !duel.model.jobs().has(role.name())).forEach(role -> missing.add(role.name()));
            if (duel.model.jobs().all().stream().anyMatch(job -> missing.contains(job.parent))) {
                // What a parent that was deleted is to children who named it, nobody says.
                return;
            }
            if (!more.isEmpty()) {
                List<Role> fresh = new ArrayList<>(new Sprout.Bed(duel.model, duel.nextPrefix(), null).roles(more));
                spoil.in(fresh, duel, other);
                call.addAll(fresh);
            }
            duel.add(call, "again add");
        }

        @Override
        public int size() {
            return Sprout.sizeOf(more);
        }

        @Override
        public List<Command> simpler() {
            return Sprout.simpler(more).stream()
                    .map(fewer -> (Command) new Repeating(which, fewer, spoil, other))
                    .toList();
        }
    }

    /** What is wrong with a call. */
    enum Spoil {
        NOTHING,
        /** A job has any other one as its parent, rather a group that has ended. */
        PARENT,
        /** A job comes after any other one. */
        PREDECESSOR,
        /** A job comes after its parent, or after somebody who waits for that. */
        WAITER;

        /** Changes the last job of a call. */
        void in(List<Role> call, Duel duel, int draw) {
            if (!call.isEmpty()) {
                Role role = call.get(call.size() - 1);
                call.set(call.size() - 1, spoilt(role, duel, draw));
            }
        }

        private Role spoilt(Role role, Duel duel, int draw) {
            boolean mayComeAfter = !role.isFinisher() && !role.isUnsealed();
            if (this == PARENT && role.parent() == null) {
                return role.in(duel.name(draw, job -> !job.isSealed && !job.isOpen()));
            }
            if (this == PREDECESSOR && mayComeAfter) {
                return role.afterAlso(duel.name(draw, job -> true));
            }
            return this == WAITER && mayComeAfter && role.parent() != null
                    ? role.afterAlso(waiter(role.parent(), duel.model.jobs(), draw))
                    : role;
        }

        private static String waiter(String parent, Nodes jobs, int draw) {
            Waits waits = Waits.with(List.of(), jobs);
            List<String> waiters = new ArrayList<>(List.of(parent));
            for (Node job : jobs.all()) {
                boolean isFinisher = job.isFinisher() && parent.equals(job.parent);
                if (isFinisher || waits.allWaitedForBy(job.name).contains(parent)) {
                    waiters.add(job.name);
                }
            }
            return waiters.get(waiters.size() - 1 - draw % waiters.size());
        }
    }

    /** Seals a group. */
    record Sealing(int which) implements Command {
        @Override
        public void issue(Duel duel) {
            duel.seal(duel.name(which, ModelAdding::isOpenGroup));
        }
    }
}
