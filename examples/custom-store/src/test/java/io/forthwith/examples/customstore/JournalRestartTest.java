package io.forthwith.examples.customstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailure;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailure;
import io.forthwith.json.JobCodec;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobQuery;
import io.forthwith.store.JobStoreException;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Retention;
import io.forthwith.store.SealResult;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.Spawn;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.WorkerInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
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

/** What the contract cannot ask, because it does not know the file: what is left after a restart. */
class JournalRestartTest {
    private static final JobType<String> TYPE = JobType.of("print", String.class);
    private static final JobError TIMEOUT =
            JobError.retryable("timeout", "Too slow 🎬").causedBy(new Exception("x"));
    private static final Duration LEASE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final Instant now = Instant.parse("2026-01-02T03:04:05.123456789Z");
    private Path file;
    private JournalJobStore store;

    @BeforeEach
    void open() throws IOException {
        file = directory.resolve("jobs.journal");
        store = JournalJobStore.open(file, () -> now);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    @DisplayName("after every operation a store that is opened anew has the same jobs and the same history")
    void everyOperationSurvives() throws IOException {
        NewJob parent = NewJob.of(TYPE, "积分 🎬 \n")
                .user("ada")
                .project("p")
                .uniqueKey("k")
                .maxAttempts(3);
        NewJob child = NewJob.of(TYPE, "child").parent(parent);
        NewJob other = NewJob.of(TYPE, "other").delay(Duration.ofHours(1));
        add(parent, child, other);
        reopenAndCompare();

        Job first = claim();
        reopenAndCompare();
        store.report(List.of(new ProgressReport(Claim.of(first), new JobProgress(50, 1, 2, "half"))));
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

        assertThat(store.purge(new Retention(Duration.ZERO, Duration.ZERO), 2)).isEqualTo(2);
        reopenAndCompare();
        assertThat(store.count(JobQuery.all())).isOne();
    }

    @Test
    @DisplayName("a job that was deleted when it completed does not come back, nor do its failed attempts")
    void deletedStaysDeleted() throws IOException {
        NewJob job = NewJob.of(TYPE, "scan");
        store.add(encoded(job));
        settle(Settlement.retry(Claim.of(claim()), TIMEOUT, Duration.ZERO));
        settle(Settlement.completeAndDelete(Claim.of(claim()), null));

        reopenAndCompare();

        assertThat(store.find(job.id())).isEmpty();
        assertThat(store.failures(job.id())).isEmpty();
    }

    @Test
    @DisplayName(
            "a group that is filled and sealed between restarts has its children in order, its second part and its end")
    void groupSurvives() throws IOException {
        NewJob group = NewJob.of(TYPE, "album").unsealed().onChildFailure(ChildFailure.FAIL_AT_END);
        NewJob cover = NewJob.of(TYPE, "cover").finishes(group);
        NewJob first = NewJob.of(TYPE, "first").parent(group);
        add(group, first, cover);
        reopenAndCompare();
        NewJob second = NewJob.of(TYPE, "second").parent(group);
        add(second);
        reopenAndCompare();
        assertThat(store.children(group.id(), 0, 10)).extracting(Job::id).containsExactly(first.id(), second.id());
        assertThat(store.children(group.id(), 1, 10)).extracting(Job::id).containsExactly(second.id());

        complete(first, "1");
        complete(second, "2");
        reopenAndCompare();
        assertThat(status(cover)).isEqualTo(JobStatus.WAITING);
        assertThat(store.seal(group.id(), Locale.ENGLISH)).isEqualTo(SealResult.SEALED);
        reopenAndCompare();
        assertThat(store.seal(group.id(), Locale.ENGLISH)).isEqualTo(SealResult.ALREADY_SEALED);

        complete(cover, "\"album\"");
        reopenAndCompare();
        Job ended = store.find(group.id()).orElseThrow();
        assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(ended.result()).isEqualTo("\"album\"");
    }

    @Test
    @DisplayName(
            "what a job comes after survives, also while it may be retried, and what comes after it runs after a restart")
    void graphSurvives() throws IOException {
        NewJob image = NewJob.of(TYPE, "image");
        NewJob sound = NewJob.of(TYPE, "sound");
        NewJob film = NewJob.of(TYPE, "film").after(sound, image).onPredecessorFailure(PredecessorFailure.RUN);
        add(image, sound, film);
        reopenAndCompare();
        assertThat(store.predecessors(film.id())).extracting(Job::id).containsExactly(sound.id(), image.id());

        complete(image, "1");
        reopenAndCompare();
        store.cancel(sound.id(), Locale.ENGLISH);
        reopenAndCompare();
        assertThat(status(film)).isEqualTo(JobStatus.PENDING);
        assertThat(store.purge(new Retention(Duration.ZERO, Duration.ZERO), 10)).isZero();
        Job running = claim();
        settle(Settlement.fail(Claim.of(running), TIMEOUT, Locale.ENGLISH));
        assertThat(store.purge(new Retention(Duration.ZERO, Duration.ofHours(1)), 10))
                .as("what a job that may be retried comes after")
                .isZero();
        reopenAndCompare();
        assertThat(store.predecessors(film.id())).hasSize(2);
    }

    @Test
    @DisplayName("the children that a job spawns are on disk with its waiting, or not at all")
    void spawnedSurvive() throws IOException {
        NewJob parent = NewJob.of(TYPE, "parent");
        NewJob held = NewJob.of(TYPE, "holds the key").uniqueKey("k").delay(Duration.ofHours(1));
        add(parent, held);
        Claim claim = Claim.of(claim());
        NewJob one = NewJob.of(TYPE, "one").parent(parent);
        NewJob two = NewJob.of(TYPE, "two").parent(parent).after(one);
        NewJob taken = NewJob.of(TYPE, "three").parent(parent).uniqueKey("k");

        assertThat(store.settle(List.of(awaiting(claim, one, two, taken)))).containsExactly(Settled.CONFLICT);
        reopenAndCompare();
        assertThat(store.count(JobQuery.all())).isEqualTo(2);

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
    @DisplayName("a request to cancel survives, and ends the job when its lost worker is noticed")
    void cancelRequestSurvives() throws IOException {
        add(NewJob.of(TYPE, "x"));
        Job running = claim();
        assertThat(store.cancel(running.id(), Locale.ENGLISH)).isEqualTo(CancelResult.REQUESTED);

        reopen();

        assertThat(takeOver()).isOne();
        assertThat(store.find(running.id()).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("wherever a crash tears the last line, its call has not happened and all before it have")
    void tornLastLine() throws IOException {
        add(NewJob.of(TYPE, "whole 🎬"));
        List<Job> before = jobs();
        long whole = Files.size(file);
        add(NewJob.of(TYPE, "torn 🎬"), NewJob.of(TYPE, "torn too"));
        store.close();
        byte[] bytes = Files.readAllBytes(file);

        for (int length = (int) whole; length < bytes.length - 1; length++) {
            Files.write(file, Arrays.copyOf(bytes, length));
            store = JournalJobStore.open(file, () -> now);
            assertThat(jobs()).as("%s bytes of %s", length, bytes.length).isEqualTo(before);
            store.close();
        }
    }

    @Test
    @DisplayName("what is added after a torn line is found after the next restart")
    void goesOnAfterTornLine() throws IOException {
        add(NewJob.of(TYPE, "first"));
        store.close();
        Files.writeString(file, "{\"jobs\":[{\"id\":\"00", StandardOpenOption.APPEND);
        store = JournalJobStore.open(file, () -> now);

        add(NewJob.of(TYPE, "second"));

        reopenAndCompare();
        assertThat(store.count(JobQuery.all())).isEqualTo(2);
    }

    @Test
    @DisplayName("a damaged line before the last is refused by its number, and the file left as it is")
    void damagedLine() throws IOException {
        add(NewJob.of(TYPE, "first"));
        add(NewJob.of(TYPE, "second"));
        store.close();
        String damaged = Files.readString(file).replaceFirst("\"", "#");
        Files.writeString(file, damaged);

        assertThatThrownBy(() -> JournalJobStore.open(file, () -> now))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("Line 1")
                .hasMessageContaining(file.toString());
        assertThat(file).hasContent(damaged);
    }

    @Test
    @DisplayName("the journal stays within a few times the size of the rows, however often they change")
    void compaction() throws IOException {
        add(NewJob.of(TYPE, "x".repeat(100_000)));
        long longest = 0;
        for (int i = 0; i < 55; i++) {
            settle(Settlement.giveBack(Claim.of(claim())));
            longest = Math.max(longest, Files.size(file));
        }

        // 110 lines of 100,000 characters were written.
        assertThat(longest).isLessThan(1_400_000);
        reopenAndCompare();
        assertThat(claim().claim()).isEqualTo(56);
    }

    @Test
    @DisplayName("a journal is open in one store at a time")
    void openOnce() throws IOException {
        assertThatThrownBy(() -> JournalJobStore.open(file, () -> now))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());

        reopen();
        assertThat(jobs()).isEmpty();
    }

    @Test
    @DisplayName("a store that is closed, or whose disk refuses, changes nothing and says so")
    void closed() throws IOException {
        add(NewJob.of(TYPE, "first"));
        List<Job> before = jobs();
        store.close();

        assertThatThrownBy(() -> add(NewJob.of(TYPE, "second")))
                .isInstanceOfSatisfying(
                        JobStoreException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.PERMANENT));
        assertThat(jobs()).isEqualTo(before);

        store = JournalJobStore.open(file, () -> now);
        Path inTheWay = Files.createDirectory(directory.resolve("jobs.journal.new"));
        NewJob third = NewJob.of(TYPE, "third");
        assertThatThrownBy(() -> add(third))
                .isInstanceOfSatisfying(
                        JobStoreException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT));
        assertThat(jobs()).isEqualTo(before);

        Files.delete(inTheWay);
        add(third);
        reopenAndCompare();
        assertThat(store.find(third.id())).isPresent();
    }

    @Test
    @DisplayName("a thread that is interrupted, as a worker does to a job, still adds and leaves the store whole")
    void interrupted() throws IOException {
        add(NewJob.of(TYPE, "first"));

        Thread.currentThread().interrupt();
        add(NewJob.of(TYPE, "second"));

        assertThat(Thread.interrupted()).isTrue();
        add(NewJob.of(TYPE, "third"));
        reopenAndCompare();
        assertThat(store.count(JobQuery.all())).isEqualTo(3);
    }

    private void reopen() throws IOException {
        store.close();
        store = JournalJobStore.open(file, () -> now);
    }

    private void reopenAndCompare() throws IOException {
        List<Job> jobs = jobs();
        List<JobFailure> failures = failures();
        List<List<Job>> ties = ties();
        reopen();
        assertThat(jobs()).isEqualTo(jobs);
        assertThat(failures()).isEqualTo(failures);
        assertThat(ties()).isEqualTo(ties);
    }

    /** For each job its children and those that it comes after. */
    private List<List<Job>> ties() {
        return jobs().stream()
                .flatMap(job -> Stream.of(store.children(job.id(), 0, 100), store.predecessors(job.id())))
                .toList();
    }

    private List<Job> jobs() {
        return store.list(JobQuery.all());
    }

    private List<JobFailure> failures() {
        return jobs().stream().flatMap(job -> store.failures(job.id()).stream()).toList();
    }

    private void add(NewJob... jobs) {
        store.add(encoded(jobs));
    }

    private static List<EncodedJob> encoded(NewJob... jobs) {
        return Stream.of(jobs)
                .map(job -> new EncodedJob(job, JobCodec.standard().encode("input", job.input())))
                .toList();
    }

    private static Settlement awaiting(Claim claim, NewJob... spawned) {
        Spawn spawn = new Spawn(encoded(spawned), ChildFailure.FAIL_AT_ONCE, false);
        return Settlement.awaitChildren(claim, null, spawn);
    }

    private JobStatus status(NewJob job) {
        return store.find(job.id()).orElseThrow().status();
    }

    /** Claims this job, which is due, and no other before it. */
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
        store.register(new WorkerInfo(worker, "test", "localhost", 1), LEASE);
        List<Job> claimed =
                store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(TYPE.name()), 3));
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
