package io.forthwith.micrometer;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;

/** The meters with their names, and the limits of their tags. Methods throw what the registry throws. Thread-safe. */
final class JobMeters {
    /** The error of an attempt that has none. */
    static final String NONE = "none";

    static final int MOST_QUEUES = 100;
    static final int MOST_TYPES = 200;
    static final int MOST_ERRORS = 50;
    static final int MOST_LIMITS = 100;
    /** Of one name. */
    static final int MOST_COMBINATIONS = 1_000;

    private static final String UNDO = "undo:";

    /** The codes of the library; of those that begin with {@code http_} the ones that are retried. */
    static final Set<String> ERRORS = Set.of(
            "unknown_job_type",
            "undecodable_input",
            "unreadable_limits",
            "expired",
            "result_unstorable",
            "time_limit",
            "worker_lost",
            "not_ready",
            "failure_unstorable",
            "child_failed",
            "child_cancelled",
            "predecessor_failed",
            "predecessor_cancelled",
            "unique_key_taken",
            "timeout",
            "connection",
            "temporary",
            "permanent",
            "unexpected",
            "http_408",
            "http_429",
            "http_502",
            "http_503",
            "http_504");

    /** The tags of a job. */
    record Kind(String queue, String type) {
        private Tags tags() {
            return Tags.of("queue", queue, "type", type);
        }
    }

    /** The tags of the end of an attempt. */
    record End(Kind kind, String outcome, String error) {
        private Tags tags() {
            return kind.tags().and("outcome", outcome, "error", error);
        }
    }

    /** The tags of a call to the store. */
    record Call(String call, String outcome) {}

    private static final Kind OTHER = new Kind(TagValues.OTHER, TagValues.OTHER);

    private final MeterRegistry registry;
    private final Clock clock;
    private final TagValues queues = new TagValues(MOST_QUEUES);
    private final TagValues types = new TagValues(MOST_TYPES);
    private final TagValues errors = new TagValues(MOST_ERRORS);
    private final TagValues limits = new TagValues(MOST_LIMITS);
    private final Set<Meter> gauges = new HashSet<>();
    private boolean isClosed;

    private final Series<Kind, Counter> enqueued = new Series<>(
            MOST_COMBINATIONS,
            any -> OTHER,
            kind -> counter("forthwith.jobs.enqueued", "Jobs that this process has added", kind.tags()));
    private final Series<Kind, Timer> waits = new Series<>(
            MOST_COMBINATIONS,
            any -> OTHER,
            kind -> timer("forthwith.job.wait", "From due to claimed by a worker", kind.tags()));
    private final Series<End, Timer> durations = new Series<>(
            MOST_COMBINATIONS,
            // The queue stays: an alert compares the due jobs of a queue with those that complete.
            end -> new End(
                    new Kind(end.kind().queue(), TagValues.OTHER),
                    end.outcome(),
                    end.error().equals(NONE) ? NONE : TagValues.OTHER),
            end -> timer("forthwith.job.duration", "How long an attempt of a job took", end.tags()));
    private final Series<Kind, AtomicInteger> active = new Series<>(MOST_COMBINATIONS, any -> OTHER, this::makeActive);
    private final Series<Call, Timer> calls = new Series<>(
            MOST_COMBINATIONS,
            any -> new Call(TagValues.OTHER, TagValues.OTHER),
            call -> timer(
                    "forthwith.store.call",
                    "A call to the store",
                    Tags.of("call", call.call(), "outcome", call.outcome())));

    JobMeters(MeterRegistry registry) {
        this.registry = registry;
        this.clock = registry.config().clock();
    }

    /** Nanoseconds of the registry's clock; only differences mean something. */
    long now() {
        return clock.monotonicTime();
    }

    /** From now on, the type is shown by its name. */
    void know(String type) {
        types.add(type);
    }

    /** The tag of a queue. */
    String queue(String name) {
        return queues.add(name);
    }

    /** The tag of a limit. */
    String limit(String name) {
        return limits.add(name);
    }

    /** The tags of a job. Anybody may insert rows of any type, so only types that this process knows are shown. */
    Kind kind(String queue, String type) {
        boolean isUndoOfKnown = type.startsWith(UNDO) && types.has(type.substring(UNDO.length()));
        String shown = isUndoOfKnown ? types.add(type) : types.has(type) ? type : TagValues.OTHER;
        return new Kind(queues.add(queue), shown);
    }

    void enqueued(Kind kind) {
        enqueued.of(kind).increment();
    }

    void waited(Kind kind, Duration wait) {
        waits.of(kind).record(wait.isNegative() ? Duration.ZERO : wait);
    }

    void ended(Kind kind, String outcome, String error, Duration took) {
        String shown = error.equals(NONE) || ERRORS.contains(error) ? error : errors.add(error);
        durations.of(new End(kind, outcome, shown)).record(took);
    }

    /** How many attempts run. */
    AtomicInteger active(Kind kind) {
        return active.of(kind);
    }

    private AtomicInteger makeActive(Kind kind) {
        AtomicInteger running = new AtomicInteger();
        gauge("forthwith.job.active", "Attempts that run in this process", kind.tags(), running::get);
        return running;
    }

    void called(String method, boolean isOk, long nanos) {
        calls.of(new Call(method, isOk ? "ok" : "error")).record(nanos, TimeUnit.NANOSECONDS);
    }

    Counter takenOver() {
        return counter("forthwith.jobs.taken.over", "Jobs that this process has taken from dead workers", Tags.empty());
    }

    Counter purged() {
        return counter("forthwith.jobs.purged", "Ended jobs that this process has deleted", Tags.empty());
    }

    private Counter counter(String name, String description, Tags tags) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    private Timer timer(String name, String description, Tags tags) {
        return Timer.builder(name).description(description).tags(tags).register(registry);
    }

    /** A gauge that lasts until {@link #remove} or {@link #close}. */
    Meter gauge(String name, String description, Tags tags, DoubleSupplier value) {
        return keep(Gauge.builder(name, value, DoubleSupplier::getAsDouble)
                .description(description)
                .tags(tags)
                .strongReference(true)
                .register(registry));
    }

    /** Registers a gauge of seconds, and keeps it. */
    Meter seconds(String name, String description, Tags tags, DoubleSupplier value) {
        return keep(TimeGauge.builder(name, value, TimeUnit.SECONDS, DoubleSupplier::getAsDouble)
                .description(description)
                .tags(tags)
                .strongReference(true)
                .register(registry));
    }

    private Meter keep(Meter gauge) {
        boolean isLate;
        synchronized (gauges) {
            isLate = isClosed;
            gauges.add(gauge);
        }
        if (isLate) {
            remove(gauge);
        }
        return gauge;
    }

    void remove(Meter gauge) {
        synchronized (gauges) {
            gauges.remove(gauge);
        }
        registry.remove(gauge);
    }

    /** Removes the gauges, also those that somebody is about to make. */
    void close() {
        List<Meter> all;
        synchronized (gauges) {
            isClosed = true;
            all = List.copyOf(gauges);
        }
        all.forEach(this::remove);
    }
}
