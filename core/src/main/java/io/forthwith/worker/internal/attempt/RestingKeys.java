package io.forthwith.worker.internal.attempt;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.JobStore;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets keys of limits rest if jobs have been told that they ask too often. It comes before their settlements: else a claim in between would start the next jobs of
 * these keys. Throws nothing. Thread-safe.
 */
public final class RestingKeys {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final int LONGEST = 500;

    private final JobStore store;

    public RestingKeys(JobStore store) {
        this.store = store;
    }

    /** One call for each key, however many jobs of a batch name it. */
    public void rest(List<Job> jobs, List<AttemptOutcome> outcomes) {
        Map<LimitKey, Duration> rests = new HashMap<>();
        try {
            collect(jobs, outcomes, rests);
            LimitStore limits = rests.isEmpty() ? null : store.limits().orElse(null);
            if (limits != null) {
                rests.forEach(limits::rest);
            }
        } catch (Throwable broken) {
            LOG.warn(
                    "[Worker] The keys {} of limits could not be told to rest, so their next jobs may start too early: {}",
                    SafeText.line(rests.keySet().toString(), LONGEST),
                    StackTraceText.line(broken));
        }
    }

    private static void collect(List<Job> jobs, List<AttemptOutcome> outcomes, Map<LimitKey, Duration> rests) {
        Set<String> unknown = new HashSet<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (outcomes.get(i) instanceof AttemptOutcome.Threw threw && threw.said() instanceof JobException said) {
                Duration rest = said.rest();
                if (rest != null) {
                    collect(jobs.get(i), rest, said.limitName(), rests, unknown);
                }
            }
        }
    }

    private static void collect(
            Job job, Duration rest, @Nullable String limitName, Map<LimitKey, Duration> rests, Set<String> unknown) {
        List<LimitKey> keys = job.limits().stream()
                .map(JobLimit::key)
                // The next jobs of its sequence wait for the job anyway.
                .filter(key -> !key.isSequence())
                // The jobs of a tenant do other things too.
                .filter(key -> !key.isFair() || limitName != null)
                .filter(key -> limitName == null || key.limitName().equals(limitName))
                .toList();
        keys.forEach(key -> rests.merge(key, rest, (one, other) -> one.compareTo(other) > 0 ? one : other));
        if (keys.isEmpty() && limitName != null && unknown.add(limitName)) {
            LOG.error(
                    "[Worker] Job {} of type {} says that the key of its limit \"{}\" is to rest, but it is under {}; it is postponed, and no key rests",
                    job.id(),
                    SafeText.line(job.type(), LONGEST),
                    SafeText.line(limitName, LONGEST),
                    job.limits().isEmpty() ? "no limit" : SafeText.line(JobLimit.text(job.limits()), LONGEST));
        }
    }
}
