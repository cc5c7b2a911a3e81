package io.forthwith.worker;

import io.forthwith.ErrorClassifier;
import io.forthwith.NewJob;
import io.forthwith.event.JobListener;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SafeText;
import io.forthwith.json.JobCodec;
import io.forthwith.store.JobStore;
import io.forthwith.store.Retention;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.Redaction;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Settings of a {@link Worker}; every one has a default. Not thread-safe. */
public final class WorkerBuilder {
    /** Jobs at a time, by default. */
    public static final int DEFAULT_CONCURRENCY = 10;
    /** How often an idle worker looks for jobs, by default. */
    public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(1);
    /** How long a silent worker keeps its jobs, by default. */
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(20);
    /** How long a stopping worker lets its jobs run, by default. */
    public static final Duration DEFAULT_GRACE_PERIOD = Duration.ofSeconds(30);

    private static final int MAX_CONCURRENCY = 100_000;
    private static final Duration SHORTEST_POLL = Duration.ofMillis(10);
    private static final Duration SHORTEST_LEASE = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofDays(1);

    private final JobStore store;
    private final ProcessorRegistry registry;
    private final List<JobListener> listeners = new ArrayList<>();
    private String name = "worker-" + ProcessHandle.current().pid();
    private List<String> queues = List.of(NewJob.DEFAULT_QUEUE);
    private int concurrency = DEFAULT_CONCURRENCY;
    private Duration pollInterval = DEFAULT_POLL_INTERVAL;
    private Duration lease = DEFAULT_LEASE;
    private Duration gracePeriod = DEFAULT_GRACE_PERIOD;
    private Locale locale = Locale.ENGLISH;
    private ErrorClassifier classifier = ErrorClassifier.standard();
    private Redaction redaction = Redaction.NONE;
    private JobCodec codec = JobCodec.standard();
    private Retention retention = Retention.DEFAULT;
    private boolean onlyRegisteredTypes;
    private @Nullable Executor executor;
    private Ticker ticker = System::nanoTime;
    // One instance for many threads: ThreadLocalRandom.current() must be asked for on each.
    private RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

    WorkerBuilder(JobStore store, ProcessorRegistry registry) {
        this.store = Objects.requireNonNull(store, "store");
        this.registry = Objects.requireNonNull(registry, "processors");
        if (registry.types().isEmpty()) {
            throw new IllegalArgumentException(
                    "The registry has no processors: a worker without them would fail every job as of unknown type");
        }
    }

    /** A label for logs and the table of workers; need not be unique. By default {@code worker-} and the process id. */
    public WorkerBuilder name(String label) {
        this.name = SafeText.line(Objects.requireNonNull(label, "name"), 100);
        return this;
    }

    /**
     * The queues to serve. By default {@value NewJob#DEFAULT_QUEUE}.
     *
     * @throws IllegalArgumentException if there is none, or a name is not valid
     */
    public WorkerBuilder queues(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("A worker must serve at least one queue");
        }
        this.queues = Arrays.stream(names)
                .map(queue -> NameRules.requireOwn("Queue", queue))
                .distinct()
                .toList();
        return this;
    }

    /**
     * How many jobs run at a time. By default {@value #DEFAULT_CONCURRENCY}.
     *
     * @throws IllegalArgumentException unless it is 1 to 100,000
     */
    public WorkerBuilder concurrency(int jobs) {
        if (jobs < 1 || jobs > MAX_CONCURRENCY) {
            throw new IllegalArgumentException("Concurrency " + jobs + " is out of range: 1 to " + MAX_CONCURRENCY);
        }
        this.concurrency = jobs;
        return this;
    }

    /**
     * How often an idle worker looks for jobs that nobody told it of. By default 1 s.
     *
     * @throws IllegalArgumentException unless it is 10 ms to 1 day
     */
    public WorkerBuilder pollInterval(Duration interval) {
        this.pollInterval = require("Poll interval", interval, SHORTEST_POLL);
        return this;
    }

    /**
     * How long after its last heartbeat the jobs of a silent worker may be taken over. A heartbeat is sent every quarter of
     * it. By default 20 s; all workers of one store should agree.
     *
     * @throws IllegalArgumentException unless it is 500 ms to 1 day
     */
    public WorkerBuilder lease(Duration length) {
        this.lease = require("Lease", length, SHORTEST_LEASE);
        return this;
    }

    /**
     * How long {@link Worker#close} lets running jobs go on before it interrupts them and hands them back. By default 30 s.
     *
     * @throws IllegalArgumentException unless it is zero to 1 day
     */
    public WorkerBuilder gracePeriod(Duration period) {
        this.gracePeriod = require("Grace period", period, Duration.ZERO);
        return this;
    }

    /**
     * The language of the library's own messages to the users of jobs that name none: Chinese for {@code zh}, otherwise English
     * (the default).
     */
    public WorkerBuilder locale(Locale language) {
        this.locale = Objects.requireNonNull(language, "locale");
        return this;
    }

    /**
     * How errors are told apart where {@link io.forthwith.Processor#errorClassifier()} declines; {@link
     * ErrorClassifier#standard()} says what this one declines. By default nothing but that.
     */
    public WorkerBuilder errorClassifier(ErrorClassifier other) {
        this.classifier = Objects.requireNonNull(other, "errorClassifier");
        return this;
    }

    /**
     * Takes out of the texts of failures what is not to be seen: it is given the message, the stack trace and the reason of a {@link
     * io.forthwith.NotReadyException}, each before it is stored, logged or told to a listener. If it throws or returns null the text is not
     * shown at all. Must be thread-safe. By default nothing is taken out. What processors report as progress, and what listeners and undos
     * of yours throw, does not pass it.
     */
    public WorkerBuilder redact(UnaryOperator<String> text) {
        this.redaction = new Redaction(Objects.requireNonNull(text, "redact"));
        return this;
    }

    /** Adds a listener. By default there is none. */
    public WorkerBuilder listener(JobListener listener) {
        this.listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /** How inputs are read and results written. By default {@link JobCodec#standard()}. */
    public WorkerBuilder codec(JobCodec other) {
        this.codec = Objects.requireNonNull(other, "codec");
        return this;
    }

    /**
     * How long ended jobs are kept. By default 7 days, failed ones 30 days.
     *
     * <p>With zero for completed jobs this worker deletes a job in the step that completes it. Then there
     * is nothing to be read any more: no result, nobody can {@linkplain io.forthwith.client.JobClient#await await} the job, and whoever
     * repeats its enqueuing has it run again, since an id is taken only as long as its job is kept. Jobs with relatives or durable steps,
     * those that complete in {@linkplain io.forthwith.JobCompletion a transaction of their processor's}, and cancelled ones are kept until
     * a purge, which comes about once a minute, finds that nobody needs them: a parent sees the results of its children as ever.
     */
    public WorkerBuilder retention(Retention kept) {
        this.retention = Objects.requireNonNull(kept, "retention");
        return this;
    }

    /**
     * Whether jobs of types that are not registered here are left for other workers instead of being failed at once: for deployments in
     * which an older worker meets jobs of types that only the new ones know. If no worker ever knows the type, such a job stays
     * pending. By default false: whoever enqueues what nobody can run is to hear of it at once.
     */
    public WorkerBuilder onlyRegisteredTypes(boolean only) {
        this.onlyRegisteredTypes = only;
        return this;
    }

    /**
     * Where jobs run; must be able to run {@code concurrency} tasks at a time, virtual threads included. It stays the
     * caller's to shut down. By default a pool of the worker's own.
     */
    public WorkerBuilder executor(Executor hosts) {
        this.executor = Objects.requireNonNull(hosts, "executor");
        return this;
    }

    WorkerBuilder ticker(Ticker other) {
        this.ticker = other;
        return this;
    }

    WorkerBuilder random(RandomGenerator other) {
        this.random = other;
        return this;
    }

    /** A worker that has not started: for {@link Worker#start()} later, or for {@link Worker#drain()}. */
    public Worker build() {
        return new Worker(config(), store, JobProcessor.processing(registry, locale));
    }

    /**
     * A running worker; it has registered with the store when this returns.
     *
     * @throws io.forthwith.JobStoreException if the store cannot be reached
     */
    public Worker start() {
        return build().start();
    }

    private WorkerSettings config() {
        return new WorkerSettings(
                name,
                hostName(),
                queues,
                concurrency,
                pollInterval,
                lease,
                gracePeriod,
                locale,
                classifier,
                redaction,
                List.copyOf(listeners),
                codec,
                retention,
                onlyRegisteredTypes,
                executor,
                ticker,
                random);
    }

    private static Duration require(String what, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(what + " " + value + " is out of range: " + least + " to " + LONGEST);
        }
        return value;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
