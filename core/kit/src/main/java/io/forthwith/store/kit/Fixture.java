package io.forthwith.store.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.json.JobCodec;
import io.forthwith.store.Added;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobQuery;
import io.forthwith.store.JobStore;
import io.forthwith.store.RetryResult;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.WorkerInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The store under test and the short words in which the contract is written. */
final class Fixture {
    static final JobType<Object> TYPE = JobType.of("shot_video_generation", Object.class);
    static final StepName CHARGE = new StepName("charge", "");
    static final Duration LEASE = Duration.ofMinutes(1);
    static final int CAP = 3;

    final JobStore store;
    private final Consumer<Duration> age;
    private @Nullable UUID worker;

    Fixture(JobStore store, Consumer<Duration> age) {
        this.store = store;
        this.age = age;
    }

    void age(Duration by) {
        age.accept(by);
    }

    NewJob job() {
        return NewJob.of(TYPE, "input");
    }

    NewJob childOf(NewJob parent) {
        return job().parent(parent);
    }

    static EncodedJob encode(NewJob job) {
        return new EncodedJob(job, JobCodec.standard().encode("input", job.input()));
    }

    List<Added> addAll(NewJob... jobs) {
        return store.add(Arrays.stream(jobs).map(Fixture::encode).toList());
    }

    Added add(NewJob job) {
        return addAll(job).get(0);
    }

    UUID added() {
        return add(job()).id();
    }

    UUID register() {
        UUID id = UUID.randomUUID();
        store.register(new WorkerInfo(id, "kit", "localhost", 1), LEASE);
        return id;
    }

    /** The worker that claims where the test names none. */
    UUID worker() {
        if (worker == null) {
            worker = register();
        }
        return worker;
    }

    ClaimRequest request(UUID workerId, int limit) {
        return new ClaimRequest(workerId, List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(TYPE.name()), CAP);
    }

    List<Job> claim(int limit) {
        return store.claim(request(worker(), limit));
    }

    List<Job> claimAs(UUID workerId, int limit) {
        return store.claim(request(workerId, limit));
    }

    /** Adds one job and claims it. */
    Job claimed() {
        UUID id = added();
        return claimed(id);
    }

    /** Claims what is due, of which {@code id} must be one. */
    Job claimed(UUID id) {
        return claim(100).stream()
                .filter(job -> job.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("Job " + id + " was not handed out: " + store.find(id)));
    }

    Settled settle(Settlement settlement) {
        List<Settled> answers = store.settle(List.of(settlement));
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    /** A job as it runs; whatever is due is claimed for that. */
    Job running(NewJob job) {
        claim(100);
        Job found = find(job.id());
        assertThat(found.status()).as("%s: does it run?", found).isEqualTo(JobStatus.PROCESSING);
        return found;
    }

    /** These jobs run and complete, one after the other. */
    void completes(NewJob... jobs) {
        for (NewJob job : jobs) {
            assertThat(complete(running(job))).isEqualTo(Settled.APPLIED);
        }
    }

    void completesWith(NewJob job, String result) {
        assertThat(settle(Settlement.complete(Claim.of(running(job)), result))).isEqualTo(Settled.APPLIED);
    }

    void fails(NewJob job) {
        fails(job, "boom");
    }

    void fails(NewJob job, String message) {
        assertThat(settle(failure(running(job), message))).isEqualTo(Settled.APPLIED);
    }

    CancelResult cancel(NewJob job) {
        return store.cancel(job.id(), Locale.ENGLISH);
    }

    RetryResult retry(NewJob job) {
        return store.retry(job.id());
    }

    Settled complete(Job job) {
        return settle(Settlement.complete(Claim.of(job), null));
    }

    Settled fail(Job job) {
        return settle(failure(job, "boom"));
    }

    static Settlement failure(Job job, String message) {
        return Settlement.fail(Claim.of(job), JobError.user("no_credits", message), Locale.ENGLISH);
    }

    static Settlement failure(Job job) {
        return failure(job, "boom");
    }

    List<TakenOver> takeOver() {
        return store.takeOver(new TakeOverRequest(CAP, Duration.ZERO, Locale.ENGLISH));
    }

    /** Every registered worker's lease lapses and is taken over. */
    List<TakenOver> loseWorkers() {
        age(LEASE.plusSeconds(1));
        newWorker();
        return takeOver();
    }

    /** From here on another worker claims where the test names none. */
    void newWorker() {
        worker = null;
    }

    /** Begins a step that has an undo. */
    StepBegun begin(Job job, StepName name) {
        return store.beginStep(Claim.of(job), name, true);
    }

    Settled finish(Job job, StepName name, @Nullable String result) {
        return store.finishStep(Claim.of(job), name, result);
    }

    List<JobStep> steps(Job job) {
        return store.steps(job.id());
    }

    /** A job that was charged for and has failed. */
    Job failedAfterCharge() {
        return failedAfterCharge(1).get(0);
    }

    List<Job> failedAfterCharge(int count) {
        for (int i = 0; i < count; i++) {
            added();
        }
        List<Job> jobs = claim(count);
        for (Job job : jobs) {
            begin(job, CHARGE);
            finish(job, CHARGE, "1");
            fail(job);
        }
        return jobs;
    }

    List<Job> undos() {
        return store.list(JobQuery.all()).stream().filter(Job::isUndo).toList();
    }

    Job onlyUndo() {
        assertThat(undos()).hasSize(1);
        return undos().get(0);
    }

    Job find(UUID id) {
        return store.find(id).orElseThrow(() -> new AssertionError("There is no job " + id));
    }

    Job find(NewJob job) {
        return find(job.id());
    }

    JobStatus status(NewJob job) {
        return status(job.id());
    }

    /** How these jobs stand, in the same order. */
    List<JobStatus> statuses(NewJob... jobs) {
        return Arrays.stream(jobs).map(this::status).toList();
    }

    List<Job> children(NewJob parent) {
        return store.children(parent.id(), 0, 1_000);
    }

    JobStatus status(UUID id) {
        return find(id).status();
    }

    static Object json(@Nullable String json) {
        return JobCodec.standard().decode(Objects.requireNonNull(json), Object.class);
    }
}
