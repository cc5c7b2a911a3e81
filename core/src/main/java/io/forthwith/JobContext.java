package io.forthwith;

import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The attempt that a processor is running: its job, and what the processor can do for it. One context belongs to one
 * attempt. Thread-safe, so a processor can share it with threads of its own.
 *
 * <p>Workers implement it, and {@link io.forthwith.testing.FakeJobContext} for tests. It is not for others to implement: a minor
 * version may add methods. Mocks of it are fine.
 */
public interface JobContext {
    /** Undoes one thing that the processor has done. It may throw. */
    @FunctionalInterface
    interface Undo {
        /** Undoes it. */
        void run() throws Exception;
    }

    /** The job as it was when the worker claimed it. Later changes, such as progress, are not visible in it. */
    Job job();

    /** The job's id. */
    default UUID id() {
        return job().id();
    }

    /** The user that the job belongs to, if it has one. */
    default Optional<String> userId() {
        return Optional.ofNullable(job().userId());
    }

    /** The attempt, counted from 1. */
    default int attempt() {
        return job().attempt();
    }

    /**
     * The number of the claim under which this attempt runs: a fencing token for systems outside the store. It only
     * grows during the life of a job, whereas a retry by hand counts attempts from 1 again. If the database fails over
     * and forgets its last commits, it gives the numbers of forgotten claims again.
     */
    default long claimNumber() {
        return job().claim();
    }

    /**
     * Reads the input into {@code type}.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, if the input does not fit the class
     */
    default <T> T input(Class<T> type) {
        return input(TypeRef.of(type));
    }

    /**
     * Reads the input into a generic type; null for {@code Void}.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, if the input does not fit the type
     */
    <T> T input(TypeRef<T> type);

    /**
     * Reports progress in percent, 0 to 100. It returns at once and is cheap to call often: a worker writes the latest
     * progress of all its jobs together, at most twice a second.
     *
     * @throws IllegalArgumentException if {@code percent} is out of range
     */
    void progress(int percent);

    /** Reports progress in percent, 0 to 100, and a message for the user. */
    void progress(int percent, String message);

    /**
     * Reports that stage {@code current} of {@code total} is under way, counted from 1. The percentage is that of the
     * stages before it.
     *
     * @throws IllegalArgumentException unless 1 ≤ {@code current} ≤ {@code total}
     */
    void atStep(int current, int total, String message);

    /**
     * Registers an undo action. If this attempt fails, the undo actions run in reverse order, once, before the
     * exception leaves the processor. They also run if the job turns out to have been cancelled or taken over. They are
     * lost if the process dies: for money, use {@link #run(Step, Step.Action)}.
     *
     * <p>If it does no harm to undo what never happened, register the undo action first and act afterwards. Then a call
     * whose answer is lost is undone too.
     */
    void onFailure(Undo undo);

    /**
     * Runs a durable step: records that it begins, runs the action, and stores the result. If this job has stored a
     * result for the step before, in this attempt or an earlier one, the action does not run and the stored result is
     * returned. So an action that must happen several times needs parts, see {@link #run(Step, String, Step.Action)}.
     * The returned value has been written as JSON and read again, as it is for a later attempt. {@link Step} says what
     * actions and undos must do.
     *
     * <p>While the store cannot be reached, this waits. When the attempt is over (cancelled, past its time limit, or
     * its lease lost), it throws a {@link java.util.concurrent.CancellationException}.
     *
     * @param step a step that the processor of this job has declared
     * @return the result of the action, which ran now or in an earlier attempt
     * @throws Exception what the action threw
     * @throws IllegalArgumentException if the processor has not declared {@code step}
     * @throws JobException permanent, with the code {@code result_unstorable}, if the result cannot be stored
     */
    default <R extends @Nullable Object> R run(Step<R> step, Step.Action<R> action) throws Exception {
        NullRules.require(step, "step", "give a step that the processor has declared as a field");
        NullRules.require(action, "action", "give what the step does");
        return run(step, "", action);
    }

    /**
     * Runs one of several parts of a durable step, for example one for each recipient. Each part has its own key and
     * its own result.
     *
     * @param part the name of the part, at most 64 characters; the same in every attempt
     */
    <R extends @Nullable Object> R run(Step<R> step, String part, Step.Action<R> action) throws Exception;

    /**
     * Spawns children. If this attempt succeeds, they are enqueued in the same transaction in which the job begins to
     * wait for them. If it fails, is postponed or loses its lease, they are dropped. The job completes when all its
     * children have completed, with the value that its processor returned, or with the result of its
     * {@linkplain #finishWith finisher}. If a child fails or is cancelled, the job fails at once, unless
     * {@link #onChildFailure} says otherwise.
     *
     * <p>When the job begins to wait, the attempt has succeeded, and the undo actions of {@link #onFailure} are
     * dropped. Durable steps are undone even if it is a child that makes the job fail.
     *
     * @throws IllegalArgumentException if one of them cannot be enqueued; the message names the job and the rule. None
     *     of them is spawned
     * @throws IllegalStateException if the processor has returned already, or has completed the job
     */
    default void spawn(NewJob... children) {
        spawn(Arrays.asList(
                NullRules.requireAll(children, "children", "give the jobs to spawn, or leave spawn() out")));
    }

    /** Spawns the jobs of a list, as {@link #spawn(NewJob...)} does. */
    void spawn(List<NewJob> children);

    /**
     * Spawns the finisher of this job. It runs when all other children have ended, unless their failures make the job
     * fail. It can read their results ({@link #siblings}), and its own result becomes that of the job.
     *
     * @throws IllegalArgumentException if the job has a finisher, or this one cannot be enqueued; the message names the
     *     rule
     * @throws IllegalStateException if the processor has returned already, or has completed the job
     */
    default void finishWith(NewJob finisher) {
        NullRules.require(finisher, "finisher", "leave finishWith() out for a job without a finisher");
        spawn(List.of(finisher.finisherOf(id())));
    }

    /**
     * Sets what happens to this job when a child that it has spawned fails or is cancelled. By default it is what {@link
     * NewJob#onChildFailure} of this job says.
     */
    void onChildFailure(ChildFailurePolicy policy);

    /**
     * If a child that this job has spawned fails or is cancelled, the other open children are cancelled. By default they
     * are if {@link NewJob#cancelOtherChildren} of this job says so.
     */
    void cancelOtherChildren();

    /**
     * The other children of the parent, in the order in which they were added, without its finisher. A finisher sees
     * all other children. The stream is empty if the job has no parent. It has siblings of every status; those that
     * were deleted are missing.
     *
     * <p>The stream reads up to 500 jobs at a time while it is consumed, so a large group need not fit into memory. Different
     * jobs can be from different moments. While the store cannot be reached, the stream waits. When the attempt is over
     * (cancelled, past its time limit, or its lease lost), it throws a
     * {@link java.util.concurrent.CancellationException}.
     */
    Stream<Job> siblings();

    /**
     * The jobs that this one has waited for, in the order in which it names them, with their present status. Those that
     * were purged are missing. While the store cannot be reached, this waits as {@link #siblings} does.
     */
    List<Job> predecessors();

    /**
     * Reads the result of another job.
     *
     * @return the result; empty if the job has none
     * @throws JobException permanent, with the code {@code undecodable_input}, if the result does not fit {@code type}
     */
    default <T> Optional<T> resultOf(Job job, Class<T> type) {
        NullRules.require(job, "job", "give one of siblings() or predecessors()");
        return resultOf(job, TypeRef.of(type));
    }

    /** Reads the result of another job into a generic type, as {@link #resultOf(Job, Class)} does. */
    <T> Optional<T> resultOf(Job job, TypeRef<T> type);

    /**
     * The results of the {@link #siblings} that have completed with a result, in the same order.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, when the stream reads a result that does
     *     not fit {@code type}
     */
    default <T> Stream<T> results(Class<T> type) {
        NullRules.require(type, "type", "give the class into which the results are read");
        return results(TypeRef.of(type));
    }

    /** The results of the {@link #siblings} in a generic type, as {@link #results(Class)} gives them. */
    default <T> Stream<T> results(TypeRef<T> type) {
        NullRules.require(type, "type", "give the type into which the results are read");
        return siblings()
                .filter(sibling -> sibling.status() == JobStatus.COMPLETED)
                .flatMap(sibling -> resultOf(sibling, type).stream());
    }

    /**
     * Whether cancelling the job was requested. The thread of the processor is interrupted too, unless it runs a batch with other jobs. A long
     * loop should ask this now and then.
     */
    boolean isCancelled();

    /**
     * Whether the worker has no lease on the job: another worker may be running the job by now, and then the store refuses whatever this attempt
     * still writes. It is true from the moment when the lease has run out by the worker's own clock, whether or not the store answers. If the worker
     * renews the lease later and nobody has taken the job, it is false again, and the result counts.
     */
    boolean isLeaseLost();

    /**
     * How long the worker's lease on the job lasts unless it is renewed, which happens every quarter of its length; zero if {@link #isLeaseLost}. Ask it before
     * something that must not run twice at the same time. A lease may end early: PostgreSQL takes a process for dead if its sessions alone are reset and stay away for half a
     * second; the worker learns that with its next heartbeat.
     */
    Duration leaseLeft();
}
