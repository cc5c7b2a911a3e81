package io.forthwith.worker.internal.loop;

import io.forthwith.Job;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of types that this worker does not know and another living worker serves, as in a roll-out: a failure would be for good, so they are left to that worker. A worker
 * that meets no unknown type asks nothing. The first job that it meets it has claimed already, and hands back; from then on its claims leave such jobs out, and it asks again
 * once a second, for as long as that holds.
 *
 * <p>An answer counts for a second. So a job may fail in the first second of a worker that serves it, if another worker has failed one of its type just before; and it fails up
 * to a second late if the last worker that served it is gone. Used by the thread of the claim loop only.
 */
public final class LeftToOthers {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int LONGEST_NAME = 200;

    private final JobStore store;
    private final Set<String> known;
    private final boolean takesAllTypes;
    private final Ticker ticker;
    private final Map<QueuedType, Answer> answers = new HashMap<>();

    private record Answer(boolean isServed, long atNanos) {}

    /** @param takesAllTypes whether the worker claims jobs of types that it does not know */
    public LeftToOthers(JobStore store, Set<String> known, boolean takesAllTypes, Ticker ticker) {
        this.store = store;
        this.known = Set.copyOf(known);
        this.takesAllTypes = takesAllTypes;
        this.ticker = ticker;
    }

    /** What the next claim leaves out. Asks if the last answer is too old, and throws what the store throws. */
    public Set<QueuedType> left(UUID workerId) {
        if (answers.isEmpty()) {
            return Set.of();
        }
        Set<QueuedType> old = served();
        old.removeIf(this::isAnswered);
        ask(workerId, old);
        return served();
    }

    /** Whether this worker has no processor for a job that it has claimed. */
    public boolean isUnknown(Job job) {
        return takesAllTypes && !job.isUndo() && !known.contains(job.type());
    }

    /** Those of these jobs, which it does not know, that others serve. Throws what the store throws. */
    public Set<QueuedType> served(UUID workerId, Set<QueuedType> met) {
        Set<QueuedType> open = new HashSet<>(met);
        open.removeIf(this::isAnswered);
        ask(workerId, open);
        Set<QueuedType> served = served();
        served.retainAll(met);
        return served;
    }

    /** How long until it has to ask again; null if it leaves nothing to others. */
    public @Nullable Duration untilAsk() {
        long now = ticker.nanos();
        return answers.values().stream()
                .filter(Answer::isServed)
                .map(answer -> Duration.ofNanos(Math.max(0, answer.atNanos() + ANSWER_NANOS - now)))
                .min(Duration::compareTo)
                .orElse(null);
    }

    private Set<QueuedType> served() {
        return answers.entrySet().stream()
                .filter(answer -> answer.getValue().isServed())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private boolean isAnswered(QueuedType jobs) {
        Answer answer = answers.get(jobs);
        return answer != null && ticker.nanos() - answer.atNanos() < ANSWER_NANOS;
    }

    private void ask(UUID workerId, Set<QueuedType> open) {
        if (open.isEmpty()) {
            return;
        }
        long now = ticker.nanos();
        Set<QueuedType> served = store.servedByOthers(workerId, Set.copyOf(open));
        for (QueuedType each : open) {
            Answer before = answers.put(each, new Answer(served.contains(each), now));
            log(each, before != null && before.isServed(), served.contains(each));
        }
        // What nobody serves is only remembered for its second: names of unknown types may be many.
        answers.entrySet().removeIf(answer -> !answer.getValue().isServed() && !isAnswered(answer.getKey()));
    }

    private static void log(QueuedType jobs, boolean wasServed, boolean isServed) {
        if (isServed != wasServed) {
            LOG.info(
                    isServed
                            ? "[Worker] Jobs of queue {} and type {} are left to other workers: they serve the type, and this one does not know it"
                            : "[Worker] Jobs of queue {} and type {} are left to others no more: no other living worker serves them",
                    SafeText.line(jobs.queue(), LONGEST_NAME),
                    SafeText.line(jobs.type(), LONGEST_NAME));
        }
    }
}
