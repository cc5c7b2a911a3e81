package io.forthwith.micrometer;

import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.Guard;
import io.forthwith.store.Added;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.label.LabelStore;
import io.forthwith.store.limit.LimitStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Measures jobs, queues, workers and the store, with the meters of {@code docs/metrics.md}. It sees what this process does: give the observed
 * store to its client and its workers, and this as a listener to its workers. One is enough for a process. Thread-safe.
 *
 * <pre>{@code
 * JobMetrics metrics = JobMetrics.of(meterRegistry);
 * JobStore store = metrics.observe(JdbcJobStore.of(dataSource));
 * Worker worker = Worker.of(store, processors).listener(metrics).start();
 * JobClient jobs = JobClient.of(store);
 * }</pre>
 *
 * <p>If the registry throws, meters are missing, and nothing else happens. The number of meters has a limit, whatever the names of queues, types
 * and error codes are.
 */
public final class JobMetrics implements JobListener, AutoCloseable {
    /** The application is about to start its workers, and perhaps to make its tables. */
    private static final Duration FIRST_SAMPLE = Duration.ofSeconds(1);

    private static final Duration LAST_SAMPLE = Duration.ofSeconds(1);
    /** Calls that reach no database: if they were counted, a share of calls that fail would look smaller than it is. */
    private static final Set<String> LOCAL = Set.of(
            "hearsOthers",
            "isInTransaction",
            "schedules",
            "outcomes",
            "labels",
            "limits",
            "untilNextStart",
            "onAdded",
            "onCancelRequested",
            "onServerChange",
            "wake",
            "workingOn");

    private final JobMeters meters;
    private final Attempts attempts;
    private final Workers workers;
    private final QueueGauges queues;
    private final LimitGauges limits;
    private final Guard guard = new Guard(
            JobMetrics.class,
            "Something could not be measured, so metrics of jobs are missing; the jobs are not affected. This is logged once");
    private final boolean samples;
    private final IdentityHashMap<JobStore, JobStore> observed = new IdentityHashMap<>();
    private @Nullable ScheduledExecutorService sampler;
    private boolean isClosed;

    private JobMetrics(MeterRegistry registry, boolean samples) {
        Objects.requireNonNull(registry, "registry must not be null: give the MeterRegistry of the application");
        this.samples = samples;
        this.meters = new JobMeters(registry);
        this.attempts = new Attempts(meters);
        this.workers = new Workers(meters, attempts);
        this.queues = new QueueGauges(meters, guard);
        this.limits = new LimitGauges(meters, guard);
    }

    /** Metrics in this registry, by its clock. A registry should have one. */
    public static JobMetrics of(MeterRegistry registry) {
        return new JobMetrics(registry, true);
    }

    /** Makes metrics without a thread: a test calls {@link #sample}. */
    static JobMetrics withoutThread(MeterRegistry registry) {
        return new JobMetrics(registry, false);
    }

    /**
     * A store that does what {@code store} does, call by call, and measures it. Its queues are sampled by a daemon thread, every 15 seconds, until
     * this is closed. The same store gives the same answer; give one store for each database, or its jobs are counted twice. Methods that {@code store} has beyond {@link JobStore} are called on itself.
     */
    public JobStore observe(JobStore store) {
        Objects.requireNonNull(store, "store must not be null: give the store of the jobs");
        synchronized (observed) {
            if (observed.containsValue(store)) {
                return store;
            }
            JobStore known = observed.get(store);
            if (known == null) {
                known = Observed.of(JobStore.class, store, new OfJobs(store));
                observed.put(store, known);
                guard.run(() -> {
                    meters.takenOver();
                    meters.purged();
                });
                startSampling();
            }
            return known;
        }
    }

    private void startSampling() {
        if (samples && sampler == null && !isClosed) {
            sampler = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "forthwith-metrics");
                thread.setDaemon(true);
                return thread;
            });
            // It throws nothing.
            ScheduledFuture<?> unused = sampler.scheduleWithFixedDelay(
                    this::sample, FIRST_SAMPLE.toSeconds(), QueueGauges.INTERVAL.toSeconds(), TimeUnit.SECONDS);
        }
    }

    void sample() {
        IdentityHashMap<JobStore, JobStore> stores;
        synchronized (observed) {
            stores = new IdentityHashMap<>(observed);
        }
        stores.forEach((store, measured) -> {
            queues.sample(measured, workers.queues(store));
            limits.sample(measured);
        });
    }

    /** Measures the attempts of a worker's jobs. */
    @Override
    public void onEvent(JobEvent event) {
        guard.run(() -> attempts.seen(event));
    }

    /**
     * Ends the sampling, for which it waits up to a second, and removes the gauges. Counters and timers stay, so that they can be published once more; observed stores go on working.
     */
    @Override
    public void close() {
        ScheduledExecutorService last;
        synchronized (observed) {
            isClosed = true;
            last = sampler;
        }
        if (last != null) {
            // Without an interrupt, which would close some embedded databases.
            last.shutdown();
            guard.run(() -> awaitLast(last));
        }
        guard.run(meters::close);
    }

    /** The application is about to close its database: a look at the queues that is under way ends first. */
    private static void awaitLast(ScheduledExecutorService last) {
        try {
            last.awaitTermination(LAST_SAMPLE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
    }

    /** Measures each call. */
    private class Calls implements Observed.Observer {
        @Override
        public long before(String method, Object[] arguments) {
            long[] now = new long[1];
            guard.run(() -> now[0] = meters.now());
            return now[0];
        }

        @Override
        public void after(String method, Object[] arguments, long before, boolean isOk, @Nullable Object answer) {
            if (!LOCAL.contains(method)) {
                guard.run(() -> meters.called(method, isOk, meters.now() - before));
            }
        }

        @Override
        public @Nullable Object passed(@Nullable Object answer) {
            return answer;
        }
    }

    /** Looks also at what the calls do. */
    private final class OfJobs extends Calls {
        private final JobStore store;

        private OfJobs(JobStore store) {
            this.store = store;
        }

        @Override
        public long before(String method, Object[] arguments) {
            guard.run(() -> lookAhead(method, arguments));
            return super.before(method, arguments);
        }

        /** Whether or not the store can be reached, the worker stops, and what it has not told does not count any more. */
        private void lookAhead(String method, Object[] arguments) {
            if (method.equals("deregister")) {
                workers.gone((UUID) arguments[0]);
                attempts.forget((UUID) arguments[0]);
            } else if (method.equals("beat") && arguments[2] instanceof WorkerLoad load) {
                workers.says((UUID) arguments[0], load);
            }
        }

        @Override
        public void after(String method, Object[] arguments, long before, boolean isOk, @Nullable Object answer) {
            super.after(method, arguments, before, isOk, answer);
            if (isOk) {
                guard.run(() -> look(method, arguments, answer));
            }
        }

        @Override
        public @Nullable Object passed(@Nullable Object answer) {
            @Nullable Object part = answer instanceof Optional<?> optional ? optional.orElse(null) : null;
            if (part instanceof ScheduleStore schedules) {
                return Optional.of(Observed.of(ScheduleStore.class, schedules, new Calls()));
            }
            if (part instanceof LimitStore limits) {
                return Optional.of(Observed.of(LimitStore.class, limits, new Calls()));
            }
            if (part instanceof LabelStore labels) {
                return Optional.of(Observed.of(LabelStore.class, labels, new Calls()));
            }
            return part instanceof OutcomeStore outcomes
                    ? Optional.of(Observed.of(OutcomeStore.class, outcomes, new Calls()))
                    : answer;
        }

        private void look(String method, Object[] arguments, @Nullable Object answer) {
            switch (method) {
                case "add" -> added((List<?>) arguments[0], (List<?>) Objects.requireNonNull(answer));
                case "settle" -> settled((List<?>) arguments[0], (List<?>) Objects.requireNonNull(answer));
                case "takeOver", "takeOverEnded" ->
                    meters.takenOver().increment(((List<?>) Objects.requireNonNull(answer)).size());
                case "purge" -> meters.purged().increment(((Upkeep) Objects.requireNonNull(answer)).jobs());
                case "register" -> registered(store, (WorkerInfo) arguments[0], (Duration) arguments[1]);
                case "beat" ->
                    beaten((UUID) arguments[0], (Duration) arguments[1], (BeatAnswer) Objects.requireNonNull(answer));
                default -> {}
            }
        }
    }

    private void added(List<?> jobs, List<?> answers) {
        for (int i = 0; i < jobs.size(); i++) {
            if (((Added) answers.get(i)).outcome() == Added.Outcome.ADDED) {
                enqueued((EncodedJob) jobs.get(i));
            }
        }
    }

    private void settled(List<?> settlements, List<?> answers) {
        for (int i = 0; i < settlements.size(); i++) {
            if (settlements.get(i) instanceof Settlement.AwaitChildren parent && answers.get(i) == Settled.APPLIED) {
                parent.spawn().jobs().forEach(this::enqueued);
            }
        }
    }

    private void enqueued(EncodedJob encoded) {
        String type = encoded.job().type().name();
        meters.know(type);
        meters.enqueued(meters.kind(encoded.job().queue(), type));
    }

    private void registered(JobStore store, WorkerInfo worker, Duration lease) {
        if (worker.serves() != null) {
            worker.serves().types().stream()
                    .filter(type -> !type.equals(WorkerInfo.Serves.CUT))
                    .forEach(meters::know);
        }
        workers.registered(store, worker, lease);
    }

    private void beaten(UUID worker, Duration lease, BeatAnswer beat) {
        if (beat.alive()) {
            workers.beaten(worker, lease);
        } else {
            workers.gone(worker);
        }
    }
}
