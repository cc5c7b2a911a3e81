package io.forthwith.worker.internal;

import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.InFlightCount;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.MDC;

/**
 * The slots in which jobs run, at most {@code concurrency} at a time, and the buffer of claimed jobs that wait for a
 * slot. A slot in use is a task on the executor, which runs one job after the other until the buffer is empty.
 * Thread-safe.
 */
public final class JobSlots {
    private static final Logger LOG = WorkerLogger.logger();

    /** Runs a job in a slot. */
    interface Runner {
        /** Runs the job from its start to its settlement. */
        void run(RunningJob run);

        /** Ends the attempt after {@link #run} has thrown. Throws nothing. */
        void brokeDown(RunningJob run, Throwable bug);
    }

    private final Executor executor;
    private final Runner runner;
    private final WakeSignal freed;
    private final int concurrency;
    /** Counts the tasks on the executor, without those that have lost their slot. */
    private final InFlightCount serving = new InFlightCount();

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final Set<RunningJob> running = ConcurrentHashMap.newKeySet();
    private final Deque<RunningJob> buffer = new ArrayDeque<>();
    private int free;
    private int zombies;
    private boolean closed;

    JobSlots(int concurrency, Executor executor, Runner runner, WakeSignal freed) {
        this.concurrency = concurrency;
        this.executor = executor;
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
            free -= starting;
        }
        for (int i = 0; i < starting; i++) {
            serving.add(1);
            try {
                executor.execute(this::serve);
            } catch (Throwable refused) {
                // The jobs stay in the buffer, and the claim loop gives them back in time.
                LOG.warn("[Worker] The executor refused to run a job: {}", StackTraceText.line(refused));
                release();
                serving.done(1);
            }
        }
    }

    private void serve() {
        Thread thread = Thread.currentThread();
        Surroundings before = Surroundings.ofCurrentThread();
        threads.add(thread);
        boolean mine = true;
        try {
            RunningJob run = next();
            while (run != null) {
                mine = serve(run);
                before.restore();
                run = mine ? next() : null;
                if (run != null) {
                    freed.wake();
                }
            }
        } finally {
            threads.remove(thread);
            if (mine) {
                serving.done(1);
            } else {
                zombieReturned();
            }
        }
    }

    /** Runs one job; false if another thread has got the slot meanwhile. */
    private boolean serve(RunningJob run) {
        running.add(run);
        try {
            runner.run(run);
        } catch (Throwable bug) {
            runner.brokeDown(run, bug);
        } finally {
            running.remove(run);
        }
        return run.keepsSlot();
    }

    private @Nullable RunningJob next() {
        RunningJob next;
        synchronized (this) {
            next = buffer.poll();
            if (next == null) {
                release();
            }
        }
        if (next == null) {
            // Not before the slot is free: otherwise the claim loop could see no free slot, and would not look again.
            freed.wake();
        }
        return next;
    }

    private synchronized void release() {
        free++;
    }

    /** Runs a task for a job that is no longer running. A worker that stops waits for it as it does for a job. */
    void runAside(Runnable task) {
        serving.add(1);
        try {
            executor.execute(() -> {
                Surroundings before = Surroundings.ofCurrentThread();
                threads.add(Thread.currentThread());
                try {
                    task.run();
                } finally {
                    before.restore();
                    threads.remove(Thread.currentThread());
                    serving.done(1);
                }
            });
        } catch (Throwable refused) {
            serving.done(1);
            task.run();
        }
    }

    /**
     * Gives the slot of a job whose thread does not return to a new thread, unless there are as many such threads as
     * slots.
     */
    void replace(RunningJob stuck) {
        int now;
        synchronized (this) {
            if (zombies >= concurrency || !stuck.abandon()) {
                return;
            }
            now = ++zombies;
            free++;
        }
        serving.done(1);
        LOG.warn(
                "[Worker] The thread of job {} ({}) does not yield; its slot goes to a new thread, {} such threads now",
                stuck.job().id(),
                SafeText.line(stuck.job().type(), 128),
                now);
        serveBuffer();
        freed.wake();
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

    boolean servesOn(Thread thread) {
        return threads.contains(thread);
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

    /** Counts the tasks that are running. */
    InFlightCount serving() {
        return serving;
    }

    /**
     * What a job may change on its thread: the MDC, the class loader and the interrupt flag. It is restored, so that it
     * does not affect the next job or tasks of the application.
     */
    private record Surroundings(@Nullable Map<String, String> mdc, ClassLoader loader) {
        static Surroundings ofCurrentThread() {
            return new Surroundings(
                    MDC.getCopyOfContextMap(), Thread.currentThread().getContextClassLoader());
        }

        /** Throws nothing, so that the slot goes on even if the log system is broken. */
        void restore() {
            // An undo action or a listener may have set the flag after the job had ended. The worker itself never
            // interrupts a thread between two jobs.
            Thread.interrupted();
            try {
                if (mdc == null) {
                    MDC.clear();
                } else {
                    MDC.setContextMap(mdc);
                }
            } catch (Throwable broken) {
                JobLog.unexpected(broken, "[Worker] Could not restore the MDC of {}", Thread.currentThread());
            }
            Thread current = Thread.currentThread();
            if (current.getContextClassLoader() != loader) {
                current.setContextClassLoader(loader);
            }
        }
    }
}
