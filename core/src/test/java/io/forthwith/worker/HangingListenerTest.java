package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.memory.InMemoryJobStore;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A listener that does not return holds up the events behind it, and no job. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HangingListenerTest {
    /** As {@link JobListener} says. */
    private static final int ROOM = 1_000;

    private static final JobType<Integer> TYPE = JobType.of("work", Integer.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final CountDownLatch returns = new CountDownLatch(1);
    private final List<String> heard = new CopyOnWriteArrayList<>();

    private final class Hanging implements JobListener {
        @Override
        public void onEvent(JobEvent event) {
            awaitUninterruptibly(returns);
            heard.add(event.getClass().getSimpleName() + " " + event.job().id().toString());
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private WorkerBuilder worker() {
        return Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> "done"));
    }

    private List<UUID> enqueue(int count) {
        return jobs
                .enqueueAll(IntStream.range(0, count)
                        .mapToObj(i -> NewJob.of(TYPE, i))
                        .toList())
                .stream()
                .map(Enqueued::id)
                .toList();
    }

    private void awaitCompleted(List<UUID> ids) {
        Patiently.await()
                .until(() -> ids.stream()
                        .map(id -> store.find(id).orElseThrow())
                        .map(Job::status)
                        .allMatch(JobStatus.COMPLETED::equals));
    }

    @Test
    void all_jobs_complete_and_the_events_come_in_order_when_it_returns() {
        try (Worker worker = worker().concurrency(2).listener(new Hanging()).start()) {
            List<UUID> ids = enqueue(100);

            awaitCompleted(ids);

            assertThat(heard).isEmpty();
            returns.countDown();
        }
        assertThat(heard).hasSize(200).doesNotHaveDuplicates();
        for (Job job : jobs.scan(JobQuery.all())) {
            List<String> events = heard.stream()
                    .filter(each -> each.endsWith(job.id().toString()))
                    .toList();
            assertThat(events).containsExactly("Started " + job.id(), "Completed " + job.id());
        }
    }

    @Test
    void health_names_it() {
        try (Worker worker = worker().listener(new Hanging()).start()) {
            enqueue(1);

            Patiently.await()
                    .until(() -> worker.health().reasons().stream()
                            .anyMatch(reason -> reason.startsWith("telling the listener " + Hanging.class.getName()
                                    + " of Started has not ended for ")));
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DEGRADED);
            returns.countDown();
            Patiently.await().until(() -> worker.health().status() == WorkerHealth.Status.UP);
        }
    }

    @Test
    void what_happens_behind_a_thousand_events_is_dropped_and_health_counts_it() {
        try (LogCapture log = new LogCapture();
                Worker worker = worker().listener(new Hanging()).start()) {
            List<UUID> ids = enqueue(2 * ROOM);

            awaitCompleted(ids);

            Patiently.await()
                    .until(() -> worker.health().reasons().stream()
                            .anyMatch(reason ->
                                    reason.matches("\\d+ events were dropped, because a listener does not return")));
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("there is no room for more events"))
                    .hasSize(1);
            returns.countDown();
            Patiently.await()
                    .until(() -> log.lines().stream()
                            .anyMatch(
                                    line -> line.matches(".* Listeners are told again; \\d+ events were dropped, .*")));
            Patiently.await().until(() -> worker.health().status() == WorkerHealth.Status.UP);
        }
        assertThat(heard.stream().filter(event -> event.startsWith("Started")).count())
                .isLessThan(2 * ROOM);
        assertThat(heard.stream().filter(event -> event.startsWith("Completed")).count())
                .isGreaterThanOrEqualTo(heard.stream()
                        .filter(event -> event.startsWith("Started"))
                        .count());
    }

    @Test
    void it_may_ask_the_worker_how_it_is_also_while_the_worker_drains() {
        AtomicReference<Worker> self = new AtomicReference<>();
        List<String> answers = new CopyOnWriteArrayList<>();
        self.set(worker().listener(event -> answers.add(self.get().health().status() + " " + self.get()))
                .build());
        enqueue(3);

        assertThat(self.get().drain()).isEqualTo(3);

        assertThat(answers).hasSize(6);
    }
}
