package io.forthwith.memory;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.QueueState;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueDepth;
import io.forthwith.store.label.LabelStore;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRowAccess;
import io.forthwith.store.rules.FailureFingerprint;
import io.forthwith.store.rules.LabelsOfMetadata;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * A store in the memory of one process: for unit tests, and as the readable reference of the SPI. Nothing survives the
 * process. Thread-safe: one lock, each transaction is one critical section.
 */
public final class InMemoryJobStore extends AbstractJobStore {
    private final InMemoryRows jobs;
    private final InMemoryOutcomes outcomes;
    private final InMemoryActs acts;
    private final InMemoryLabels labels;

    /** An empty store on the system clock. */
    public InMemoryJobStore() {
        this(InstantSource.system(), RandomGenerator.getDefault());
    }

    /** An empty store whose clock is {@code clock} and whose jitter comes from {@code random}. */
    public InMemoryJobStore(InstantSource clock, RandomGenerator random) {
        super(random);
        this.jobs = new InMemoryRows(clock);
        this.outcomes = new InMemoryOutcomes(clock::instant, this::depths, this::attempts);
        this.acts = new InMemoryActs(this, clock::instant);
        this.labels = new InMemoryLabels(clock);
    }

    /**
     * Declares which metadata are labels, up to five names, and returns this store. By default there are none. Here a label is only a promise that people
     * search by it: a search looks at the metadata of one job after the other.
     *
     * @throws IllegalArgumentException if a name is not valid, or there are more than five
     */
    public InMemoryJobStore labels(String... names) {
        labels.declare(LabelsOfMetadata.names(names));
        return this;
    }

    @Override
    public Optional<LabelStore> labels() {
        return Optional.of(labels);
    }

    @Override
    public Optional<OutcomeStore> outcomes() {
        return Optional.of(outcomes);
    }

    @Override
    public Optional<ActStore> acts() {
        return Optional.of(acts);
    }

    @Override
    public Optional<AuditStore> audit() {
        return Optional.of(acts);
    }

    private List<FailedAttempt> attempts(JobFailures cause) {
        String wanted = FailureFingerprint.cause(cause);
        return atomically(rows -> jobs.allFailures()
                .filter(each -> FailureFingerprint.cause(each.code(), each.exceptionClass(), each.message())
                        .equals(wanted))
                .filter(each -> {
                    Job job = rows.get(each.jobId());
                    return job != null && job.type().equals(cause.type());
                })
                .toList());
    }

    private List<QueueDepth> depths(Instant at) {
        Map<String, Integer> waiting = new TreeMap<>();
        atomically(rows -> {
            rows.newestFirst(null)
                    .filter(job -> job.status() == JobStatus.WAITING)
                    .forEach(job -> waiting.merge(job.queue(), 1, Integer::sum));
            return true;
        });
        Map<String, QueueDepth> depths = new TreeMap<>();
        waiting.forEach((queue, jobs) -> depths.put(
                queue,
                new QueueDepth(
                        at,
                        queue,
                        BoundedCount.NONE,
                        BoundedCount.NONE,
                        BoundedCount.NONE,
                        new BoundedCount(jobs, true))));
        for (QueueState state : queues()) {
            BoundedCount others = new BoundedCount(waiting.getOrDefault(state.queue(), 0), true);
            depths.put(
                    state.queue(),
                    new QueueDepth(at, state.queue(), state.due(), state.scheduled(), state.limited(), others));
        }
        return List.copyOf(depths.values());
    }

    /** There is no rollback, because the work of a call never throws after its first change. */
    @Override
    protected synchronized <T> T atomically(Function<? super JobRowAccess, T> work) {
        return work.apply(jobs);
    }

    /** All processes that can use it are this one. */
    @Override
    public boolean hearsOthers() {
        return true;
    }
}
