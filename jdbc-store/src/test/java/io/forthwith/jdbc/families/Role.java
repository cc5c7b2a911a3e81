package io.forthwith.jdbc.families;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.EncodedJob;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is said of a job when it is added, by the names of jobs. */
record Role(
        String name,
        @Nullable String parent,
        boolean isFinisher,
        boolean isUnsealed,
        ChildFailurePolicy onChildFailure,
        boolean cancelsSiblings,
        List<String> after,
        PredecessorFailurePolicy onPredecessorFailure,
        @Nullable String key) {
    static final JobType<Integer> TYPE = JobType.of("member", Integer.class);

    Role withoutPredecessors() {
        return after(List.of());
    }

    Role in(String newParent) {
        return new Role(
                name,
                newParent,
                isFinisher,
                isUnsealed,
                onChildFailure,
                cancelsSiblings,
                after,
                onPredecessorFailure,
                key);
    }

    Role after(List<String> predecessors) {
        return new Role(
                name,
                parent,
                isFinisher,
                isUnsealed,
                onChildFailure,
                cancelsSiblings,
                predecessors,
                onPredecessorFailure,
                key);
    }

    Role afterAlso(String predecessor) {
        Set<String> all = new LinkedHashSet<>(after);
        all.add(predecessor);
        return after(List.copyOf(all));
    }

    EncodedJob encode(Function<String, UUID> ids) {
        NewJob job = NewJob.of(TYPE, 1)
                .id(ids.apply(name))
                .onChildFailure(onChildFailure)
                .onPredecessorFailure(onPredecessorFailure);
        job = cancelsSiblings ? job.cancelSiblings() : job;
        job = isUnsealed ? job.unsealed() : job;
        job = key == null ? job : job.uniqueKey(key);
        for (String predecessor : after) {
            job = job.after(ids.apply(predecessor));
        }
        if (parent != null) {
            // The parent matters by its id only.
            NewJob itsParent = NewJob.of(TYPE, 1).id(ids.apply(parent));
            job = isFinisher ? job.finisherOf(itsParent) : job.parent(itsParent);
        }
        return new EncodedJob(job, "1");
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name);
        if (isUnsealed) {
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
        if (cancelsSiblings) {
            text.append(" cancels");
        }
        return key == null ? text.toString() : text + " " + key;
    }

    static String low(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }
}
