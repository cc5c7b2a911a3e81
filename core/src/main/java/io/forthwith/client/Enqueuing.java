package io.forthwith.client;

import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
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
 * Enqueues jobs by natural batching: what was submitted since the last write goes into the next, in the order in which it came. One
 * write is under way at a time. Thread-safe.
 *
 * <p>Whoever finds nobody writing starts a thread that writes until nothing is left. Futures are completed by a few others, since what
 * hangs on them may take its time; until then a job takes no more room, or what hangs on one could not enqueue another.
 *
 * <p>Jobs that are tied to others go by themselves: a store refuses them together with whoever is in the same call.
 */
final class Enqueuing {
    /** So much may be under way: a job counts as one, and as one more for every {@value #UNIT} characters of its input. */
    static final int ROOM = 10_000;

    static final int MAX_BATCH = 1_000;
    private static final int UNIT = 1_024;
    private static final int TELLERS = 4;

    private final JobStore store;
    private final Executor writer;
    private final Executor tellers;
    /** Fair, or large jobs would wait for ever. */
    private final Semaphore room = new Semaphore(ROOM, true);

    private final Queue<Submitted> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isWriting = new AtomicBoolean();

    Enqueuing(JobStore store, Executor writer, Executor tellers) {
        this.store = store;
        this.writer = writer;
        this.tellers = tellers;
    }

    /** On daemon threads, which end when they have had nothing to do for so long. */
    static Enqueuing of(JobStore store, Duration idle) {
        return new Enqueuing(
                store, threads(1, idle, "forthwith-enqueue"), threads(TELLERS, idle, "forthwith-enqueued"));
    }

    private static Executor threads(int count, Duration idle, String name) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                count, count, idle.toNanos(), TimeUnit.NANOSECONDS, new LinkedBlockingQueue<>(), work -> {
                    // Nothing of whoever happens to enqueue first: the thread serves others too.
                    Thread thread = new Thread(null, work, name, 0, false);
                    thread.setContextClassLoader(Enqueuing.class.getClassLoader());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * Waits for room, if there is none.
     *
     * @throws InterruptedException if interrupted then; the job was not submitted
     */
    CompletableFuture<UUID> submit(EncodedJob job) throws InterruptedException {
        Submitted submitted = new Submitted(job);
        room.acquire(submitted.units());
        waiting.add(submitted);
        if (takeOver()) {
            run(writer, this::write);
        }
        return submitted.future;
    }

    /** On another thread; without one to be had, on this one: nothing that was submitted may be forgotten. */
    private static void run(Executor threads, Runnable work) {
        try {
            threads.execute(work);
        } catch (Throwable noThread) {
            work.run();
        }
    }

    /** Whether it is now for the caller to write. */
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
            // Somebody who came just before that relies on us.
        } while (takeOver());
    }

    private List<Submitted> take() {
        List<Submitted> batch = new ArrayList<>();
        Set<UUID> ids = new HashSet<>();
        for (Submitted next = waiting.peek(); next != null && batch.size() < MAX_BATCH; next = waiting.peek()) {
            // The same job again waits for the next batch, where the store finds it.
            if (!batch.isEmpty() && (next.isTied() || batch.get(0).isTied() || ids.contains(next.id()))) {
                break;
            }
            ids.add(next.id());
            batch.add(waiting.remove());
        }
        return batch;
    }

    /** One that is refused for good must not harm the others: the batch is halved until it is alone. */
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

    /** A job on its way, and what became of it. */
    private static final class Submitted {
        private final EncodedJob job;
        private final CompletableFuture<UUID> future = new CompletableFuture<>();
        private @Nullable UUID answer;
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
            return plain.parentId() != null
                    || !plain.isSealed()
                    || !plain.predecessors().isEmpty();
        }

        void answered(Added added) {
            if (added.outcome().isRefusal()) {
                failure = Refusals.of(added, List.of(job.job()));
            } else {
                answer = added.id();
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
