package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.UniqueKey;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Whether several jobs may have their unique keys together, and which job may get the input of another. Pure functions. */
public final class UniqueKeyRule {
    private UniqueKeyRule() {}

    /**
     * The job that keeps these jobs from being added together.
     *
     * @param jobs jobs that do not exist yet
     * @param holderOf the job that has the key of this one, in its scope; empty if it is free. Asked only for jobs with a key, one after the
     *     other, and not any more once a conflict is found
     * @return a job that has the key of one of them, or the second of them that has the same key; empty if they may be added together
     */
    public static Optional<UUID> conflict(List<Job> jobs, Function<Job, Optional<UUID>> holderOf) {
        Set<List<Object>> own = new HashSet<>();
        for (Job job : jobs) {
            String key = job.uniqueKey();
            UniqueKey.Scope scope = job.keyScope();
            if (key != null && scope != null) {
                Optional<UUID> holder = holderOf.apply(job);
                if (holder.isPresent()) {
                    return holder;
                }
                if (!own.add(List.of(job.type(), key, scope))) {
                    return Optional.of(job.id());
                }
            }
        }
        return Optional.empty();
    }

    /**
     * The job that keeps these ended jobs from being open together again. Only keys that a job has until it has ended count: the others are not
     * taken again.
     *
     * @param holderOf the open job that has this type and key. Asked as for {@link #conflict}
     */
    static Optional<UUID> conflictOfRetried(List<Job> jobs, BiFunction<String, String, Optional<UUID>> holderOf) {
        List<Job> keyed = jobs.stream()
                .filter(job -> job.keyScope() == UniqueKey.Scope.UNTIL_ENDED)
                .toList();
        return conflict(keyed, job -> holderOf.apply(job.type(), Objects.requireNonNull(job.uniqueKey())));
    }

    /** Whether a job that has a key may get the input of a new one: no worker has claimed it yet. */
    public static boolean takesInput(Job holder) {
        return holder.claim() == 0 && (holder.status() == JobStatus.PENDING || holder.status() == JobStatus.WAITING);
    }
}
