package io.forthwith.client;

import io.forthwith.Enqueued;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Enqueues jobs by natural batching: all jobs that were submitted during one write go into the next write, in the order of submission. One
 * write is under way at a time. Thread-safe.
 *
 * <p>A submission that finds no write under way starts one on the writer's thread, which writes until nothing is left. A few other threads
 * complete the futures, because the callbacks of a future may take long. The room of a job is free before its future completes; otherwise a
 * callback could wait for ever for room to enqueue another job.
 *
 * <p>A job with relatives, or one that is not to be added if its unique key is taken, is written alone: if a store refuses it, it refuses all jobs of the same call.
 */
final class EnqueueBatcher {
    /** The room for jobs under way. A job takes one unit, and one more for every {@value #UNIT} characters of its input. */
    static final int ROOM = 10_000;

    static final int MAX_BATCH = 1_000;
    private static final int UNIT = 1_024;
    private static final int TELLERS = 4;

    private final JobStore store;
    private final Executor writer;
    private final Executor tellers;
    /** Fair, because large jobs would otherwise wait for ever. */
    private final Semaphore room = new Semaphore(ROOM, true);

    private final Queue<Submitted> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isWriting = new AtomicBoolean();

    EnqueueBatcher(JobStore store, Executor writer, Executor tellers) {
        this.store = store;
        this.writer = writer;
        this.tellers = tellers;
    }

    /** On daemon threads, which end when they have been idle for so long. */
    static EnqueueBatcher of(JobStore store, Duration idle) {
        return new EnqueueBatcher(
                store, threads(1, idle, "forthwith-enqueue"), threads(TELLERS, idle, "forthwith-enqueued"));
    }

    private static Executor threads(int count, Duration idle, String name) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                count, count, idle.toNanos(), TimeUnit.NANOSECONDS, new LinkedBlockingQueue<>(), work -> {
                    // No thread-locals and no class loader of the first caller: the thread serves all callers.
                    Thread thread = new Thread(null, work, name, 0, false);
                    thread.setContextClassLoader(EnqueueBatcher.class.getClassLoader());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * Waits for room, if there is none. If interrupted then, the thread stays interrupted, the future has failed, and the job was not submitted.
     */
    CompletableFuture<Enqueued> submit(EncodedJob job) {
        Submitted submitted = new Submitted(job);
        try {
            room.acquire(submitted.units());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return CompletableFuture.failedFuture(stopped);
        }
        waiting.add(submitted);
        if (takeOver()) {
            run(writer, this::write);
        }
        return submitted.future;
    }

    /** On another thread; if there is none, on this one, because no submitted job may be forgotten. */
    private static void run(Executor threads, Runnable work) {
        try {
            threads.execute(work);
        } catch (Throwable noThread) {
            work.run();
        }
    }

    /** Whether the caller is the one to write now. */
    private boolean takeOver() {
        return !waiting.isEmpty() && isWriting.compareAndSet(false, true);
    }

    private void write() {
        do {
            for (List<Submitted> batch = take(); !batch.isEmpty(); batch = take()) {
                List<Submitted> written = batch;
                write(written);
                room.release(written.stream().mapToInt(Submitted::units).sum());
                run(tellers, () -> written.forEach(Submitted::tell));
            }
            isWriting.set(false);
            // A submission just before that relied on this thread.
        } while (takeOver());
    }

    private List<Submitted> take() {
        List<Submitted> batch = new ArrayList<>();
        Set<UUID> ids = new HashSet<>();
        for (Submitted next = waiting.peek(); next != null && batch.size() < MAX_BATCH; next = waiting.peek()) {
            // A job that is submitted twice waits for the next batch, in which the store answers that it exists.
            if (!batch.isEmpty() && (next.isTied() || batch.get(0).isTied() || ids.contains(next.id()))) {
                break;
            }
            ids.add(next.id());
            batch.add(waiting.remove());
        }
        return batch;
    }

    /** A job that is refused for good must not harm the others: the batch is halved until that job is alone. */
    private void write(List<Submitted> batch) {
        try {
            List<Added> answers =
                    store.add(batch.stream().map(submitted -> submitted.job).toList());
            if (answers.size() != batch.size()) {
                throw new IllegalStateException("The store answered " + answers.size() + " of " + batch.size()
                        + " jobs; it must answer each, in order");
            }
            for (int i = 0; i < answers.size(); i++) {
                batch.get(i).answered(answers.get(i));
            }
        } catch (Throwable failure) {
            if (batch.size() > 1 && isForGood(failure)) {
                int half = batch.size() / 2;
                write(batch.subList(0, half));
                write(batch.subList(half, batch.size()));
            } else {
                batch.forEach(submitted -> submitted.failure = failure);
            }
        }
    }

    private static boolean isForGood(Throwable failure) {
        return failure instanceof JobStoreException known && known.kind() == JobStoreException.Kind.PERMANENT;
    }

    /** A submitted job and its outcome. */
    private static final class Submitted {
        private final EncodedJob job;
        private final CompletableFuture<Enqueued> future = new CompletableFuture<>();
        private @Nullable Enqueued answer;
        private @Nullable Throwable failure;

        Submitted(EncodedJob job) {
            this.job = job;
        }

        UUID id() {
            return job.job().id();
        }

        int units() {
            return Math.min(ROOM, 1 + job.input().length() / UNIT);
        }

        boolean isTied() {
            NewJob plain = job.job();
            UniqueKey key = plain.uniqueKey();
            return (key != null && key.rejects())
                    || plain.parentId() != null
                    || !plain.isSealed()
                    || !plain.predecessors().isEmpty();
        }

        void answered(Added added) {
            if (added.outcome().isRefusal()) {
                failure = Refusals.of(added, List.of(job.job()));
            } else {
                answer = SharedJobCalls.enqueued(added);
            }
        }

        void tell() {
            if (failure != null) {
                future.completeExceptionally(failure);
            } else {
                future.complete(answer);
            }
        }
    }
}
