package io.forthwith.examples.customstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.store.kit.FaultyJobStore;
import io.forthwith.store.kit.FaultyJobStore.Fault;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the store with a worker, as an application uses both. */
class KeyValueWorkerTest {
    private static final JobType<String> TYPE = JobType.of("mail", String.class);

    @TempDir
    Path directory;

    @Test
    @DisplayName("one process enqueues jobs, the next process runs them, and a third reads the results")
    void across_restarts() {
        NewJob good = NewJob.of(TYPE, "ada");
        NewJob bad = NewJob.of(TYPE, "nobody");
        try (KeyValueJobStore store = open()) {
            JobClient jobs = JobClient.of(store);
            jobs.enqueue(good);
            jobs.enqueue(bad);
        }

        List<String> mailed = new ArrayList<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            String to = job.input(String.class);
            if (to.equals("nobody")) {
                throw JobException.user("no_such_user", "There is no such user");
            }
            mailed.add(to);
            return "sent to " + to;
        });
        try (KeyValueJobStore store = open()) {
            assertThat(Worker.of(store, processors).build().drain()).isEqualTo(2);
        }
        try (KeyValueJobStore store = open()) {
            assertThat(Worker.of(store, processors).build().drain()).isZero();

            Job sent = store.find(good.id()).orElseThrow();
            assertThat(sent.status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(sent.result()).isEqualTo("\"sent to ada\"");
            Job failed = store.find(bad.id()).orElseThrow();
            assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
            assertThat(failed.errorMessage()).isEqualTo("There is no such user");
            assertThat(store.failures(bad.id())).hasSize(1);
            assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
        }
        assertThat(mailed).containsExactly("ada");
    }

    @Test
    @DisplayName("a running job that is cancelled ends at once, not at the next heartbeat")
    void cancelled() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            started.countDown();
            new CountDownLatch(1).await();
            return null;
        });
        try (KeyValueJobStore store = open();
                Worker worker =
                        Worker.of(store, processors).lease(Duration.ofHours(1)).start()) {
            JobClient jobs = JobClient.of(store);
            UUID id = jobs.enqueue(NewJob.of(TYPE, "ada")).id();
            assertThat(started.await(1, TimeUnit.MINUTES)).as(worker.toString()).isTrue();

            assertThat(jobs.cancel(id)).isEqualTo(ActResult.REQUESTED);

            assertThat(jobs.await(id, Duration.ofMinutes(1)).orElseThrow().status())
                    .isEqualTo(JobStatus.CANCELLED);
        }
    }

    @Test
    @DisplayName("every job ends, and once, although calls fail, get lost or run twice")
    void faulty_calls() throws InterruptedException {
        int count = 40;
        long seed = new Random().nextLong();
        System.out.println("KeyValueWorkerTest.faultyCalls: seed " + seed);
        CountDownLatch ended = new CountDownLatch(count);
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> "sent");
        JobListener listener = event -> {
            if (event instanceof JobEvent.Completed) {
                ended.countDown();
            }
        };
        try (KeyValueJobStore store = open()) {
            FaultyJobStore faulty = FaultyJobStore.of(store, seed);
            try (Worker worker =
                    Worker.of(faulty, processors).listener(listener).start()) {
                faulty.inject(Fault.FAIL_BEFORE, 0.05)
                        .inject(Fault.LOSE_CALL, 0.05)
                        .inject(Fault.LOSE_ANSWER, 0.05)
                        .inject(Fault.REPEAT, 0.1);
                for (int i = 0; i < count; i++) {
                    JobClient.of(store).enqueue(NewJob.of(TYPE, "ada"));
                }
                assertThat(ended.await(60, TimeUnit.SECONDS))
                        .as("seed %s: %s", seed, worker)
                        .isTrue();
            }
            assertThat(store.scan(JobQuery.all().atMost(1_000)))
                    .as("seed %s", seed)
                    .hasSize(count)
                    .allSatisfy(job -> {
                        assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
                        assertThat(job.attempt()).isOne();
                    });
        }
    }

    private KeyValueJobStore open() {
        return KeyValueJobStore.open(directory.resolve("jobs"), InstantSource.system());
    }
}
