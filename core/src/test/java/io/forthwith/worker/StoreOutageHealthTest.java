package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.invocation.InvocationOnMock;

/** What the health of a worker says during an outage of its store and after it, on real threads. */
@Timeout(60)
@Tag("slow")
class StoreOutageHealthTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);
    private static final Duration LEASE = Duration.ofSeconds(4);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, this::call);
    private final JobClient jobs = JobClient.of(memory);
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    /** The calls that fail. */
    private volatile Set<String> failing = Set.of();

    private volatile boolean isAway;
    private volatile boolean hasFailedToTakeOver;
    private final AtomicLong firstAnswer = new AtomicLong();

    private Object call(InvocationOnMock call) throws Throwable {
        String name = call.getMethod().getName();
        calls.computeIfAbsent(name, each -> new AtomicInteger()).incrementAndGet();
        boolean isHint =
                name.startsWith("on") || Set.of("hearsOthers", "workingOn").contains(name);
        hasFailedToTakeOver |= isAway && name.equals("takeOver");
        // A worker whose beat has failed takes nothing over. Here the beat is the second that fails: it gets no answer
        // until then. If it got one, the others would have failed alone.
        while (isAway && name.equals("beat") && !hasFailedToTakeOver) {
            Thread.onSpinWait();
        }
        if (failing.contains(name) || (isAway && !isHint)) {
            throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "connection refused", null);
        }
        try {
            Object answer = call.getMethod().invoke(memory, call.getArguments());
            if (!isHint) {
                firstAnswer.compareAndSet(0, System.nanoTime());
            }
            return answer;
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private int calls(String name) {
        return calls.getOrDefault(name, new AtomicInteger()).get();
    }

    @Test
    void is_up_within_a_second_of_the_first_answer_after_an_outage() throws InterruptedException {
        CountDownLatch mayEnd = new CountDownLatch(1);
        CountDownLatch hasEnded = new CountDownLatch(5);
        ProcessorRegistry registry = ProcessorRegistry.of().with(TYPE, job -> {
            mayEnd.await();
            job.progress(50);
            hasEnded.countDown();
            return null;
        });
        try (Worker worker = Worker.of(store, registry).lease(LEASE).start()) {
            for (int i = 0; i < 5; i++) {
                jobs.enqueue(NewJob.of(TYPE, "x"));
            }
            await().until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.PROCESSING)) == 5);
            await().until(() -> calls("takeOver") > 0);
            isAway = true;
            mayEnd.countDown();
            hasEnded.await();
            await().until(() -> fails(worker, "claiming")
                    && fails(worker, "settling")
                    && fails(worker, "keeping the lease")
                    && fails(worker, "taking over"));
            // By then the pauses of all loops are long.
            await().until(() -> worker.health().reasons().toString().contains("the lease is not renewed"));

            firstAnswer.set(0);
            isAway = false;
            await().pollInterval(Duration.ofMillis(5)).until(() -> firstAnswer.get() != 0);
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> worker.health().status() == WorkerHealth.Status.UP);

            long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - firstAnswer.get());
            System.out.println("UP " + took + " ms after the first answer of the store");
            assertThat(took).isLessThan(1_000);
            await().atMost(Duration.ofSeconds(1))
                    .until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == 5);
        }
    }

    @Test
    void a_loop_that_goes_on_failing_is_shown_although_the_others_succeed_and_does_not_hurry() {
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null))
                .pollInterval(Duration.ofMillis(20))
                .start()) {
            failing = Set.of("settle");
            jobs.enqueue(NewJob.of(TYPE, "x"));
            await().until(() -> calls("settle") >= 2);
            int claims = calls("claim");
            int settles = calls("settle");
            while (calls("claim") < claims + 100) {
                assertThat(worker.health().reasons()).anyMatch(reason -> reason.contains("settling"));
                Thread.onSpinWait();
            }
            assertThat(calls("settle") - settles).as("tries").isLessThan(10);

            failing = Set.of();
            await().until(() -> worker.health().status() == WorkerHealth.Status.UP);
        }
    }

    @Test
    void progress_that_could_not_be_written_is_not_held_against_the_store_for_ever() throws InterruptedException {
        CountDownLatch mayEnd = new CountDownLatch(1);
        ProcessorRegistry registry = ProcessorRegistry.of().with(TYPE, job -> {
            job.progress(50);
            mayEnd.await();
            return null;
        });
        try (Worker worker = Worker.of(store, registry).start()) {
            failing = Set.of("report");
            jobs.enqueue(NewJob.of(TYPE, "x"));
            await().until(() -> calls("report") > 0);
            failing = Set.of();

            await().atMost(Duration.ofSeconds(2)).until(() -> worker.health().status() == WorkerHealth.Status.UP);
            mayEnd.countDown();
        }
    }

    private static boolean fails(Worker worker, String activity) {
        return worker.health().reasons().stream().anyMatch(reason -> reason.contains("while " + activity + ":"));
    }
}
