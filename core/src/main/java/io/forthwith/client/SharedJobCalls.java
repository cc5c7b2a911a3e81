package io.forthwith.client;

import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.ReturningJobType;
import io.forthwith.TypeRef;
import io.forthwith.event.JobInterceptor;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.job.ChildPages;
import io.forthwith.json.JobCodec;
import io.forthwith.json.internal.JobJson;
import io.forthwith.limit.JobLimit;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobAdding;
import io.forthwith.store.JobReads;
import io.forthwith.store.JobStore;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What {@link JobClient} and {@link TransactionJobs} both do. Immutable. */
final class SharedJobCalls {
    static final String NO_CLASS = "give the class into which the result is read";
    static final String NO_TYPE = "give the type into which the result is read";

    private static final String NO_JOB = "give a job that find, list or await has returned";
    private static final int MOST_LISTED = 1_000;

    private final JobAdding access;
    private final JobReads reads;
    private final Supplier<JobJson> json;
    private final @Nullable JobInterceptor interceptor;

    private SharedJobCalls(
            JobAdding access, JobReads reads, Supplier<JobJson> json, @Nullable JobInterceptor interceptor) {
        this.access = access;
        this.reads = reads;
        this.json = json;
        this.interceptor = interceptor;
    }

    /** With the standard codec, which is loaded when it is used, because {@link #codec} may replace it before. */
    SharedJobCalls(JobAdding access, JobReads reads) {
        this(access, reads, JobJson::standard, null);
    }

    SharedJobCalls codec(JobCodec codec) {
        JobJson own = JobJson.of(NullRules.require(codec, "codec", "leave codec() out for the standard codec"));
        return new SharedJobCalls(access, reads, () -> own, interceptor);
    }

    SharedJobCalls interceptor(JobInterceptor next) {
        NullRules.require(next, "interceptor", "leave interceptor() out if nothing is added to jobs");
        return new SharedJobCalls(
                access,
                reads,
                json,
                JobInterceptor.of(interceptor == null ? List.of(next) : List.of(interceptor, next)));
    }

    /** The codec in use. */
    Supplier<JobJson> json() {
        return json;
    }

    static UUID given(@Nullable UUID id) {
        return NullRules.require(id, "id", "give the id that enqueue has returned");
    }

    static int listable(int atMost) {
        if (atMost < 1 || atMost > MOST_LISTED) {
            throw new IllegalArgumentException("Cannot list " + atMost + " jobs: 1 to " + MOST_LISTED);
        }
        return atMost;
    }

    /**
     * A query that the store can answer.
     *
     * @throws UnsupportedOperationException if it asks for a label and the store has none: the store would select all jobs
     */
    JobQuery answerable(@Nullable JobQuery query) {
        JobQuery asked = NullRules.require(query, "query", "give JobQuery.all() for every job");
        if (asked.label() != null && reads.labels().isEmpty()) {
            throw new UnsupportedOperationException("Jobs cannot be found by the label "
                    + asked.label().name() + ": this store has no labels, it does not override JobReads.labels()");
        }
        return asked;
    }

    EncodedJob encode(NewJob job) {
        NewJob intercepted = intercepted(NullRules.require(job, "job", "give NewJob.of(type, input)"));
        requireLimits(List.of(intercepted));
        return new EncodedJob(intercepted, json.get().encodeInput(intercepted));
    }

    Enqueued enqueue(NewJob job) {
        return enqueueAll(List.of(NullRules.require(job, "job", "give NewJob.of(type, input)")))
                .get(0);
    }

    static Enqueued enqueued(Added added) {
        return new Enqueued(
                LibraryOnly.KEY,
                added.id(),
                added.outcome() == Added.Outcome.ADDED,
                added.outcome() == Added.Outcome.REPLACED);
    }

    List<Enqueued> enqueueAll(List<NewJob> jobs) {
        NullRules.requireAll(jobs, "jobs", "give a list of NewJob, empty if there are none");
        if (jobs.isEmpty()) {
            return List.of();
        }
        List<NewJob> intercepted = interceptor == null
                ? jobs
                : jobs.stream().map(this::intercepted).toList();
        requireLimits(intercepted);
        List<Added> answers = access.add(json.get().encodeInputs(intercepted));
        if (answers.get(0).outcome().isRefusal()) {
            throw Refusals.of(answers.get(0), jobs);
        }
        return answers.stream().map(SharedJobCalls::enqueued).toList();
    }

    private void requireLimits(List<NewJob> jobs) {
        for (NewJob job : jobs) {
            if (JobLimit.areUnreadable(job.limits())) {
                throw new IllegalArgumentException(
                        "Job " + job.id() + " is under the limit " + JobLimit.UNREADABLE.key()
                                + ", which stands for limits that cannot be read: choose another key");
            }
            if (!job.limits().isEmpty()
                    && access instanceof JobStore store
                    && store.limits().isEmpty()) {
                throw new IllegalArgumentException("Job " + job.id() + " is under the limit "
                        + job.limits().get(0).key()
                        + ", and this store has no limits: it does not override JobStore.limits()");
            }
        }
    }

    private NewJob intercepted(NewJob job) {
        return interceptor == null ? job : interceptor.onEnqueue(job);
    }

    Stream<Job> children(UUID id) {
        given(id);
        return ChildPages.stream((after, limit) -> reads.children(id, after, limit));
    }

    <O> Optional<O> resultOf(Job job, ReturningJobType<?, O> type) {
        NullRules.require(job, "job", NO_JOB);
        NullRules.require(type, "type", NO_TYPE);
        if (!job.type().equals(type.name()) && !type.formerNames().contains(job.type())) {
            throw new IllegalArgumentException("Job " + job.id() + " is of type " + job.type() + ", not " + type.name()
                    + ": give its own type, or the class of its result");
        }
        return resultOf(job, type.result());
    }

    <O> Optional<O> resultOf(Job job, TypeRef<O> type) {
        NullRules.require(job, "job", NO_JOB);
        NullRules.require(type, "type", NO_TYPE);
        return json.get().decodeResult(job, type);
    }
}
