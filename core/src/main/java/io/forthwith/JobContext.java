package io.forthwith;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a processor knows of the attempt it is running. One context belongs to one attempt. Thread-safe, so that a
 * processor may hand it to threads of its own.
 */
public interface JobContext {
    /** Gives back one thing that was taken; may throw. */
    @FunctionalInterface
    interface Undo {
        /** Gives it back. */
        void run() throws Exception;
    }

    /** The job as it was claimed; later progress does not show in it. */
    Job job();

    /** The job's id. */
    default UUID id() {
        return job().id();
    }

    /** The user the job belongs to, if it names one. */
    default Optional<String> userId() {
        return Optional.ofNullable(job().userId());
    }

    /** The attempt, counted from 1. */
    default int attempt() {
        return job().attempt();
    }

    /**
     * The number of the claim this attempt runs under: a fencing token for systems outside the store. It only grows over
     * the life of a job, whereas the attempt may be counted again after a retry by hand.
     */
    default long claimNumber() {
        return job().claim();
    }

    /**
     * The input, read into {@code type}.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, if it does not fit
     */
    <T> T input(Class<T> type);

    /**
     * Reports progress, 0 to 100. Writes are coalesced, at most two a second reach the store; calling this often is cheap.
     *
     * @throws IllegalArgumentException if {@code percent} is out of range
     */
    void progress(int percent);

    /** Reports progress, 0 to 100, and what is going on. */
    void progress(int percent, String message);

    /**
     * Reports that step {@code current} of {@code total} is under way, counted from 1; the percentage is that of the steps
     * before it.
     */
    void atStep(int current, int total, String message);

    /**
     * Registers how to give back what is taken. Where undoing what never happened does no harm, register before taking, so
     * that a call whose answer is lost is undone as well. If this attempt fails, the undos run in reverse order, once, before
     * the exception leaves the processor; and also if the job turns out to have been cancelled or taken over meanwhile. They die with
     * the process: for money see {@link #run(Step, Step.Action)}.
     */
    default void onFailure(Undo undo) {
        undos().add(undo);
    }

    /**
     * Runs a durable step: notes it down, runs the action, stores its result. If one is stored already, by an earlier attempt or
     * earlier in this one, that is returned and the action is not run: for several effects of a kind use parts. What is returned was
     * read from JSON, like everything a later attempt gets. See {@link Step} for what actions and undos must do.
     *
     * <p>While the store cannot be reached this waits; it gives up when the attempt is over (cancelled, out of time, its lease
     * lost), with a {@link java.util.concurrent.CancellationException}.
     *
     * @param step one that the processor of this job has declared
     * @return what the action returned, now or in an earlier attempt
     * @throws Exception what the action threw
     * @throws IllegalArgumentException if the processor has not declared {@code step}
     * @throws JobException permanent, with the code {@code result_unstorable}, if the result cannot be stored
     */
    default <R extends @Nullable Object> R run(Step<R> step, Step.Action<R> action) throws Exception {
        return run(step, "", action);
    }

    /**
     * Runs one of several parts of a durable step, say one for each recipient: each has a key and a result of its own.
     *
     * @param part tells it from the other parts; a name of at most 64 characters, the same in every attempt
     */
    <R extends @Nullable Object> R run(Step<R> step, String part, Step.Action<R> action) throws Exception;

    /**
     * Spawns children, one or many. They are enqueued if this attempt succeeds, in the same atomic step in which the job begins to wait
     * for them; of an attempt that fails, is postponed or loses its lease nothing is left. The job keeps what the processor returns, and
     * completes when all children have; a {@linkplain SpawnedJobs#finishWith finisher} may put another result in its place. If a
     * child fails or is cancelled, the job fails too, at once, unless {@link SpawnedJobs#onChildFailure} says otherwise.
     *
     * <p>When the job begins to wait, the attempt has succeeded: what {@link #onFailure} registered is forgotten. Durable steps are undone
     * also if a child makes the job fail.
     *
     * @throws IllegalArgumentException if one of them cannot be enqueued, naming the job and the rule; none of them is spawned
     * @throws IllegalStateException if the processor has returned already, or has completed the job
     */
    default void spawn(NewJob... children) {
        spawn(Arrays.asList(children));
    }

    /** Spawns the children of a list. */
    default void spawn(List<NewJob> children) {
        spawned().add(children);
    }

    /** What this attempt has spawned so far, to add to it and to say what becomes of the job if a child fails. */
    SpawnedJobs spawned();

    /**
     * The other children of the job's parent in the order in which they were added, its finisher left out; for a finisher, all that
     * it finishes. Empty if the job has no parent. Whatever they have become; those that were deleted are missing.
     *
     * <p>Read while the stream is consumed, 500 at a time, so a large group need not fit into memory; each as it stood when it was read. While
     * the store cannot be reached this waits; when the attempt is over (cancelled, out of time, its lease lost) it gives up with a
     * {@link java.util.concurrent.CancellationException}.
     */
    Stream<Job> siblings();

    /**
     * The jobs that this one comes after, in the order in which it names them, as they stand. Those that were purged are missing. Waits
     * for the store as {@link #siblings} does.
     */
    List<Job> predecessors();

    /**
     * Reads the result of a job.
     *
     * @return empty if it has none
     * @throws JobException permanent, with the code {@code undecodable_input}, if it does not fit {@code type}
     */
    <T> Optional<T> resultOf(Job job, Class<T> type);

    /**
     * The results of those {@link #siblings} that have completed with one, in order.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, when one is read that does not fit {@code type}
     */
    default <T> Stream<T> results(Class<T> type) {
        return siblings()
                .filter(sibling -> sibling.status() == JobStatus.COMPLETED)
                .flatMap(sibling -> resultOf(sibling, type).stream());
    }

    /** The right to complete the job in a transaction of a store's own; for stores, see there how processors use it. */
    JobCompletion completion();

    /** The undos of this attempt. */
    UndoActions undos();

    /** Whether the job is to be cancelled; the thread is interrupted as well. A long loop should look now and then. */
    boolean isCancelled();

    /**
     * Whether the lease on the job was lost: another worker may be running it by now, and whatever this attempt still
     * does will be refused by the store.
     */
    boolean isLeaseLost();
}
