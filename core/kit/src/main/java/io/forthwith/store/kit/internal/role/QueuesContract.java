package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.limit.Pause;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.count.QueueTypes;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class QueuesContract {
    public abstract StoreFixture fixture();

    private static BoundedCount exactly(int jobs) {
        return new BoundedCount(jobs, true);
    }

    private QueueState only() {
        List<QueueState> all = fixture().store.queues();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    @Test
    @DisplayName(
            "a queue counts its due, scheduled and running jobs of all priorities, and says how long the oldest due one has waited")
    void counts() {
        assertThat(fixture().store.queues()).isEmpty();
        NewJob running = fixture().job();
        fixture().add(running);
        fixture().running(running);
        fixture()
                .addAll(
                        fixture().job(),
                        fixture().job().priority(0),
                        fixture().job().delay(Duration.ofHours(1)));
        fixture().age(Duration.ofMinutes(5));
        fixture()
                .addAll(fixture().job().priority(9), fixture().job().priority(9).delay(Duration.ofHours(2)));
        NewJob ended = fixture().job();
        fixture().add(ended);
        fixture().cancel(ended);
        NewJob parent = fixture().job();
        fixture().addAll(parent, fixture().childOf(parent).delay(Duration.ofHours(1)));

        QueueState state = only();
        assertThat(state)
                .extracting(
                        QueueState::queue,
                        QueueState::due,
                        QueueState::scheduled,
                        QueueState::running,
                        QueueState::pause)
                .containsExactly(NewJob.DEFAULT_QUEUE, exactly(3), exactly(3), exactly(1), null);
        assertThat(state.limited()).isEqualTo(BoundedCount.NONE);
        assertThat(Objects.requireNonNull(state.oldestAge())).isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
    }

    @Test
    @DisplayName("queues are listed by name, also those that are only paused, or only run jobs")
    void listed() {
        NewJob running = fixture().job();
        fixture().add(running);
        fixture().running(running);
        fixture().add(fixture().job().queue("b:2").delay(Duration.ofHours(1)));
        fixture().store.pauseQueue("a", Pause.by("ada").because("no paper"));

        List<QueueState> queues = fixture().store.queues();
        assertThat(queues).extracting(QueueState::queue).containsExactly("a", "b:2", NewJob.DEFAULT_QUEUE);
        assertThat(queues).extracting(QueueState::oldestAge).containsOnlyNulls();
        assertThat(Objects.requireNonNull(queues.get(0).pause()).by()).isEqualTo("ada");
        assertThat(queues.get(2).running()).isEqualTo(exactly(1));
    }

    @Test
    @DisplayName("a client also lists the queues that a living worker serves")
    void served() {
        JobClient jobs = JobClient.of(fixture().store);
        WorkerInfo.Serves serves = ReadModelFactory.workerServes(List.of("a", "b"), List.of("t"), false, 1);
        fixture()
                .store
                .register(
                        ReadModelFactory.workerInfo(UUID.randomUUID(), "kit", "localhost", 1, serves, "1", null),
                        StoreFixture.LEASE);
        fixture().add(fixture().job().queue("a"));
        assertThat(jobs.queues())
                .extracting(QueueState::queue, QueueState::due)
                .containsExactly(tuple("a", exactly(1)), tuple("b", BoundedCount.NONE));
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        assertThat(jobs.queues()).extracting(QueueState::queue).containsExactly("a");
    }

    @Test
    @DisplayName("the jobs that run for long are found, those that have run longest first")
    void longRunning() {
        Job first = fixture().claimed();
        Job second = fixture().claimed();
        fixture().complete(fixture().claimed());
        fixture().added();

        assertThat(fixture().store.longRunning(Duration.ZERO, 10))
                .extracting(Job::id)
                .containsExactly(first.id(), second.id());
        assertThat(fixture().store.longRunning(Duration.ZERO, 1))
                .extracting(Job::id)
                .containsExactly(first.id());
        assertThat(fixture().store.longRunning(Duration.ofDays(1), 10)).isEmpty();
    }

    @Test
    @DisplayName("groups that are open for long are found, those that were enqueued first at the front")
    void openGroups() {
        NewJob first = fixture().job().unsealed();
        NewJob second = fixture().job().unsealed();
        fixture().add(first);
        fixture().add(second);
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        fixture().add(fixture().job().after(first.id()));
        fixture().added();

        assertThat(fixture().store.openGroups(Duration.ZERO, 10))
                .extracting(Job::id)
                .containsExactly(first.id(), second.id());
        assertThat(fixture().store.openGroups(Duration.ZERO, 1))
                .extracting(Job::id)
                .containsExactly(first.id());
        assertThat(fixture().store.openGroups(Duration.ofDays(1), 10)).isEmpty();
    }

    @Test
    @DisplayName("the pending jobs of a queue are counted by type")
    void types() {
        NewJob job = fixture().job();
        NewJob other = NewJob.of(JobType.of("other", String.class), "x");
        fixture().addAll(job, fixture().job(), fixture().job().delay(Duration.ofHours(1)), other);
        NewJob cancelled = fixture().job();
        fixture().addAll(fixture().job().queue("another"), NewJob.of(JobType.of("done", String.class), "x"), cancelled);
        fixture().cancel(cancelled);

        QueueTypes types = fixture().store.types(job.queue());

        assertThat(types.areAll()).isTrue();
        assertThat(types.types())
                .containsExactly(
                        new QueueTypes.OfType(job.type().name(), 2, 1, 0),
                        new QueueTypes.OfType("done", 1, 0, 0),
                        new QueueTypes.OfType("other", 1, 0, 0));
        assertThat(fixture().store.types("nowhere")).isEqualTo(new QueueTypes(List.of(), true));
    }
}
