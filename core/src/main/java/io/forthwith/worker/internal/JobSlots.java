package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The slots in which jobs run, at most {@code concurrency} at a time, and the buffer of claimed jobs that wait for a
 * slot. A slot in use is a task on the executor, which runs one job after the other until the buffer is empty.
 * Thread-safe.
 */
public final class JobSlots {
    private static final GuardedLogger LOG = WorkerLogger.logger();

    /** Runs a job in a slot. */
    interface Runner {
        /** Runs the job from its start to its settlement. */
        void run(RunningJob run);

        /** Ends the attempt after {@link #run} has thrown. Throws nothing. */
        void brokeDown(RunningJob run, Throwable bug);
    }

    private final JobThreads threads;
    private final Runner runner;
    private final WakeSignal freed;
    private final int concurrency;
    private final Set<RunningJob> running = ConcurrentHashMap.newKeySet();
    private final Deque<RunningJob> buffer = new ArrayDeque<>();
    private int free;
    private int zombies;
    private boolean closed;

    JobSlots(int concurrency, JobThreads threads, Runner runner, WakeSignal freed) {
        this.concurrency = concurrency;
        this.threads = threads;
        this.runner = runner;
        this.freed = freed;
        this.free = concurrency;
    }

    /**
     * Puts claimed jobs into the buffer and starts as many as there are free slots. False, and nothing is taken, after
     * {@link #close}.
     */
    boolean offer(Collection<RunningJob> jobs) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            buffer.addAll(jobs);
        }
        serveBuffer();
        return true;
    }

    private void serveBuffer() {
        int starting;
        synchronized (this) {
            starting = Math.min(free, buffer.size());
        }
        for (int i = 0; i < starting && reserve(); i++) {
            threads.execute(this::serve, refused -> {
                // The jobs stay in the buffer, and the claim loop gives them back in time.
                release();
                LOG.warn("[Worker] The executor refused to run a job: {}", StackTraceText.line(refused));
            });
        }
    }

    private void serve() {
        boolean isMine = true;
        boolean isReleased = false;
        try {
            JobThreads.Surroundings before = threads.enter();
            RunningJob run = next();
            while (run != null) {
                isMine = serve(run);
                before.restore();
                run = isMine ? next() : null;
                if (run != null) {
                    freed.wake();
                }
            }
            isReleased = true;
        } finally {
            threads.leave();
            if (!isMine) {
                zombieReturned();
            } else if (isReleased) {
                threads.inFlight().done(1);
            } else {
                release();
            }
            // Not before the slot is free: otherwise the claim loop could see no free slot, and would not look again.
            freed.wake();
        }
    }

    /** Runs one job; false if another thread has got the slot meanwhile. */
    private boolean serve(RunningJob run) {
        try {
            running.add(run);
            runner.run(run);
        } catch (Throwable bug) {
            runner.brokeDown(run, bug);
        } finally {
            running.remove(run);
        }
        return !run.isAbandoned();
    }

    /** The next job of a slot; null, and the slot is free, if there is none. */
    private synchronized @Nullable RunningJob next() {
        RunningJob next = buffer.poll();
        free += next == null ? 1 : 0;
        return next;
    }

    private synchronized boolean reserve() {
        if (free == 0) {
            return false;
        }
        free--;
        threads.inFlight().add(1);
        return true;
    }

    private void release() {
        synchronized (this) {
            free++;
        }
        threads.inFlight().done(1);
    }

    /**
     * Gives the slot of a job whose thread does not return to a new thread, unless there are as many such threads as
     * slots.
     */
    void replace(RunningJob stuck) {
        int now;
        synchronized (this) {
            if (zombies >= concurrency || !stuck.abandonThread()) {
                return;
            }
            now = ++zombies;
            free++;
        }
        threads.inFlight().done(1);
        freed.wake();
        LOG.warn(
                "[Worker] The thread of job {} ({}) does not yield; its slot goes to a new thread, {} such threads now",
                stuck.job().id(),
                SafeText.line(stuck.job().type(), 128),
                now);
        serveBuffer();
    }

    private synchronized void zombieReturned() {
        zombies--;
    }

    /** How many threads still run jobs that were settled without them. */
    public synchronized int zombies() {
        return zombies;
    }

    public synchronized int free() {
        return free;
    }

    public synchronized int buffered() {
        return buffer.size();
    }

    /** All jobs that have a thread, also those that were settled without it. */
    public Collection<RunningJob> running() {
        return running;
    }

    /** Removes and returns the buffered jobs that were claimed before that time. */
    public synchronized List<RunningJob> takeClaimedBefore(long nanos) {
        List<RunningJob> stale = new ArrayList<>();
        for (RunningJob oldest = buffer.peek();
                oldest != null && oldest.claimedNanos() - nanos < 0;
                oldest = buffer.peek()) {
            stale.add(buffer.remove());
        }
        return stale;
    }

    /**
     * How long until the oldest job in the buffer has been there for {@code patienceNanos};
     * {@link LoopRound#UNTIL_WOKEN} if the buffer is empty.
     */
    synchronized Duration untilStale(long nowNanos, long patienceNanos) {
        RunningJob oldest = buffer.peek();
        // Plus one, because takeClaimedBefore does not return a job that was claimed exactly then.
        return oldest == null
                ? LoopRound.UNTIL_WOKEN
                : Duration.ofNanos(Math.max(0, oldest.claimedNanos() + patienceNanos + 1 - nowNanos));
    }

    /** Removes a job from the buffer; false if it is not there. */
    synchronized boolean takeUnstarted(RunningJob run) {
        return buffer.remove(run);
    }

    /** Takes no more jobs. Removes and returns those in the buffer. */
    public synchronized List<RunningJob> close() {
        closed = true;
        List<RunningJob> all = List.copyOf(buffer);
        buffer.clear();
        return all;
    }
}
