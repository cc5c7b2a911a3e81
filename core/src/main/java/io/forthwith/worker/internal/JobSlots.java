package io.forthwith.worker.internal;

import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.InFlightCount;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.WorkerLog;
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
 * The places where jobs run, at most {@code concurrency} at a time, and the buffer of claimed jobs that wait for one. A
 * slot in use is a task on the executor that serves one job after the other until the buffer is empty.
 */
public final class JobSlots {
    private static final Logger LOG = WorkerLog.logger();

    /** What a slot does with a job. */
    interface Runner {
        /** Runs it from start to settlement. */
        void run(RunningJob run);

        /** Ends what {@link #run} has left by throwing; throws nothing. */
        void brokeDown(RunningJob run, Throwable bug);
    }

    private final Executor executor;
    private final Runner runner;
    private final WakeSignal freed;
    private final int concurrency;
    /** Tasks on the executor, without those whose slot was given away. */
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

    /** Buffers claimed jobs and starts as many as there are free slots; false, and nothing is taken, once closed. */
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
                // The jobs stay in the buffer, from which the claim loop gives them back in time.
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

    /** Runs one job; false if the slot was given away meanwhile. */
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
            // Only now: woken by the end of the job, the claim loop might look before the slot is free, and not again.
            freed.wake();
        }
        return next;
    }

    private synchronized void release() {
        free++;
    }

    /** Runs something that belongs to a job which is no longer running; waited for as a job is. */
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
     * Gives the slot of a job whose thread does not come back to a new thread, as long as there are fewer such threads than
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

    /** How many threads are stuck in jobs that have been settled without them. */
    public synchronized int zombies() {
        return zombies;
    }

    public synchronized int free() {
        return free;
    }

    public synchronized int buffered() {
        return buffer.size();
    }

    /** The jobs that have a thread, wanted or not. */
    public Collection<RunningJob> running() {
        return running;
    }

    boolean servesOn(Thread thread) {
        return threads.contains(thread);
    }

    /** Takes the jobs out of the buffer that were claimed before that time. */
    public synchronized List<RunningJob> takeClaimedBefore(long nanos) {
        List<RunningJob> stale = new ArrayList<>();
        for (RunningJob oldest = buffer.peek();
                oldest != null && oldest.claimedNanos() - nanos < 0;
                oldest = buffer.peek()) {
            stale.add(buffer.remove());
        }
        return stale;
    }

    /** How long until the job that waits longest in the buffer has done so for {@code patienceNanos}; very long if none waits. */
    synchronized Duration untilStale(long nowNanos, long patienceNanos) {
        RunningJob oldest = buffer.peek();
        // One more, since what was claimed exactly then is not stale yet.
        return oldest == null
                ? LoopRound.UNTIL_WOKEN
                : Duration.ofNanos(Math.max(0, oldest.claimedNanos() + patienceNanos + 1 - nowNanos));
    }

    /** Takes a job out of the buffer; false if it is not there, or no more. */
    synchronized boolean takeUnstarted(RunningJob run) {
        return buffer.remove(run);
    }

    /** Takes no more jobs, and hands out what is in the buffer. */
    public synchronized List<RunningJob> close() {
        closed = true;
        List<RunningJob> all = List.copyOf(buffer);
        buffer.clear();
        return all;
    }

    /** What is running, or running aside. */
    InFlightCount serving() {
        return serving;
    }

    /** What a job may leave behind on its thread, which must not reach the next job, nor the host's own tasks. */
    private record Surroundings(@Nullable Map<String, String> mdc, ClassLoader loader) {
        static Surroundings ofCurrentThread() {
            return new Surroundings(
                    MDC.getCopyOfContextMap(), Thread.currentThread().getContextClassLoader());
        }

        /** Throws nothing, since the slot goes on: a log system that is broken is none of the next job's business. */
        void restore() {
            // Set by an undo or a listener after the job had ended; nobody interrupts a thread of ours between two
            // jobs.
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
