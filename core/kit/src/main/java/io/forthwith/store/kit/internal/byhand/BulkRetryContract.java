package io.forthwith.store.kit.internal.byhand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class BulkRetryContract extends BulkRetryFixture {
    private static final int THREADS = 8;
    private static final int REPETITIONS = RacingThreads.REPETITIONS;
    private static final Instant THEN = Instant.EPOCH;

    @Test
    @DisplayName("a bulk retry retries the failed and cancelled jobs of a query, and no others")
    void selected() {
        UUID cancelled = fixture().added();
        cancel(cancelled);
        NewJob other = NewJob.of(JobType.of("other", Object.class), 1);
        fixture().add(other);
        cancel(other.id());
        Job failed = fixture().claimed();
        fixture().fail(failed);
        Job completed = fixture().claimed();
        fixture().complete(completed);
        Job running = fixture().claimed();
        UUID pending = fixture().added();
        List<Job> before = fixture().store.scan(JobQuery.all());

        BulkResult answer = fixture().store.retryPage(JobQuery.all().type(StoreFixture.TYPE.name()));

        assertThat(answer).isEqualTo(ReadModelFactory.bulkResult(2, Map.of(), null));
        assertThat(fixture().status(failed.id())).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().status(cancelled)).isEqualTo(JobStatus.PENDING);
        for (UUID untouched : List.of(other.id(), completed.id(), running.id(), pending)) {
            assertThat(before).contains(fixture().find(untouched));
        }
        assertThat(fixture().store.retryPage(JobQuery.all().user("nobody"))).isEqualTo(BulkResult.NONE);
    }

    @Test
    @DisplayName("a bulk retry retries only jobs of the requested status, user, project and error")
    void filters() {
        UUID cancelled = fixture().added();
        cancel(cancelled);
        Job busy = failedWith("http_503");
        Job broke = failedWith("no_credits");
        NewJob ofAda = fixture().job().user("ada").project("film");
        fixture().add(ofAda);
        fixture().fail(fixture().claimed(ofAda.id()));

        assertThat(retried(JobQuery.all().user("ada").project("book"))).isZero();
        assertThat(retried(JobQuery.all().user("ada").project("film"))).isEqualTo(1);
        assertThat(fixture().status(ofAda.id())).isEqualTo(JobStatus.PENDING);
        assertThat(retried(JobQuery.all().errorCode("http_503"))).isEqualTo(1);
        assertThat(fixture().status(busy.id())).isEqualTo(JobStatus.PENDING);
        assertThat(retried(JobQuery.all().status(JobStatus.CANCELLED))).isEqualTo(1);
        assertThat(fixture().status(cancelled)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().status(broke.id())).isEqualTo(JobStatus.FAILED);
        assertThat(retried(JobQuery.all().status(JobStatus.FAILED, JobStatus.CANCELLED)))
                .isEqualTo(1);
        assertThat(fixture().status(broke.id())).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("a query for jobs that cannot be retried is refused, and changes nothing")
    void refused() {
        Job failed = fixture().claimed();
        fixture().fail(failed);

        for (JobStatus status : JobStatus.values()) {
            if (status != JobStatus.FAILED && status != JobStatus.CANCELLED) {
                JobQuery query = JobQuery.all().status(JobStatus.FAILED, status);
                assertThatThrownBy(() -> fixture().store.retryPage(query))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("Only failed and cancelled jobs can be retried")
                        .hasMessageContaining(status.text());
            }
        }
        assertThat(fixture().status(failed.id())).isEqualTo(JobStatus.FAILED);
    }

    @Test
    @DisplayName("a bulk retry resets a job exactly as a single retry does")
    void asRetry() {
        List<Job> twins = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            UUID id = fixture().add(fixture().job().maxAttempts(9).priority(7)).id();
            fixture().settle(Settlement.postpone(Claim.of(fixture().claimed(id)), Duration.ZERO, "not yet"));
            fixture().claimed(id);
            fixture().loseWorkers();
            Job job = fixture().claimed(id);
            fixture()
                    .store
                    .report(List.of(new ProgressReport(Claim.of(job), ReadModelFactory.jobProgress(50, 1, 2, "half"))));
            cancel(id);
            fixture().fail(job);
            assertThat(fixture().status(id)).isEqualTo(JobStatus.CANCELLED);
            twins.add(job);
        }
        UUID alone = twins.get(0).id();
        UUID inBulk = twins.get(1).id();
        fixture().store.retry(alone);

        assertThat(retried(JobQuery.all())).isEqualTo(1);

        assertThat(timeless(fixture().find(inBulk), alone))
                .isEqualTo(timeless(fixture().find(alone), alone));
        assertThat(fixture().find(inBulk).runAt())
                .isAfterOrEqualTo(fixture().find(alone).runAt());
        assertThat(fixture().store.failures(inBulk))
                .hasSameSizeAs(fixture().store.failures(alone));
        assertThat(fixture().claimed(inBulk).claim()).isEqualTo(twins.get(1).claim() + 1);
    }

    private static Job timeless(Job job, UUID id) {
        return Job.builder(id, job.type(), THEN)
                .queue(job.queue())
                .priority(job.priority())
                .maxAttempts(job.maxAttempts())
                .status(job.status())
                .claim(job.claim())
                .attempt(job.attempt())
                .lostWorkers(job.lostWorkers())
                .postponements(job.postponements())
                .postponedSince(job.postponedSince())
                .progress(job.progress())
                .input(job.input())
                .result(job.result())
                .error(job.errorMessage(), job.errorKind(), job.errorCode())
                .completedAt(job.completedAt())
                .cancelRequestedAt(job.cancelRequestedAt())
                .hasUndo(job.hasUndo())
                .runAt(THEN)
                .updatedAt(THEN)
                .build();
    }

    @Test
    @DisplayName(
            "a bulk retry goes page by page, newest first, and reaches each job once, also if the job fails again meanwhile")
    void pages() {
        List<UUID> failed = new ArrayList<>(failed(7));
        Collections.reverse(failed);

        BulkResult first = fixture().store.retryPage(JobQuery.all().atMost(3));
        assertThat(first).isEqualTo(ReadModelFactory.bulkResult(3, Map.of(), failed.get(2)));
        assertThat(fixture().store.scan(JobQuery.all().status(JobStatus.PENDING)))
                .extracting(Job::id)
                .containsExactlyElementsOf(failed.subList(0, 3));
        fixture().claim(10).forEach(fixture()::fail);

        BulkResult second = fixture().store.retryPage(JobQuery.all().atMost(3).before(failed.get(2)));
        assertThat(second).isEqualTo(ReadModelFactory.bulkResult(3, Map.of(), failed.get(5)));
        BulkResult third = fixture().store.retryPage(JobQuery.all().atMost(3).before(failed.get(5)));
        assertThat(third).isEqualTo(ReadModelFactory.bulkResult(1, Map.of(), null));
        assertThat(fixture().store.scan(JobQuery.all().status(JobStatus.FAILED)))
                .extracting(Job::id)
                .containsExactlyElementsOf(failed.subList(0, 3));
    }

    @Test
    @DisplayName("a page that is full to the last job may be the last one: the next one is empty")
    void fullPage() {
        List<UUID> failed = failed(2);

        BulkResult first = fixture().store.retryPage(JobQuery.all().atMost(2));

        assertThat(first.next()).isEqualTo(failed.get(0));
        assertThat(fixture().store.retryPage(JobQuery.all().atMost(2).before(failed.get(0))))
                .isEqualTo(BulkResult.NONE);
    }

    @Test
    @DisplayName("jobs whose unique key is taken are left as they are, and counted; the newest of several gets the key")
    void keysTaken() {
        NewJob older = failedWithKey("k");
        NewJob newer = failedWithKey("k");
        NewJob taken = failedWithKey("taken");
        fixture().add(fixture().job().uniqueKey("taken"));
        UUID plain = failed(1).get(0);

        BulkResult answer = fixture().store.retryPage(JobQuery.all());

        assertThat(answer).isEqualTo(ReadModelFactory.bulkResult(2, Map.of(ActResult.Outcome.KEY_TAKEN, 2L), null));
        assertThat(answer.allSkipped()).isEqualTo(2);
        assertThat(fixture().status(newer.id())).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().status(plain)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().status(older.id())).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().status(taken.id())).isEqualTo(JobStatus.FAILED);
    }

    @Test
    @DisplayName("a bulk retry leaves jobs whose steps are still to be undone as they are, and counts them")
    void undosOpen() {
        Job job = fixture().claimed();
        fixture().store.beginStep(Claim.of(job), new StepName("charge", ""), true);
        fixture().fail(job);
        UUID plain = fixture().added();
        cancel(plain);

        assertThat(fixture().store.retryPage(JobQuery.all()))
                .isEqualTo(ReadModelFactory.bulkResult(1, Map.of(ActResult.Outcome.UNDO_OPEN, 1L), null));
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().status(plain)).isEqualTo(JobStatus.PENDING);
        cancel(plain);

        Job undo = fixture().claim(10).get(0);
        assertThat(undo.isUndo()).isTrue();
        fixture().complete(undo);
        assertThat(retried(JobQuery.all().status(JobStatus.FAILED))).isEqualTo(1);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("a bulk retry retries a family exactly as a retry of its parent does")
    void families() {
        NewJob parent = fixture().job();
        NewJob good = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        NewJob worse = fixture().childOf(parent);
        fixture().addAll(parent, good, bad, worse);
        fixture().claim(10).forEach(job -> {
            if (job.id().equals(good.id())) {
                fixture().complete(job);
            } else {
                fixture().fail(job);
            }
        });
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);

        assertThat(retried(JobQuery.all())).isEqualTo(3);

        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().status(good.id())).isEqualTo(JobStatus.COMPLETED);
        fixture().claim(10).forEach(fixture()::complete);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a parent alone takes its children along, and children alone do not wake their parent")
    void halfFamilies() {
        NewJob parent = fixture().job().project("whole");
        NewJob child = fixture().childOf(parent).project("part");
        fixture().addAll(parent, child);
        fixture().fail(fixture().claimed(child.id()));

        assertThat(retried(JobQuery.all().project("part"))).isEqualTo(1);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);
        fixture().fail(fixture().claimed(child.id()));

        assertThat(retried(JobQuery.all().project("whole"))).isEqualTo(1);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().status(child.id())).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("a parent whose children have all completed meanwhile is completed by its retry")
    void finishedFamily() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        fixture().fail(fixture().claimed(child.id()));
        fixture().store.retry(child.id());
        fixture().complete(fixture().claimed(child.id()));

        assertThat(retried(JobQuery.all())).isEqualTo(1);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("8 threads retry the same jobs in bulk and one by one: each is retried once")
    void againstItself() {
        for (int i = 0; i < REPETITIONS; i++) {
            List<UUID> failed = failed(60);

            List<Long> retried = RacingThreads.race(THREADS, thread -> () -> {
                long mine = 0;
                if (thread % 2 == 0) {
                    JobQuery page = JobQuery.all().atMost(7);
                    BulkResult answer = fixture().store.retryPage(page);
                    while (answer.next() != null) {
                        answer = answer.and(LibraryOnly.KEY, fixture().store.retryPage(page.before(answer.next())));
                    }
                    return answer.done();
                }
                for (int f = thread; f < failed.size(); f += 3) {
                    mine += BulkResult.NONE
                            .and(LibraryOnly.KEY, fixture().store.retry(failed.get(f)))
                            .done();
                }
                return mine;
            });

            long left = fixture().store.countByScan(JobQuery.all().status(JobStatus.FAILED));
            assertThat(retried.stream().mapToLong(Long::longValue).sum() + left).isEqualTo(60);
            retried(JobQuery.all().atMost(1_000));
            fixture().claim(100).forEach(fixture()::complete);
            assertThat(fixture().store.countByScan(JobQuery.all().status(JobStatus.FAILED)))
                    .isZero();
        }
    }

    @Test
    @DisplayName("bulk and single retries, cancels and adds of the same unique keys: no deadlock, no key held twice")
    void underContention() {
        for (int i = 0; i < REPETITIONS / 2; i++) {
            List<NewJob> jobs = new ArrayList<>();
            for (int key = 0; key < 8; key++) {
                jobs.add(failedWithKey(i + "-" + key));
                jobs.add(fixture().job());
                NewJob parent = fixture().job();
                jobs.add(parent);
                jobs.add(fixture().childOf(parent));
                jobs.add(fixture().childOf(parent).uniqueKey(i + "-child-" + key));
            }
            fixture().addAll(jobs.stream().filter(job -> !isKnown(job)).toArray(NewJob[]::new));
            fixture().claim(1_000).forEach(fixture()::fail);
            String round = i + "-";

            RacingThreads.race(THREADS, thread -> () -> {
                for (int j = 0; j < jobs.size(); j++) {
                    NewJob job = jobs.get((j * 7 + thread * 5) % jobs.size());
                    switch (thread % 4) {
                        case 0 -> fixture().store.retryPage(JobQuery.all().atMost(10));
                        case 1 -> fixture().store.retry(job.id());
                        case 2 -> cancel(job.id());
                        default -> addHoldersOf(round, j);
                    }
                }
                return thread;
            });

            List<Job> open = fixture()
                    .store
                    .scan(JobQuery.all()
                            .status(JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.WAITING)
                            .atMost(1_000));
            assertThat(open.stream().map(Job::uniqueKey).filter(key -> key != null))
                    .doesNotHaveDuplicates();
            open.forEach(job -> cancel(job.id()));
        }
    }

    private boolean isKnown(NewJob job) {
        return fixture().store.find(job.id()).isPresent();
    }

    private void addHoldersOf(String round, int j) {
        List<EncodedJob> holders = IntStream.of(j % 8, (j + 3) % 8, (j + 5) % 8)
                .mapToObj(key -> fixture().job().uniqueKey(round + key))
                .map(StoreFixture::encode)
                .toList();
        fixture().store.add(holders);
    }
}
