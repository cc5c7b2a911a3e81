package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job that is to be drawn into a call. Numbers choose among what there is when the call is made.
 *
 * @param parent 0 to 9: few choose no parent, some a parent in the call, many an open group that exists
 */
record DrawnJob(
        int parent,
        boolean finishes,
        boolean isUnsealed,
        ChildFailurePolicy onChildFailure,
        boolean cancelsOtherChildren,
        List<Integer> after,
        PredecessorFailurePolicy onPredecessorFailure,
        int key) {
    static final int MOST_LEVELS = 5;
    private static final int KEYS = 3;

    private int size() {
        return 1
                + after.size()
                + (cancelsOtherChildren ? 1 : 0)
                + (onChildFailure == ChildFailurePolicy.FAIL_AT_ONCE ? 0 : 1);
    }

    static int sizeOf(List<DrawnJob> jobs) {
        return 1 + jobs.stream().mapToInt(DrawnJob::size).sum();
    }

    /** Each list has the same jobs but one, or has a plainer one in its place. */
    static List<List<DrawnJob>> simpler(List<DrawnJob> jobs) {
        List<List<DrawnJob>> all = FamilyCommand.withoutOne(jobs);
        for (int i = 0; i < jobs.size(); i++) {
            for (DrawnJob plainer : jobs.get(i).plainer()) {
                List<DrawnJob> changed = new ArrayList<>(jobs);
                changed.set(i, plainer);
                all.add(changed);
            }
        }
        return all;
    }

    private List<DrawnJob> plainer() {
        List<DrawnJob> plainer = new ArrayList<>();
        FamilyCommand.withoutOne(after)
                .forEach(fewer -> plainer.add(with(onChildFailure, cancelsOtherChildren, fewer)));
        if (cancelsOtherChildren) {
            plainer.add(with(onChildFailure, false, after));
        }
        if (onChildFailure != ChildFailurePolicy.FAIL_AT_ONCE) {
            plainer.add(with(ChildFailurePolicy.FAIL_AT_ONCE, cancelsOtherChildren, after));
        }
        return plainer;
    }

    private DrawnJob with(ChildFailurePolicy policy, boolean cancels, List<Integer> otherAfter) {
        return new DrawnJob(parent, finishes, isUnsealed, policy, cancels, otherAfter, onPredecessorFailure, key);
    }

    /** Turns drawn jobs into a call that makes sense as the model stands. */
    static final class Call {
        private final ModelJobs jobs;
        private final String prefix;
        private final @Nullable String spawner;
        private final List<PlannedJob> roles = new ArrayList<>();
        private final Map<String, Integer> levels = new HashMap<>();
        private final List<String> parents = new ArrayList<>();
        private final Set<String> finished = new LinkedHashSet<>();

        /** @param spawner the parent of those that have no other; null if they may have none */
        Call(ModelJobs jobs, String prefix, @Nullable String spawner) {
            this.jobs = jobs;
            this.prefix = prefix;
            this.spawner = spawner;
            if (spawner != null) {
                parents.add(spawner);
                levels.put(spawner, jobs.level(spawner));
            }
        }

        List<PlannedJob> planned(List<DrawnJob> drawn) {
            drawn.forEach(this::plan);
            List<PlannedJob> whole = new ArrayList<>();
            for (PlannedJob role : roles) {
                boolean isParent = !role.isSealed()
                        || roles.stream().anyMatch(other -> role.name().equals(other.parent()));
                whole.add(isParent || role.isFinisher() ? role.withoutPredecessors() : role);
            }
            return whole;
        }

        private void plan(DrawnJob drawn) {
            String name = prefix + (roles.size() + 1);
            String parent = parentFor(drawn);
            boolean isInCall = parent != null && parents.contains(parent);
            boolean finishes = drawn.finishes && parent != null && isInCall && finished.add(parent);
            int level = parent == null ? 1 : 1 + (isInCall ? levelInCall(parent) : jobs.level(parent));
            PlannedJob alone = PlannedJob.of(name, drawn.key < KEYS ? "key" + drawn.key : null)
                    .onChildFailure(drawn.onChildFailure, drawn.cancelsOtherChildren)
                    .after(drawn.onPredecessorFailure, List.of());
            PlannedJob role = finishes
                    ? alone.finisherOf(Objects.requireNonNull(parent))
                    : (drawn.isUnsealed ? alone.unsealed() : alone).childOf(parent);
            roles.add(role);
            if (!finishes) {
                // A finisher that is a parent from the start is refused: other tests show that.
                parents.add(name);
                levels.put(name, level);
                drawn.after.forEach(this::tie);
            }
        }

        private int levelInCall(String name) {
            return levels.getOrDefault(name, 0);
        }

        private @Nullable String parentFor(DrawnJob drawn) {
            List<String> inCall = parents.stream()
                    .filter(name -> levelInCall(name) < MOST_LEVELS)
                    .toList();
            List<String> groups = jobs.all().stream()
                    .filter(job -> job.isOpenGroup() && jobs.level(job.name) < MOST_LEVELS)
                    .map(job -> job.name)
                    .toList();
            if (spawner != null) {
                return inCall.get(inCall.size() - 1 - drawn.parent % inCall.size());
            }
            if (drawn.parent >= 7 && !groups.isEmpty()) {
                return groups.get(groups.size() - 1 - drawn.parent % groups.size());
            }
            return drawn.parent < 3 || inCall.isEmpty()
                    ? null
                    : inCall.get(inCall.size() - 1 - drawn.parent % inCall.size());
        }

        /** Lets the last job come after another, unless a job would wait for itself. */
        private void tie(int draw) {
            PlannedJob last = roles.remove(roles.size() - 1);
            List<String> others = new ArrayList<>();
            if (spawner == null && draw % 3 == 0) {
                others.addAll(jobs.names());
            } else {
                roles.forEach(role -> others.add(role.name()));
            }
            roles.add(
                    others.isEmpty() ? last : last.afterAlso(others.get(others.size() - 1 - draw / 3 % others.size())));
            if (WaitGraph.with(roles, jobs).hasCycle()) {
                roles.set(roles.size() - 1, last);
            }
        }
    }
}
