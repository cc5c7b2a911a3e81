package io.forthwith.worker;

import static io.forthwith.Patiently.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The events of a worker say how long the attempt took:")
class EventTimesTest {
    private static final JobType<Void> WORK = JobType.of("work");

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<JobEvent> events = new CopyOnWriteArrayList<>();
    private final long begin = System.nanoTime();

    private void assertTime(Duration took) {
        assertThat(took).isPositive().isLessThanOrEqualTo(Duration.ofNanos(System.nanoTime() - begin));
    }

    private <E extends JobEvent> E only(Class<E> kind) {
        List<E> found = events.stream().filter(kind::isInstance).map(kind::cast).toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    @Test
    @DisplayName("of one that waits, is tried again or is postponed")
    void not_ended() {
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(JobType.of("parent"), job -> {
                    job.spawn(NewJob.of(WORK).queue("other"));
                    return null;
                })
                .with(JobType.of("flaky"), job -> {
                    throw JobException.retryable("busy").after(Duration.ofHours(1));
                })
                .with(JobType.of("later"), job -> {
                    throw new NotReadyException(Duration.ofHours(1), "later");
                });
        List.of("parent", "flaky", "later").forEach(type -> jobs.enqueue(NewJob.of(JobType.of(type))));
        Worker.of(store, processors).listener(events::add).build().drain();

        assertTime(only(JobEvent.Waiting.class).took());
        assertTime(only(JobEvent.RetryScheduled.class).took());
        assertTime(only(JobEvent.Postponed.class).took());
    }

    @Test
    @DisplayName("of one that is cancelled or given back")
    void stopped() {
        CountDownLatch never = new CountDownLatch(1);
        ProcessorRegistry processors = ProcessorRegistry.of().with(WORK, job -> {
            never.await();
            return null;
        });
        try (Worker worker = Worker.of(store, processors)
                .gracePeriod(Duration.ZERO)
                .listener(events::add)
                .start()) {
            UUID cancelled = jobs.enqueue(NewJob.of(WORK)).id();
            await().until(() -> seen(JobEvent.Started.class) == 1);
            jobs.cancel(cancelled);
            await().until(() -> seen(JobEvent.Cancelled.class) == 1);
            jobs.enqueue(NewJob.of(WORK));
            await().until(() -> seen(JobEvent.Started.class) == 2);
        }
        assertTime(only(JobEvent.Cancelled.class).took());
        assertTime(only(JobEvent.GivenBack.class).took());
    }

    private long seen(Class<? extends JobEvent> kind) {
        return events.stream().filter(kind::isInstance).count();
    }
}
