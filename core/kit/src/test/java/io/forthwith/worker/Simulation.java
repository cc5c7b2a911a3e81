package io.forthwith.worker;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.kit.FaultyJobStore;
import io.forthwith.store.kit.FaultyJobStore.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Simulates several workers and clients on one store. One thread runs them in a random order that depends only on a
 * seed, on a clock that the simulation moves. Calls fail, answers are lost, workers are paused and killed, also in the
 * middle of a job. Then all faults stop, and every job must end. {@link Checks} checks the rows after every call of the
 * store.
 */
final class Simulation {
    private static final JobType<Integer> TYPE = JobType.of("work", Integer.class);
    private static final Retention KEEP =
            Retention.DEFAULT.completed(Duration.ofDays(1_000)).failed(Duration.ofDays(1_000));
    private static final double[] RATES = {0, 0, 0.01, 0.05};
    private static final int ACTIONS = 400;
    private static final int MOST_WORKERS = 4;
    private static final int MOST_JOBS = 24;
    private static final int DEPTH = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final Random random;
    private final PlantedBug bug;
    private final Checks checks = new Checks(this::now);
    private final FaultyJobStore faulty;
    private final JobClient client;
    private final List<SimulatedWorker> workers = new ArrayList<>();
    private final Set<UUID> accepted = new LinkedHashSet<>();
    private final Set<UUID> attempted = new LinkedHashSet<>();
    private Duration elapsed = Duration.ofDays(1);
    private boolean isDeadly;
    private boolean isHealed;
    private int depth;
    private int started;

    /** A simulation without a planted bug. */
    Simulation(long seed) {
        this(seed, new PlantedBug());
    }

    /**
     * @param bug the planted bug
     */
    Simulation(long seed, PlantedBug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        InMemoryJobStore memory = new InMemoryJobStore(() -> bug.time(now()), random);
        this.faulty = FaultyJobStore.of(bug.into(checks.watching(memory), memory, this::now), random, this::pass);
        this.client = JobClient.of(faulty);
    }

    private Instant now() {
        return Instant.EPOCH.plus(elapsed);
    }

    private void pass(Duration time) {
        elapsed = elapsed.plus(time);
    }

    /** A digest of all calls and their times. It is the same for the same seed. */
    int trace() {
        return checks.trace();
    }

    Map<Sight, Long> run() {
        for (Fault fault : Fault.values()) {
            // Each run favours some kinds of events.
            faulty.inject(fault, RATES[random.nextInt(RATES.length)]);
        }
        isDeadly = random.nextInt(10) == 0;
        IntStream.rangeClosed(1, 2).forEach(i -> startWorker());
        for (int i = 0; i < ACTIONS; i++) {
            act();
            checks.throwFirst();
        }
        heal();
        return checks.sights();
    }

    private void act() {
        int draw = random.nextInt(100);
        if (draw < 50) {
            any(workers.stream().filter(SimulatedWorker::isActive)).ifPresent(worker -> {
                if (random.nextInt(10) == 0) {
                    worker.runAnyRound(random);
                } else {
                    worker.runDueRound();
                }
            });
        } else if (draw < 68) {
            any(workers.stream().filter(SimulatedWorker::isActive).filter(SimulatedWorker::hasTask))
                    .ifPresent(SimulatedWorker::runTask);
        } else if (draw < 82) {
            passToNextStep();
        } else if (draw < 83) {
            pass(upTo(random.nextBoolean() ? SimulatedWorker.POLL : SimulatedWorker.LEASE.multipliedBy(2)));
        } else if (draw < 94) {
            asClient();
        } else if (draw < 97) {
            any(workers.stream().filter(SimulatedWorker::isActive))
                    .ifPresent(worker -> worker.pause(upTo(SimulatedWorker.LEASE.multipliedBy(3))));
        } else if (draw == 97) {
            any(workers.stream().filter(SimulatedWorker::isAlive)).ifPresent(this::kill);
        } else if (draw == 98) {
            any(workers.stream().filter(SimulatedWorker::isActive)).ifPresent(SimulatedWorker::beginToStop);
        } else {
            startWorker();
        }
    }

    private void kill(SimulatedWorker worker) {
        worker.kill();
        checks.died(worker);
    }

    private void startWorker() {
        if (workers.stream().filter(SimulatedWorker::isAlive).count() >= MOST_WORKERS) {
            return;
        }
        SimulatedWorker[] self = new SimulatedWorker[1];
        ProcessorRegistry registry = ProcessorRegistry.of().with(TYPE, job -> process(self[0], job));
        self[0] = new SimulatedWorker(
                "w" + ++started,
                faulty,
                registry,
                KEEP,
                checks::tells,
                () -> elapsed.toNanos(),
                random,
                bug.stopsHeartbeatFirst());
        workers.add(self[0]);
    }

    private Duration upTo(Duration most) {
        return Duration.ofNanos(random.nextLong(1, most.toNanos()));
    }

    private <T> Optional<T> any(Stream<T> several) {
        List<T> all = several.toList();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    /** Moves the clock to the time at which the next loop of any worker is due, or a little later. */
    private void passToNextStep() {
        workers.stream()
                .filter(SimulatedWorker::isActive)
                .min(Comparator.comparingLong(SimulatedWorker::dueNanos))
                .map(worker -> Duration.ofNanos(worker.dueNanos()).minus(elapsed))
                .filter(left -> !left.isNegative())
                .ifPresent(this::pass);
        if (random.nextBoolean()) {
            pass(upTo(SimulatedWorker.POLL));
        }
    }

    private void asClient() {
        try {
            int draw = random.nextInt(10);
            if (draw < 5 && attempted.size() < MOST_JOBS) {
                enqueue(job());
            } else if (draw < 6 && attempted.size() < MOST_JOBS) {
                NewJob parent = job();
                enqueue(parent, job().parent(parent), job().parent(parent));
            } else if (draw < 8) {
                any(attempted.stream()).ifPresent(client::cancel);
            } else {
                any(attempted.stream()).ifPresent(client::retry);
            }
        } catch (JobStoreException injected) {
            // A client that enqueues repeats the call until it is answered, or gives up. Clients with other calls give
            // up.
        }
    }

    private NewJob job() {
        NewJob job = NewJob.of(TYPE, 1)
                .id(new UUID(random.nextLong(), random.nextLong()))
                .priority(random.nextInt(3))
                .maxAttempts(1 + random.nextInt(3));
        return random.nextInt(4) == 0 ? job.delay(upTo(Duration.ofSeconds(10))) : job;
    }

    private void enqueue(NewJob... jobs) {
        List<UUID> ids = Stream.of(jobs).map(NewJob::id).toList();
        attempted.addAll(ids);
        for (int tries = 0; tries < 3; tries++) {
            try {
                client.enqueueAll(List.of(jobs));
                accepted.addAll(ids);
                return;
            } catch (JobStoreException injected) {
                passToNextStep();
            }
        }
    }

    /** Runs a job. Other workers and clients can act meanwhile. */
    private @Nullable Object process(SimulatedWorker worker, JobContext job) throws InterruptedException {
        checks.begins(worker, job.job());
        try {
            if (depth < (isHealed ? 1 : DEPTH)) {
                depth++;
                try {
                    if (isHealed) {
                        takeTime(worker);
                    } else {
                        meanwhile(worker);
                    }
                } finally {
                    depth--;
                }
            }
            if (!worker.isAlive()) {
                return null;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return outcome(job);
        } finally {
            checks.ends(job.job());
        }
    }

    /** Other workers and clients act while a job runs or its worker is paused. */
    private void meanwhile(SimulatedWorker worker) {
        for (int i = random.nextInt(12); i > 0; i--) {
            act();
        }
        if (random.nextInt(8) == 0) {
            worker.pause(upTo(SimulatedWorker.LEASE.multipliedBy(4)));
        } else if (worker.isAlive() && random.nextInt(isDeadly ? 2 : 20) == 0) {
            kill(worker);
        }
        for (int i = 0; i < 3 * ACTIONS && worker.isAlive() && worker.isPaused(); i++) {
            act();
        }
        worker.goOn();
    }

    /**
     * After recovery: runs a job that takes longer than a lease. Its worker may begin to stop, and the loops of all
     * workers go on.
     */
    private void takeTime(SimulatedWorker worker) {
        Duration end = elapsed.plus(upTo(SimulatedWorker.LEASE.multipliedBy(3)));
        if (random.nextInt(4) == 0) {
            worker.beginToStop();
        }
        while (elapsed.compareTo(end) < 0) {
            runAllDue();
            passToNextStep();
        }
    }

    private @Nullable Object outcome(JobContext job) {
        return switch (random.nextInt(12)) {
            case 0 -> throw JobException.user("refused", "You cannot have that.");
            case 1, 2 -> throw JobException.retryable("Come back");
            case 3 -> throw new NotReadyException(upTo(Duration.ofSeconds(5)), "not yet");
            case 4 -> throw new IllegalStateException("A bug");
            case 5 -> {
                if (attempted.size() < MOST_JOBS) {
                    NewJob child = job();
                    attempted.add(child.id());
                    job.spawn(child);
                }
                yield null;
            }
            case 6 -> {
                job.progress(random.nextInt(101));
                yield 1;
            }
            default -> random.nextInt();
        };
    }

    /** All faults stop, and then every job must end. */
    private void heal() {
        isHealed = true;
        faulty.heal();
        workers.forEach(SimulatedWorker::goOn);
        checks.healed(now().plus(SimulatedWorker.LEASE.multipliedBy(2)), this::living);
        if (workers.stream().noneMatch(SimulatedWorker::isAlive)) {
            startWorker();
        }
        Duration end = elapsed.plus(PATIENCE);
        while (isAnythingOpen()) {
            checks.throwFirst();
            checks.check(
                    elapsed.compareTo(end) < 0,
                    "after {} without faults these are open: {} of {}",
                    PATIENCE,
                    open(),
                    workers);
            for (SimulatedWorker worker : workers) {
                while (worker.isActive() && worker.hasTask()) {
                    worker.runTask();
                }
            }
            runAllDue();
            if (workers.stream().noneMatch(SimulatedWorker::isAlive)) {
                startWorker();
            }
            passToNextStep();
        }
        checks.check(checks.rows().keySet().containsAll(accepted), "lost: {} of {}", accepted, checks.rows());
        checks.check(attempted.containsAll(checks.rows().keySet()), "invented: {}", checks.rows());
        checks.throwFirst();
        checks.allTold(living());
    }

    private void runAllDue() {
        for (SimulatedWorker worker : workers) {
            for (int i = 0; i < 10 && worker.isActive() && worker.dueNanos() - elapsed.toNanos() <= 0; i++) {
                worker.runDueRound();
            }
        }
    }

    /** The registrations of the live workers. */
    private Set<UUID> living() {
        return workers.stream()
                .filter(SimulatedWorker::isAlive)
                .map(worker -> worker.engine.lease.workerId())
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private boolean isAnythingOpen() {
        return !open().isEmpty()
                || !workers.stream().filter(SimulatedWorker::isAlive).allMatch(SimulatedWorker::isIdle);
    }

    private List<Job> open() {
        return checks.rows().values().stream()
                .filter(job -> job.status().isOpen())
                .toList();
    }
}
