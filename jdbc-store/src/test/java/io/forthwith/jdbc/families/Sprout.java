package io.forthwith.jdbc.families;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job that is to be drawn into a call. Numbers choose among what there is when the call is made.
 *
 * @param parent 0 to 9: few choose no parent, some a parent in the call, many an open group that exists
 */
record Sprout(
        int parent,
        boolean finishes,
        boolean isUnsealed,
        ChildFailurePolicy onChildFailure,
        boolean cancelsSiblings,
        List<Integer> after,
        PredecessorFailurePolicy onPredecessorFailure,
        int key) {
    static final int MOST_LEVELS = 5;
    private static final int KEYS = 3;

    private int size() {
        return 1
                + after.size()
                + (cancelsSiblings ? 1 : 0)
                + (onChildFailure == ChildFailurePolicy.FAIL_AT_ONCE ? 0 : 1);
    }

    static int sizeOf(List<Sprout> sprouts) {
        return 1 + sprouts.stream().mapToInt(Sprout::size).sum();
    }

    /** The same jobs but one, or with one that is plainer. */
    static List<List<Sprout>> simpler(List<Sprout> sprouts) {
        List<List<Sprout>> all = Command.withoutOne(sprouts);
        for (int i = 0; i < sprouts.size(); i++) {
            for (Sprout plainer : sprouts.get(i).plainer()) {
                List<Sprout> changed = new ArrayList<>(sprouts);
                changed.set(i, plainer);
                all.add(changed);
            }
        }
        return all;
    }

    private List<Sprout> plainer() {
        List<Sprout> plainer = new ArrayList<>();
        Command.withoutOne(after).forEach(fewer -> plainer.add(with(onChildFailure, cancelsSiblings, fewer)));
        if (cancelsSiblings) {
            plainer.add(with(onChildFailure, false, after));
        }
        if (onChildFailure != ChildFailurePolicy.FAIL_AT_ONCE) {
            plainer.add(with(ChildFailurePolicy.FAIL_AT_ONCE, cancelsSiblings, after));
        }
        return plainer;
    }

    private Sprout with(ChildFailurePolicy policy, boolean cancels, List<Integer> otherAfter) {
        return new Sprout(parent, finishes, isUnsealed, policy, cancels, otherAfter, onPredecessorFailure, key);
    }

    /** Turns drawn jobs into a call that makes sense as the model stands. */
    static final class Bed {
        private final FamilyModel model;
        private final String prefix;
        private final @Nullable String spawner;
        private final List<Role> roles = new ArrayList<>();
        private final Map<String, Integer> levels = new HashMap<>();
        private final List<String> parents = new ArrayList<>();
        private final Set<String> finished = new LinkedHashSet<>();

        /** @param spawner the parent of those that have no other; null if they may have none */
        Bed(FamilyModel model, String prefix, @Nullable String spawner) {
            this.model = model;
            this.prefix = prefix;
            this.spawner = spawner;
            if (spawner != null) {
                parents.add(spawner);
                levels.put(spawner, model.level(spawner));
            }
        }

        List<Role> roles(List<Sprout> sprouts) {
            sprouts.forEach(this::plant);
            List<Role> whole = new ArrayList<>();
            for (Role role : roles) {
                boolean isParent = role.isUnsealed()
                        || roles.stream().anyMatch(other -> role.name().equals(other.parent()));
                whole.add(isParent || role.isFinisher() ? role.withoutPredecessors() : role);
            }
            return whole;
        }

        private void plant(Sprout sprout) {
            String name = prefix + (roles.size() + 1);
            String parent = parentFor(sprout);
            boolean isInCall = parent != null && parents.contains(parent);
            boolean finishes = sprout.finishes && isInCall && finished.add(parent);
            int level = parent == null ? 1 : 1 + (isInCall ? levels.get(parent) : model.level(parent));
            Role role = new Role(
                    name,
                    parent,
                    finishes,
                    sprout.isUnsealed && !finishes,
                    sprout.onChildFailure,
                    sprout.cancelsSiblings,
                    List.of(),
                    sprout.onPredecessorFailure,
                    sprout.key < KEYS ? "key" + sprout.key : null);
            roles.add(role);
            if (!finishes) {
                // Whether the finisher of a parent may be a parent from the start is asked elsewhere.
                parents.add(name);
                levels.put(name, level);
                sprout.after.forEach(this::tie);
            }
        }

        private @Nullable String parentFor(Sprout sprout) {
            List<String> inCall = parents.stream()
                    .filter(name -> levels.get(name) < MOST_LEVELS)
                    .toList();
            List<String> groups = model.jobs().all().stream()
                    .filter(job -> ModelAdding.isOpenGroup(job) && model.level(job.name) < MOST_LEVELS)
                    .map(job -> job.name)
                    .toList();
            if (spawner != null) {
                return inCall.get(inCall.size() - 1 - sprout.parent % inCall.size());
            }
            if (sprout.parent >= 7 && !groups.isEmpty()) {
                return groups.get(groups.size() - 1 - sprout.parent % groups.size());
            }
            return sprout.parent < 3 || inCall.isEmpty()
                    ? null
                    : inCall.get(inCall.size() - 1 - sprout.parent % inCall.size());
        }

        /** Lets the last one come after another, unless somebody would wait for itself. */
        private void tie(int draw) {
            Role last = roles.remove(roles.size() - 1);
            List<String> others = new ArrayList<>();
            if (spawner == null && draw % 3 == 0) {
                others.addAll(model.jobs().names());
            } else {
                roles.forEach(role -> others.add(role.name()));
            }
            roles.add(
                    others.isEmpty() ? last : last.afterAlso(others.get(others.size() - 1 - draw / 3 % others.size())));
            if (Waits.with(roles, model.jobs()).hasCycle()) {
                roles.set(roles.size() - 1, last);
            }
        }
    }
}
