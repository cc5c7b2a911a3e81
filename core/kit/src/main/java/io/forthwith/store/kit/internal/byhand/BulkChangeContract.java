package io.forthwith.store.kit.internal.byhand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.StoreHints;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class BulkChangeContract {
    private static final int THREADS = 8;
    private static final JobChange LATER = JobChange.of().delay(Duration.ofHours(2));
    private static final JobChange ELSEWHERE = JobChange.of().queue("elsewhere").priority(2);

    public abstract StoreFixture fixture();

    private BulkResult change(JobQuery query, JobChange change) {
        return fixture().store.changePage(query, change);
    }

    private BulkResult cancel(JobQuery query) {
        return fixture().store.cancelPage(query, Locale.ENGLISH);
    }

    /** So many pending jobs, the newest first. */
    private List<UUID> added(int count) {
        List<UUID> ids = new ArrayList<>();
        IntStream.range(0, count).forEach(i -> ids.add(fixture().added()));
        Collections.reverse(ids);
        return ids;
    }

    @Test
    @DisplayName(
            "a bulk change changes each job as a single change does, and counts those that it leaves for each reason")
    void changes() {
        Job failed = fixture().failedAfterCharge();
        Job undo = fixture().onlyUndo();
        Job running = fixture().claim(10).get(0);
        assertThat(running.id()).isEqualTo(undo.id());
        Job busy = fixture().claimed();
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        fixture().addAll(first, after);
        Job before = fixture().find(first);

        assertThat(change(JobQuery.all(), LATER.priority(7)))
                .isEqualTo(ReadModelFactory.bulkResult(
                        1,
                        Map.of(
                                ActResult.Outcome.RUNNING,
                                1L,
                                ActResult.Outcome.WAITING,
                                1L,
                                ActResult.Outcome.UNDO_JOB,
                                1L),
                        null));

        Job changed = fixture().find(first);
        assertThat(changed.priority()).isEqualTo(7);
        assertThat(changed.runAt()).isAfterOrEqualTo(before.runAt().plus(Duration.ofHours(2)));
        assertThat(changed.toBuilder()
                        .priority(before.priority())
                        .runAt(before.runAt())
                        .updatedAt(before.updatedAt())
                        .build())
                .isEqualTo(before);
        assertThat(change(JobQuery.all(), ELSEWHERE))
                .isEqualTo(ReadModelFactory.bulkResult(3, Map.of(ActResult.Outcome.UNDO_JOB, 1L), null));
        for (UUID id : List.of(busy.id(), first.id(), after.id())) {
            assertThat(fixture().find(id).queue()).isEqualTo("elsewhere");
            assertThat(fixture().find(id).priority()).isEqualTo(2);
        }
        assertThat(fixture().find(failed.id()).queue()).isEqualTo(NewJob.DEFAULT_QUEUE);
        assertThat(fixture().find(undo.id()).queue()).isEqualTo(undo.queue());
    }

    @Test
    @DisplayName(
            "a bulk change goes page by page, newest first, and reaches each job once, also if the query still selects it")
    void pages() {
        List<UUID> jobs = added(5);

        BulkResult first = change(JobQuery.all().atMost(3), ELSEWHERE);

        assertThat(first).isEqualTo(ReadModelFactory.bulkResult(3, Map.of(), jobs.get(2)));
        assertThat(change(JobQuery.all().queue("elsewhere").atMost(3).before(jobs.get(2)), ELSEWHERE))
                .isEqualTo(BulkResult.NONE);
        UUID newer = fixture().added();
        assertThat(change(JobQuery.all().atMost(3).before(jobs.get(2)), ELSEWHERE))
                .isEqualTo(ReadModelFactory.bulkResult(2, Map.of(), null));
        assertThat(fixture().find(newer).queue()).isEqualTo(NewJob.DEFAULT_QUEUE);
        assertThat(fixture().store.countByScan(JobQuery.all().queue("elsewhere")))
                .isEqualTo(5);
    }

    @Test
    @DisplayName("queries for ended jobs, and empty changes, are refused, and change nothing")
    void refused() {
        UUID id = fixture().added();

        for (JobStatus status : List.of(JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)) {
            JobQuery query = JobQuery.all().status(JobStatus.PENDING, status);
            assertThatThrownBy(() -> change(query, ELSEWHERE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Only open jobs can be cancelled or changed")
                    .hasMessageContaining(status.text());
            assertThatThrownBy(() -> cancel(query)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> change(JobQuery.all(), JobChange.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The change is empty");
        assertThat(fixture().find(id).queue()).isEqualTo(NewJob.DEFAULT_QUEUE);
        assertThat(fixture().status(id)).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("workers get a hint of a bulk change only if one of the jobs is due")
    void hints() {
        added(2);
        List<Thread> hints = Collections.synchronizedList(new ArrayList<>());
        try (StoreHints.Subscription ignored = fixture().store.onAdded(() -> hints.add(Thread.currentThread()))) {
            fixture().added();
            boolean tellsOfAdded = hints.remove(Thread.currentThread());

            change(JobQuery.all(), LATER);
            assertThat(hints).doesNotContain(Thread.currentThread());
            change(JobQuery.all(), JobChange.of().delay(Duration.ZERO));
            assertThat(hints.contains(Thread.currentThread())).isEqualTo(tellsOfAdded);
        }
    }

    @Test
    @DisplayName(
            "a bulk cancellation cancels pending and waiting jobs, asks running ones to stop, and leaves undo jobs")
    void cancels() {
        fixture().failedAfterCharge();
        UUID undo = fixture().onlyUndo().id();
        Job running = fixture().claimed();
        NewJob alone = fixture().job().uniqueKey("key");
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        fixture().addAll(alone);
        fixture().addAll(first, after);
        ConcurrentLinkedQueue<Claim> asked = new ConcurrentLinkedQueue<>();

        BulkResult answer;
        try (StoreHints.Subscription ignored = fixture().store.onCancelRequested(asked::add)) {
            answer = cancel(JobQuery.all());
        }

        assertThat(answer).isEqualTo(ReadModelFactory.bulkResult(4, Map.of(ActResult.Outcome.UNDO_JOB, 1L), null));
        assertThat(fixture().statuses(alone, first, after)).containsOnly(JobStatus.CANCELLED);
        assertThat(fixture().find(running.id()).cancelRequestedAt()).isNotNull();
        assertThat(asked).containsExactly(Claim.of(running));
        assertThat(fixture().find(undo).status().isFinal()).isFalse();
        assertThat(fixture().add(fixture().job().uniqueKey("key")).id()).isNotEqualTo(alone.id());
    }

    @Test
    @DisplayName(
            "a bulk cancellation cancels children with their waiting parent, if the query selects it, and their steps are undone")
    void families() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob other = fixture().childOf(parent);
        fixture().addAll(parent, child, other);
        Job charged = fixture().claimed(child.id());
        fixture().begin(charged, StoreFixture.CHARGE);
        fixture().finish(charged, StoreFixture.CHARGE, "1");
        fixture().loseWorkers();
        assertThat(fixture().status(charged.id())).isEqualTo(JobStatus.PENDING);

        assertThat(cancel(JobQuery.all().atMost(1)).done()).isEqualTo(1);

        assertThat(fixture().statuses(parent, child, other)).containsOnly(JobStatus.CANCELLED);
        assertThat(fixture().status(charged.id())).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().onlyUndo().undoes()).isEqualTo(charged.id());
    }

    @Test
    @DisplayName("a bulk cancellation that selects only children leaves it to their parent what follows")
    void children() {
        NewJob parent = fixture().job().project("whole");
        NewJob child = fixture().childOf(parent).project("part");
        fixture().addAll(parent, child);

        assertThat(cancel(JobQuery.all().project("part"))).isEqualTo(ReadModelFactory.bulkResult(1, Map.of(), null));

        assertThat(fixture().statuses(parent, child)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("a bulk cancellation goes page by page, newest first")
    void cancelsPages() {
        List<UUID> jobs = added(3);

        assertThat(cancel(JobQuery.all().atMost(2))).isEqualTo(ReadModelFactory.bulkResult(2, Map.of(), jobs.get(1)));

        assertThat(fixture().status(jobs.get(2))).isEqualTo(JobStatus.PENDING);
        assertThat(cancel(JobQuery.all().atMost(2).before(jobs.get(1))))
                .isEqualTo(ReadModelFactory.bulkResult(1, Map.of(), null));
    }

    @Test
    @DisplayName("bulk and single changes, cancellations and claims of the same jobs: no deadlock, and no job is lost")
    void underContention() {
        for (int i = 0; i < RacingThreads.REPETITIONS / 2; i++) {
            List<NewJob> jobs = new ArrayList<>();
            for (int j = 0; j < 8; j++) {
                NewJob parent = fixture().job();
                jobs.addAll(List.of(
                        parent,
                        fixture().childOf(parent),
                        fixture().childOf(parent),
                        fixture().job()));
            }
            fixture().addAll(jobs.toArray(NewJob[]::new));
            RacingThreads.race(THREADS, thread -> () -> {
                for (int j = 0; j < jobs.size() / 2; j++) {
                    UUID id = jobs.get((j * 7 + thread * 5) % jobs.size()).id();
                    switch (thread % 4) {
                        case 0 -> change(JobQuery.all().atMost(10), ELSEWHERE);
                        case 1 -> fixture().store.change(id, JobChange.of().queue(NewJob.DEFAULT_QUEUE));
                        case 2 -> fixture().claimAs(fixture().register(), 1).forEach(fixture()::complete);
                        default -> cancel(JobQuery.all().atMost(3).before(id));
                    }
                }
                return thread;
            });
            change(JobQuery.all().atMost(1_000), JobChange.of().queue(NewJob.DEFAULT_QUEUE));
            cancel(JobQuery.all().status(JobStatus.PENDING, JobStatus.WAITING).atMost(1_000));
            assertThat(fixture()
                            .store
                            .countByScan(
                                    JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.WAITING)))
                    .isZero();
        }
    }
}
