package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobInterceptor;
import io.forthwith.json.internal.JobJson;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.DeclaredSchedules;
import io.forthwith.worker.internal.Engine;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.report.Redaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * An engine without threads, on a clock that the test moves; store and worker share it. Jobs that were given to the
 * executor wait in {@link #tasks} until {@link #runTasks}.
 */
public final class EngineFixture {
    public static final JobType<String> TYPE = JobType.of("work", String.class);
    public static final Duration LEASE = Duration.ofSeconds(20);

    public final InMemoryJobStore memory;
    public final JobStore store;
    public final JobClient jobs;
    public final Engine engine;
    public final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<JobEvent> events = new ArrayList<>();
    private final List<Engine> engines = new ArrayList<>();
    private final Retention retention;
    private Duration elapsed = Duration.ZERO;
    private DeclaredSchedules declared = DeclaredSchedules.NONE;

    public EngineFixture(int concurrency, ProcessorRegistry registry) {
        this(concurrency, registry, Retention.DEFAULT);
    }

    public EngineFixture(int concurrency, ProcessorRegistry registry, Retention retention) {
        this.retention = retention;
        this.memory = newStore();
        this.store = mock(JobStore.class, delegatesTo(memory));
        this.jobs = JobClient.of(memory);
        this.engine = engineOf("first", concurrency, registry);
    }

    /** Another store with the same clock. */
    public InMemoryJobStore newStore() {
        return new InMemoryJobStore(() -> Instant.EPOCH.plus(elapsed), new Random(1));
    }

    /** Another worker on the same store and clock. */
    public Engine engineOf(String name, int concurrency, ProcessorRegistry registry) {
        return engineOf(name, concurrency, registry, Locale.ENGLISH);
    }

    /** Another worker that declares schedules. */
    public Engine engineDeclaring(String name, ProcessorRegistry registry, DeclaredSchedules schedules) {
        declared = schedules;
        try {
            return engineOf(name, 1, registry);
        } finally {
            declared = DeclaredSchedules.NONE;
        }
    }

    /** Another worker with another language. */
    public Engine engineOf(String name, int concurrency, ProcessorRegistry registry, Locale locale) {
        return engineOn(store, name, concurrency, registry, locale);
    }

    /** Another worker on another store. */
    public Engine engineOn(JobStore other, String name, int concurrency, ProcessorRegistry registry, Locale locale) {
        WorkerSettings config = new WorkerSettings(
                name,
                "host",
                List.of(NewJob.DEFAULT_QUEUE),
                concurrency,
                Duration.ofSeconds(1),
                LEASE,
                Duration.ofSeconds(30),
                locale,
                ErrorClassifier.standard(),
                Redaction.NONE,
                List.of(events::add),
                JobInterceptor.of(List.of()),
                JobJson.standard(),
                retention,
                false,
                null,
                OnSilence.GO_ON,
                declared,
                List.of(),
                null,
                () -> elapsed.toNanos(),
                new Random(2));
        Engine engine = new Engine(config, other, JobProcessor.processing(registry, locale, List.of()), tasks::add);
        engines.add(engine);
        return engine;
    }

    /** What has happened in its engines. */
    public List<JobEvent> events() {
        engines.forEach(EngineFixture::tellAll);
        return events;
    }

    /** Tells the listeners of everything so far. */
    static void tellAll(Engine engine) {
        while (engine.events.run().isZero()) {
            // One event each time.
        }
    }

    public void pass(Duration time) {
        elapsed = elapsed.plus(time);
    }

    /** Moves the clock, and sends the heartbeats that a lease thread would send. */
    public void passBeating(Duration time, Engine... alive) {
        Duration beat = LEASE.dividedBy(4);
        for (Duration left = time; !left.isNegative() && !left.isZero(); left = left.minus(beat)) {
            pass(left.compareTo(beat) < 0 ? left : beat);
            for (Engine each : alive) {
                each.leasing.run();
            }
        }
    }

    public UUID enqueue() {
        return jobs.enqueue(NewJob.of(TYPE, "x")).id();
    }

    public void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Replaces the settle call of the store. */
    void onSettle(Function<List<Settlement>, List<Settled>> way) {
        doAnswer(call -> way.apply(call.getArgument(0))).when(store).settle(any());
    }

    /** The next settle calls fail. With {@code executeFirst} they take effect, and only their answers are lost. */
    public void failSettling(int times, JobStoreException.Kind kind, boolean executeFirst) {
        int[] left = {times};
        onSettle(batch -> {
            boolean fails = left[0]-- > 0;
            if (!fails) {
                return memory.settle(batch);
            }
            if (executeFirst) {
                memory.settle(batch);
            }
            throw new JobStoreException(kind, "no answer", null);
        });
    }

    /** Settle calls with such a settlement are refused permanently. */
    public void refuseToSettle(Predicate<Settlement> bad) {
        onSettle(batch -> {
            if (batch.stream().anyMatch(bad)) {
                throw new JobStoreException(JobStoreException.Kind.PERMANENT, "cannot be stored", null);
            }
            return memory.settle(batch);
        });
    }

    /** Claims the jobs that are due, runs and settles them. */
    void runDue() {
        engine.claiming.run();
        runTasks();
        settleAll();
        runTasks();
    }

    public void settleAll() {
        for (int rounds = 0; engine.settling.unsettled().count() > 0; rounds++) {
            assertThat(rounds).as("rounds").isLessThan(50);
            Duration pause = engine.settling.run();
            if (engine.settling.unsettled().count() > 0) {
                pass(pause);
            }
        }
    }

    public Job job(UUID id) {
        return memory.find(id).orElseThrow();
    }
}
