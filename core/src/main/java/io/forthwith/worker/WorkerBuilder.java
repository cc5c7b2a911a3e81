package io.forthwith.worker;

import io.forthwith.ErrorClassifier;
import io.forthwith.NewJob;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Retention;
import io.forthwith.event.JobInterceptor;
import io.forthwith.event.JobListener;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import io.forthwith.json.JobCodec;
import io.forthwith.json.internal.JobJson;
import io.forthwith.json.internal.ScheduleEncoder;
import io.forthwith.limit.Limit;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.DeclaredSchedules;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.Redaction;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link Worker}. Each has a default. Not thread-safe. */
public final class WorkerBuilder {
    /** How many jobs run at a time, by default. */
    public static final int DEFAULT_CONCURRENCY = 10;
    /** How often an idle worker asks the store for jobs, by default. */
    public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(1);
    /** How long after its last heartbeat a worker keeps its jobs, by default. */
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(20);
    /** How long a worker that stops lets its jobs run, by default. */
    public static final Duration DEFAULT_GRACE_PERIOD = Duration.ofSeconds(20);

    private static final int MAX_CONCURRENCY = 100_000;
    private static final Duration SHORTEST_POLL = Duration.ofMillis(10);
    private static final Duration SHORTEST_LEASE = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofDays(1);

    private final JobStore store;
    private final ProcessorRegistry registry;
    private final List<JobListener> listeners = new ArrayList<>();
    private final List<JobInterceptor> interceptors = new ArrayList<>();
    private String name = "worker-" + ProcessHandle.current().pid();
    private List<String> queues = List.of(NewJob.DEFAULT_QUEUE);
    private int concurrency = DEFAULT_CONCURRENCY;
    private Duration pollInterval = DEFAULT_POLL_INTERVAL;
    private Duration lease = DEFAULT_LEASE;
    private Duration gracePeriod = DEFAULT_GRACE_PERIOD;
    private Locale locale = Locale.ENGLISH;
    private ErrorClassifier classifier = ErrorClassifier.standard();
    private Redaction redaction = Redaction.NONE;
    private @Nullable JobCodec codec;
    private Retention retention = Retention.DEFAULT;
    private boolean onlyRegisteredTypes;
    private @Nullable Duration ageing;
    private OnSilence onSilence = OnSilence.GO_ON;
    private final Map<String, Schedule> schedules = new LinkedHashMap<>();
    private final Map<String, Limit> limits = new LinkedHashMap<>();
    private String declarationOwner = DeclaredSchedules.NONE.owner();
    private long declarationVersion;
    private @Nullable Executor executor;
    private Ticker ticker = System::nanoTime;
    // ThreadLocalRandom.current() must be called on each thread, and this generator is shared by several.
    private RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

    WorkerBuilder(JobStore store, ProcessorRegistry registry) {
        this.store = NullRules.require(
                store, "store", "give the store of the jobs, for example JdbcJobStore.of(dataSource)");
        this.registry = NullRules.require(registry, "processors", "give ProcessorRegistry.of(...)");
        if (registry.types().isEmpty()) {
            throw new IllegalArgumentException(
                    "The registry has no processors: a worker without them would fail every job as of unknown type");
        }
    }

    /**
     * A label for logs and the table of workers, cut to 100 characters. It need not be unique. By default
     * {@code worker-} and the process id.
     */
    public WorkerBuilder name(String label) {
        this.name =
                SafeText.line(NullRules.require(label, "name", "leave name() out for worker- and the process id"), 100);
        return this;
    }

    /**
     * The queues whose jobs the worker runs. By default {@value NewJob#DEFAULT_QUEUE}.
     *
     * @throws IllegalArgumentException if no queue is named, or a name is not valid
     */
    public WorkerBuilder queues(String... names) {
        NullRules.requireAll(names, "queues", "leave queues() out for the queue " + NewJob.DEFAULT_QUEUE);
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
     * How many jobs the worker runs at a time; a {@linkplain BatchProcessor batch} counts as one. By default {@value #DEFAULT_CONCURRENCY}.
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
     * How often an idle worker asks the store for jobs that no notification has announced. By default 1 s.
     *
     * @throws IllegalArgumentException unless it is 10 ms to 1 day
     */
    public WorkerBuilder pollInterval(Duration interval) {
        this.pollInterval = require("Poll interval", interval, SHORTEST_POLL);
        return this;
    }

    /**
     * How long after its last heartbeat other workers may take over the jobs of this worker. It sends a heartbeat every
     * quarter of this time. By default 20 s. All workers of one store should have the same.
     *
     * @throws IllegalArgumentException unless it is 500 ms to 1 day
     */
    public WorkerBuilder lease(Duration length) {
        this.lease = require("Lease", length, SHORTEST_LEASE);
        return this;
    }

    /**
     * How long {@link Worker#close} lets running jobs go on before it interrupts them and gives them back. By default
     * 20 s: together with the 5 s that interrupted jobs get, it fits into the 30 s that Spring Boot allows. If the store is away, results
     * that it could not take are tried for up to a lease more: give Kubernetes 45 s or longer.
     *
     * @throws IllegalArgumentException unless it is zero to 1 day
     */
    public WorkerBuilder gracePeriod(Duration period) {
        this.gracePeriod = require("Grace period", period, Duration.ZERO);
        return this;
    }

    /**
     * The language of the library's messages to users, for jobs without a locale: Chinese for {@code zh}, otherwise
     * English. By default English.
     */
    public WorkerBuilder locale(Locale language) {
        this.locale = NullRules.require(language, "locale", "leave locale() out for English");
        return this;
    }

    /**
     * Classifies the errors that {@link io.forthwith.Processor#errorClassifier()} declines. Those that this one
     * declines too are left to {@link ErrorClassifier#standard()}. By default {@link ErrorClassifier#standard()} alone.
     */
    public WorkerBuilder errorClassifier(ErrorClassifier other) {
        this.classifier = NullRules.require(
                other, "errorClassifier", "leave errorClassifier() out for ErrorClassifier.standard() alone");
        return this;
    }

    /**
     * Removes secrets from the texts of failures. It gets each message, each stack trace and the reason of each
     * {@link io.forthwith.NotReadyException} before it is stored, logged or given to a listener, and returns the text
     * to use. If it throws or returns null, the text is not shown at all. It must be thread-safe. By default texts are
     * not changed. It does not see the progress messages of processors, nor exceptions of listeners and undo actions.
     */
    public WorkerBuilder redact(UnaryOperator<String> text) {
        this.redaction =
                new Redaction(NullRules.require(text, "redact", "leave redact() out if texts hold no secrets"));
        return this;
    }

    /** Adds a listener. By default there are none. */
    public WorkerBuilder listener(JobListener listener) {
        this.listeners.add(NullRules.require(listener, "listener", "leave listener() out if nobody listens"));
        return this;
    }

    /**
     * Runs code around each attempt, and for each job that a processor spawns. The first one that is added is the outermost. By default there
     * are none.
     */
    public WorkerBuilder interceptor(JobInterceptor interceptor) {
        this.interceptors.add(
                NullRules.require(interceptor, "interceptor", "leave interceptor() out if nothing runs around jobs"));
        return this;
    }

    /** Reads inputs and writes results. By default {@link JobCodec#standard()}, which is loaded by {@link #build()}. */
    public WorkerBuilder codec(JobCodec other) {
        this.codec = NullRules.require(other, "codec", "leave codec() out for the standard codec");
        return this;
    }

    /**
     * How long ended jobs are kept. By default 7 days, and failed jobs 30 days. {@link Retention#type} gives the jobs of a type other times. Each
     * worker deletes the jobs of all types, so give all workers of a store the same.
     *
     * <p>With zero for completed jobs, this worker deletes a job in the transaction that completes it. Then its result
     * cannot be read, no client can {@linkplain io.forthwith.client.JobClient#await await} it, and if its enqueuing is
     * repeated, it runs again, because an id is in use only as long as its job is kept.
     *
     * <p>These jobs are kept until a purge, which runs about every two minutes, finds that no other job needs them: jobs
     * with a parent, children, predecessors or successors, jobs with durable steps, jobs that complete in
     * {@linkplain io.forthwith.internal.job.TransactionalCompletion a transaction of their processor}, and cancelled jobs. So a parent can
     * still read the results of its children.
     */
    public WorkerBuilder retention(Retention kept) {
        this.retention =
                NullRules.require(kept, "retention", "leave retention() out for 7 days, and 30 for failed jobs");
        return this;
    }

    /**
     * Whether this worker leaves jobs of types that it does not know alone, also if no living worker serves them: such a job stays pending. By default false. Then it leaves
     * them to living workers that serve the queue and the type, as in a deployment in which only the new workers know it, and fails them at once if there are none, so that a job that
     * no worker can run is noticed.
     */
    public WorkerBuilder onlyRegisteredTypes(boolean only) {
        this.onlyRegisteredTypes = only;
        return this;
    }

    /**
     * What becomes of running attempts when the lease of this worker has run out by its own clock, because no heartbeat was answered for so long. By default they go on,
     * unless {@link io.forthwith.Processor#onSilence} of their type says otherwise.
     *
     * @param reaction {@code GO_ON} or {@code INTERRUPT}
     * @throws IllegalArgumentException if it is {@code AS_WORKER}
     */
    public WorkerBuilder onSilence(OnSilence reaction) {
        NullRules.require(reaction, "onSilence", "leave onSilence() out if attempts go on");
        if (reaction == OnSilence.AS_WORKER) {
            throw new IllegalArgumentException(
                    "AS_WORKER says nothing for a worker: it is what a processor says. Give GO_ON or INTERRUPT");
        }
        this.onSilence = reaction;
        return this;
    }

    /**
     * Lets jobs gain priority while they are due, so that jobs of a low priority run at last, however many jobs of a higher one come in. A job
     * that has been due for one step counts as if it had one priority more, for two steps as if it had two more, and so on without an upper
     * bound. So a job of priority 0 comes before a new job of priority 9 when it has been due for more than nine steps. By default off: jobs
     * run strictly by priority.
     *
     * <p>It orders the jobs that this worker claims, and no others: give all workers of a queue the same step. It changes no job.
     * Undo jobs come before all other jobs. Jobs of one sequence keep their order. Among jobs that wait for the same key of a limit, or are
     * fair by the same key, the higher priority may still come first.
     *
     * @param step 1 second to 365 days; null for off
     * @throws IllegalArgumentException unless it is 1 second to 365 days
     */
    public WorkerBuilder ageing(@Nullable Duration step) {
        this.ageing = ClaimRequest.requireAgeing(step);
        return this;
    }

    /**
     * Declares schedules: they are stored when the worker starts, and are what this version of the application says. By default none. Any worker of the
     * store fires them.
     *
     * <p>Schedules that the application no longer declares are {@linkplain io.forthwith.schedule.StoredSchedule.Declaration#retiredAt
     * retired} by its other workers: they do not fire once no living worker has declared them for an hour. A schedule that a client has put is not touched.
     *
     * @throws IllegalArgumentException if one has no times, or settings that contradict each other, or two have the same name
     */
    public WorkerBuilder schedules(Schedule... declared) {
        NullRules.requireAll(declared, "schedules", "leave schedules() out if there are none");
        for (Schedule schedule : declared) {
            if (schedules.put(schedule.name(), schedule.requireComplete()) != null) {
                throw new IllegalArgumentException("Two schedules have the name " + schedule.name());
            }
        }
        return this;
    }

    /**
     * Declares limits: they are stored before the worker claims its first jobs, and are what this version of the application says. By default none. They
     * hold for all workers of the store, and stay when the worker is gone.
     *
     * @throws IllegalArgumentException if the store keeps no limits, or two have the same name
     */
    public WorkerBuilder limits(Limit... declared) {
        NullRules.requireAll(declared, "limits", "leave limits() out if there are none");
        if (store.limits().isEmpty()) {
            throw new IllegalArgumentException(
                    "This worker declares limits, and its store has none: it does not override JobStore.limits()");
        }
        for (Limit limit : declared) {
            limit.requireDeclarable();
            if (limits.put(limit.name(), limit) != null) {
                throw new IllegalArgumentException("Two limits have the name " + limit.name());
            }
        }
        return this;
    }

    /**
     * Whose schedules and limits the worker declares. While two versions of an owner run side by side, the newer one decides; when its last
     * worker has gone, the older one does again. By default the owner is {@code default}, and its version 0: give both where several applications share a store, or versions
     * run side by side.
     *
     * @param owner a name, as for a queue
     * @param version the higher the newer, for example a build number
     * @throws IllegalArgumentException if the name is not valid
     */
    public WorkerBuilder declarationOwner(String owner, long version) {
        this.declarationOwner = NameRules.require("Owner of declarations", owner);
        this.declarationVersion = version;
        return this;
    }

    /**
     * Runs the jobs. It must be able to run {@code concurrency} tasks at a time; it can use virtual threads. It may
     * refuse a task by an exception; then the job goes back to the store. A task that it accepts it must run. The worker
     * does not shut it down. By default the worker has a thread pool of its own.
     */
    public WorkerBuilder executor(Executor hosts) {
        this.executor = NullRules.require(hosts, "executor", "leave executor() out for a thread pool of the worker");
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

    /**
     * Builds a worker without starting it, for {@link Worker#start()} later or for {@link Worker#drain()}. To see whether inputs can be
     * read, it reads an empty JSON object into each type of input: constructors may run, with nulls.
     *
     * @throws IllegalArgumentException if the codec cannot read the input of a registered type from any JSON, for example
     *     because its class has no usable constructor; the message names the rule. Also if a type runs in batches, and an
     *     interceptor does not say what it does {@linkplain JobInterceptor#aroundBatch around a batch}
     * @throws IllegalStateException if the standard codec is used, and Jackson 3 is missing or incomplete
     */
    public Worker build() {
        JobJson json = codec == null ? JobJson.standard() : JobJson.of(codec);
        registry.processors().requireReadable(json);
        if (registry.processors().haveBatches()) {
            interceptors.forEach(WorkerBuilder::requireForBatches);
        }
        return new Worker(config(json), store, JobProcessor.processing(registry, locale, interceptors));
    }

    /**
     * Builds a worker and starts it. When it returns, the worker has registered with the store.
     *
     * @throws io.forthwith.JobStoreException if the store cannot be reached
     */
    public Worker start() {
        return build().start();
    }

    /** Otherwise the first batch would fail. An interceptor that fails for a batch of no jobs may do for others. */
    private static void requireForBatches(JobInterceptor interceptor) {
        try {
            interceptor.aroundBatch(List.of(), () -> null);
        } catch (UnsupportedOperationException refused) {
            throw new IllegalArgumentException(
                    "A processor of this worker runs jobs in batches. " + refused.getMessage(), refused);
        } catch (Throwable noJobs) {
            // It has something to say.
        }
    }

    private WorkerSettings config(JobJson json) {
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
                JobInterceptor.of(interceptors),
                json,
                retention,
                onlyRegisteredTypes,
                ageing,
                onSilence,
                declared(json),
                List.copyOf(limits.values()),
                executor,
                ticker,
                random);
    }

    private DeclaredSchedules declared(JobJson json) {
        if (schedules.isEmpty()) {
            return new DeclaredSchedules(declarationOwner, declarationVersion, Map.of());
        }
        if (store.schedules().isEmpty()) {
            throw new IllegalArgumentException(
                    "This worker declares schedules, and its store has none: it does not override JobStore.schedules()");
        }
        Map<String, ScheduleDefinition> definitions = new LinkedHashMap<>();
        schedules
                .values()
                .forEach(schedule -> definitions.put(schedule.name(), ScheduleEncoder.encode(schedule, json)));
        return new DeclaredSchedules(declarationOwner, declarationVersion, definitions);
    }

    private static Duration require(String what, Duration value, Duration least) {
        NullRules.require(value, what, "leave this setting out for its default");
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
