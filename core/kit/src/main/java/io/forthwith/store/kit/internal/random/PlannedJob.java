package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job that is to be added, in names. Immutable.
 *
 * @param parent whose child it is
 * @param isFinisher whether it runs after the other children
 * @param after the jobs that it comes after
 */
record PlannedJob(
        String name,
        int priority,
        @Nullable String key,
        @Nullable Integer maxAttempts,
        @Nullable String parent,
        boolean isFinisher,
        boolean isSealed,
        ChildFailurePolicy onChildFailure,
        boolean cancelsOtherChildren,
        List<String> after,
        PredecessorFailurePolicy onPredecessorFailure) {

    PlannedJob(String name, int priority, @Nullable String key, @Nullable Integer maxAttempts) {
        this(
                name,
                priority,
                key,
                maxAttempts,
                null,
                false,
                true,
                ChildFailurePolicy.FAIL_AT_ONCE,
                false,
                List.of(),
                PredecessorFailurePolicy.FAIL);
    }

    static PlannedJob of(String name, @Nullable String key) {
        return new PlannedJob(name, NewJob.DEFAULT_PRIORITY, key, null);
    }

    PlannedJob childOf(@Nullable String newParent) {
        return in(newParent, false);
    }

    PlannedJob finisherOf(String newParent) {
        return in(newParent, true);
    }

    private PlannedJob in(@Nullable String newParent, boolean finishes) {
        return new PlannedJob(
                name,
                priority,
                key,
                maxAttempts,
                newParent,
                finishes,
                isSealed,
                onChildFailure,
                cancelsOtherChildren,
                after,
                onPredecessorFailure);
    }

    PlannedJob unsealed() {
        return asParent(false, onChildFailure, cancelsOtherChildren);
    }

    PlannedJob onChildFailure(ChildFailurePolicy policy, boolean cancels) {
        return asParent(isSealed, policy, cancels);
    }

    private PlannedJob asParent(boolean sealed, ChildFailurePolicy policy, boolean cancels) {
        return new PlannedJob(
                name,
                priority,
                key,
                maxAttempts,
                parent,
                isFinisher,
                sealed,
                policy,
                cancels,
                after,
                onPredecessorFailure);
    }

    PlannedJob after(PredecessorFailurePolicy policy, List<String> predecessors) {
        return new PlannedJob(
                name,
                priority,
                key,
                maxAttempts,
                parent,
                isFinisher,
                isSealed,
                onChildFailure,
                cancelsOtherChildren,
                predecessors,
                policy);
    }

    PlannedJob afterAlso(String predecessor) {
        Set<String> all = new LinkedHashSet<>(after);
        all.add(predecessor);
        return after(onPredecessorFailure, List.copyOf(all));
    }

    PlannedJob withoutPredecessors() {
        return after(onPredecessorFailure, List.of());
    }

    /** Whether the call that adds it adds all its jobs or none. */
    boolean isRelated() {
        return parent != null || !isSealed || !after.isEmpty();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name);
        if (!isSealed) {
            text.append(" unsealed");
        }
        if (parent != null) {
            text.append(isFinisher ? " finishes " : " in ").append(parent);
        }
        if (!after.isEmpty()) {
            text.append(" after ").append(String.join("+", after)).append('/').append(low(onPredecessorFailure));
        }
        if (onChildFailure != ChildFailurePolicy.FAIL_AT_ONCE) {
            text.append(' ').append(low(onChildFailure));
        }
        if (cancelsOtherChildren) {
            text.append(" cancels siblings");
        }
        return key == null ? text.toString() : text + " " + key;
    }

    static String low(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }
}
