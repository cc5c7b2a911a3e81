package io.forthwith.examples.customstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Retention;
import io.forthwith.insight.PausedQueue;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.TakeOverRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left after a restart, which the contract kit cannot test because it does not know the file. */
class KeyValueRestartTest {
    private static final JobError TIMEOUT =
            JobError.retryable("timeout", "Too slow 🎬").causedBy(new Exception("x"));
    private static final Duration LEASE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final Instant now = Instant.parse("2026-01-02T03:04:05.123456789Z");
    private Path file;
    private KeyValueJobStore store;

    @BeforeEach
    void open() {
        file = directory.resolve("jobs");
        store = KeyValueJobStore.open(file, () -> now);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    @DisplayName("after every operation, a store that opens the file again has the same jobs and the same history")
    void every_operation_survives() {
        NewJob parent =
                Jobs.job("积分 🎬 \n").user("ada").project("p").uniqueKey("k").maxAttempts(3);
        NewJob child = Jobs.job("child").parent(parent);
        NewJob other = Jobs.job("other").delay(Duration.ofHours(1));
        add(parent, child, other);
        reopenAndCompare();

        Job first = claim();
        reopenAndCompare();
        store.report(List.of(new ProgressReport(Claim.of(first), ReadModelFactory.jobProgress(50, 1, 2, "half"))));
        reopenAndCompare();
        settle(Settlement.retry(Claim.of(first), TIMEOUT, Duration.ZERO));
        reopenAndCompare();

        settle(Settlement.postpone(Claim.of(claim()), Duration.ZERO, "not yet"));
        reopenAndCompare();
        store.cancel(other.id(), Locale.ENGLISH);
        reopenAndCompare();

        claim();
        reopen();
        assertThat(takeOver()).isOne();
        reopenAndCompare();
        settle(Settlement.fail(Claim.of(claim()), TIMEOUT, Locale.ENGLISH));
        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        reopenAndCompare();

        store.retry(parent.id());
        reopenAndCompare();
        Job last = claim();
        settle(Settlement.complete(Claim.of(last), "{\"pages\": 3}"));
        reopenAndCompare();
        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(store.failures(child.id())).hasSize(2);
        assertThat(store.settle(List.of(Settlement.giveBack(Claim.of(last))))).containsExactly(Settled.ALREADY_APPLIED);

        assertThat(store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 2)
                        .jobs())
                .isEqualTo(2);
        reopenAndCompare();
        assertThat(store.countByScan(JobQuery.all())).isOne();
    }

    @Test
    @DisplayName("a paused queue stays paused, and one that was resumed does not")
    void pauses_survive() {
        Pause paused = store.pauseQueue("mails", Pause.by("ada").because("积分 🎬"));
        store.pauseQueue("other", Pause.of());
        store.resumeQueue("other");

        reopen();

        assertThat(store.pausedQueues()).extracting(PausedQueue::pause).containsExactly(paused);
        assertThat(store.resumeQueue("mails")).isTrue();
        reopen();
        assertThat(store.pausedQueues()).isEmpty();
    }

    @Test
    @DisplayName("a job that was deleted when it completed does not come back, and its failed attempts do not either")
    void deleted_stays_deleted() {
        NewJob job = Jobs.job("scan");
        store.add(Jobs.encoded(job));
        settle(Settlement.retry(Claim.of(claim()), TIMEOUT, Duration.ZERO));
        settle(Settlement.completeAndDelete(Claim.of(claim()), null));

        reopenAndCompare();

        assertThat(store.find(job.id())).isEmpty();
        assertThat(store.failures(job.id())).isEmpty();
    }

    @Test
    @DisplayName(
            "a group that is filled and sealed between restarts keeps its children in order, runs its finisher, and ends")
    void group_survives() {
        NewJob group = Jobs.job("album").unsealed().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        NewJob cover = Jobs.job("cover").finisherOf(group);
        NewJob first = Jobs.job("first").parent(group);
        add(group, first, cover);
        reopenAndCompare();
        NewJob second = Jobs.job("second").parent(group);
        add(second);
        reopenAndCompare();
        assertThat(store.children(group.id(), 0, 10)).extracting(Job::id).containsExactly(first.id(), second.id());
        assertThat(store.children(group.id(), 1, 10)).extracting(Job::id).containsExactly(second.id());

        complete(first, "1");
        complete(second, "2");
        reopenAndCompare();
        assertThat(status(cover)).isEqualTo(JobStatus.WAITING);
        assertThat(store.seal(group.id(), Locale.ENGLISH)).isEqualTo(ActResult.DONE);
        reopenAndCompare();
        assertThat(store.seal(group.id(), Locale.ENGLISH)).isEqualTo(ActResult.ALREADY_SEALED);

        complete(cover, "\"album\"");
        reopenAndCompare();
        Job ended = store.find(group.id()).orElseThrow();
        assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(ended.result()).isEqualTo("\"album\"");
    }

    @Test
    @DisplayName(
            "the predecessors of a job survive, also while it may be retried, and its successors run after a restart")
    void graph_survives() {
        NewJob image = Jobs.job("image");
        NewJob sound = Jobs.job("sound");
        NewJob film = Jobs.job("film").after(sound, image).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        add(image, sound, film);
        reopenAndCompare();
        assertThat(store.predecessors(film.id())).extracting(Job::id).containsExactly(sound.id(), image.id());

        complete(image, "1");
        reopenAndCompare();
        store.cancel(sound.id(), Locale.ENGLISH);
        reopenAndCompare();
        assertThat(status(film)).isEqualTo(JobStatus.PENDING);
        assertThat(store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 10)
                        .jobs())
                .isZero();
        Job running = claim();
        settle(Settlement.fail(Claim.of(running), TIMEOUT, Locale.ENGLISH));
        assertThat(store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofHours(1)), 10)
                        .jobs())
                .as("the predecessors of a job that may be retried")
                .isZero();
        reopenAndCompare();
        assertThat(store.predecessors(film.id())).hasSize(2);
    }

    @Test
    @DisplayName("the children that a job spawns are stored together with its waiting status, or not at all")
    void spawned_survive() {
        NewJob parent = Jobs.job("parent");
        NewJob held = Jobs.job("holds the key").uniqueKey("k").delay(Duration.ofHours(1));
        add(parent, held);
        Claim claim = Claim.of(claim());
        NewJob one = Jobs.job("one").parent(parent);
        NewJob two = Jobs.job("two").parent(parent).after(one);
        NewJob taken = Jobs.job("three").parent(parent).uniqueKey("k");

        assertThat(store.settle(List.of(awaiting(claim, one, two, taken)))).containsExactly(Settled.CONFLICT);
        reopenAndCompare();
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);

        settle(awaiting(claim, one, two));
        reopenAndCompare();
        assertThat(store.children(parent.id(), 0, 10)).extracting(Job::id).containsExactly(one.id(), two.id());
        complete(one, "1");
        reopenAndCompare();
        complete(two, "2");
        reopenAndCompare();
        assertThat(status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a request to cancel survives, and ends the job when its dead worker is found")
    void cancel_request_survives() {
        add(Jobs.job("x"));
        Job running = claim();
        assertThat(store.cancel(running.id(), Locale.ENGLISH)).isEqualTo(ActResult.REQUESTED);

        reopen();

        assertThat(takeOver()).isOne();
        assertThat(store.find(running.id()).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
    }

    private void reopen() {
        store.close();
        store = KeyValueJobStore.open(file, () -> now);
    }

    private void reopenAndCompare() {
        List<Job> jobs = jobs();
        List<FailedAttempt> failures = failures();
        List<List<Job>> relations = relations();
        reopen();
        assertThat(jobs()).isEqualTo(jobs);
        assertThat(failures()).isEqualTo(failures);
        assertThat(relations()).isEqualTo(relations);
    }

    /** For each job its children and its predecessors. */
    private List<List<Job>> relations() {
        return jobs().stream()
                .flatMap(job -> Stream.of(store.children(job.id(), 0, 100), store.predecessors(job.id())))
                .toList();
    }

    private List<Job> jobs() {
        return store.scan(JobQuery.all());
    }

    private List<FailedAttempt> failures() {
        return jobs().stream().flatMap(job -> store.failures(job.id()).stream()).toList();
    }

    private void add(NewJob... jobs) {
        store.add(Jobs.encoded(jobs));
    }

    private static Settlement awaiting(Claim claim, NewJob... spawned) {
        SpawnedJobs spawn = new SpawnedJobs(Jobs.encoded(spawned), ChildFailurePolicy.FAIL_AT_ONCE, false);
        return Settlement.awaitChildren(claim, null, spawn);
    }

    private JobStatus status(NewJob job) {
        return store.find(job.id()).orElseThrow().status();
    }

    /** Claims this job, which must be the next one that is due. */
    private void complete(NewJob job, String result) {
        Job claimed = claim(1);
        assertThat(claimed.id()).isEqualTo(job.id());
        settle(Settlement.complete(Claim.of(claimed), result));
    }

    /** Claims the only job that is due, as a new worker. */
    private Job claim() {
        return claim(10);
    }

    private Job claim(int limit) {
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "test", "localhost", 1), LEASE);
        List<Job> claimed = store.claim(
                new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(Jobs.TYPE.name()), 3));
        assertThat(claimed).hasSize(1);
        return claimed.get(0);
    }

    private void settle(Settlement settlement) {
        assertThat(store.settle(List.of(settlement))).containsExactly(Settled.APPLIED);
    }

    private int takeOver() {
        return store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH))
                .size();
    }
}
