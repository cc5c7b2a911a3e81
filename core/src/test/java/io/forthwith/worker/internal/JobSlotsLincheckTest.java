package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.internal.attempt.JobServices;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.WakeSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Several threads offer, run and take back jobs and close the slots at the same time. Each job is run once or returned
 * once, and every slot is free at the end. Lincheck generates the calls and checks their interleavings.
 */
@Tag("slow")
public class JobSlotsLincheckTest {
    private static final JobType<Integer> TYPE = JobType.of("work", Integer.class);

    private static final Set<String> INTERLEAVED =
            Set.of(JobSlotsLincheckTest.class.getName(), JobSlots.class.getName(), Running.class.getName());

    private final Jobs jobs = new Jobs();
    private final JobThreads threads = new JobThreads(jobs::execute);
    private final JobSlots slots = new JobSlots(1, threads, new Running(jobs), new WakeSignal());

    /** One job was offered and waits for a thread. */
    public JobSlotsLincheckTest() {
        offer();
    }

    @Operation
    public final void offer() {
        RunningJob job = jobs.next();
        if (!slots.offer(List.of(job))) {
            jobs.end(List.of(job));
        }
    }

    @Operation
    public void serve() {
        Runnable task = jobs.task();
        if (task != null) {
            task.run();
        }
    }

    @Operation
    public void takeBack() {
        RunningJob job = jobs.latest();
        if (job != null && slots.takeUnstarted(job)) {
            jobs.end(List.of(job));
        }
    }

    /** As if its thread did not return: another thread gets the slot. */
    @Operation
    public void replace() {
        RunningJob job = jobs.latest();
        if (job != null) {
            slots.replace(job);
        }
    }

    @Operation
    public void close() {
        jobs.end(slots.close());
    }

    @Validate
    public void nothingIsLeft() {
        for (Runnable task = jobs.task(); task != null; task = jobs.task()) {
            task.run();
        }
        jobs.check(slots, threads);
    }

    @Test
    void each_job_is_run_or_returned_once_and_every_slot_is_free_again() {
        new ModelCheckingOptions()
                .addGuarantee(
                        forClasses(JobSlotsLincheckTest::isAside).allMethods().treatAsAtomic())
                // Collections, which are guarded by a monitor or thread-safe.
                .addGuarantee(forClasses(name -> name.startsWith("java.util."))
                        .allMethods()
                        .ignore())
                .logLevel(LoggingLevel.OFF)
                .threads(2)
                .actorsBefore(0)
                .actorsPerThread(2)
                .actorsAfter(0)
                .iterations(10)
                .invocationsPerIteration(50)
                .check(JobSlotsLincheckTest.class);
    }

    /** Lincheck switches threads before and after calls of these methods, not within them. */
    private static boolean isAside(String className) {
        return className.startsWith("io.forthwith.") && !INTERLEAVED.contains(className);
    }

    /** Runs a job. Lincheck can switch threads within it. */
    private record Running(Jobs jobs) implements JobSlots.Runner {
        @Override
        public void run(RunningJob run) {
            run.begin(0);
            jobs.end(List.of(run));
            run.end(0);
        }

        @Override
        public void brokeDown(RunningJob run, Throwable bug) {
            throw new AssertionError(bug);
        }
    }

    /** One slot, whose tasks wait until a thread runs them. */
    private static final class Jobs {
        private static final JobServices NONE = new JobServices(null, null, null, null, null, null);
        private static final List<Job> CLAIMED = claimed(8);

        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private final List<UUID> ended = new ArrayList<>();
        private final List<RunningJob> offered = new ArrayList<>();

        private static List<Job> claimed(int count) {
            JobStore store = new InMemoryJobStore(() -> Instant.EPOCH, new Random(1));
            JobClient.of(store)
                    .enqueueAll(Stream.generate(() -> NewJob.of(TYPE, 1))
                            .limit(count)
                            .toList());
            UUID worker = new UUID(0, 1);
            store.register(ReadModelFactory.workerInfo(worker, "w", "host", 1), Duration.ofDays(1));
            return store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), count, Set.of(TYPE.name()), 3));
        }

        synchronized void execute(Runnable task) {
            tasks.add(task);
        }

        @Nullable
        synchronized Runnable task() {
            return tasks.poll();
        }

        RunningJob next() {
            RunningJob next = new RunningJob(CLAIMED.get(offered.size()), NONE, Locale.ENGLISH, 0);
            offered.add(next);
            return next;
        }

        @Nullable
        RunningJob latest() {
            return offered.isEmpty() ? null : offered.get(offered.size() - 1);
        }

        void end(List<RunningJob> runOrHandedOut) {
            runOrHandedOut.forEach(job -> ended.add(job.job().id()));
        }

        void check(JobSlots slots, JobThreads threads) {
            assertThat(ended)
                    .as("jobs that were run or handed out")
                    .containsExactlyInAnyOrderElementsOf(
                            offered.stream().map(job -> job.job().id()).toList());
            assertThat(slots.free()).as("free slots").isOne();
            assertThat(slots.zombies()).as("slots given away").isZero();
            assertThat(threads.inFlight().count()).as("tasks under way").isZero();
        }
    }
}
