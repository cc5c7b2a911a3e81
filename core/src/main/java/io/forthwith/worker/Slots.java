package io.forthwith.worker;

import io.forthwith.text.SafeText;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The places where jobs run, at most {@code concurrency} at a time, and the buffer of claimed jobs that wait for one. A
 * slot in use is a task on the executor that serves one job after the other until the buffer is empty.
 */
final class Slots {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final Executor executor;
    private final JobRunner runner;
    private final Signal freed;
    private final int concurrency;
    private final Outstanding serving = new Outstanding();
    private final Deque<RunningJob> buffer = new ArrayDeque<>();
    private int free;
    private int zombies;

    Slots(int concurrency, Executor executor, JobRunner runner, Signal freed) {
        this.concurrency = concurrency;
        this.executor = executor;
        this.runner = runner;
        this.freed = freed;
        this.free = concurrency;
    }

    /** Buffers claimed jobs and starts as many as there are free slots. */
    void offer(Collection<RunningJob> jobs) {
        synchronized (this) {
            buffer.addAll(jobs);
        }
        serveBuffer();
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
            } catch (RejectedExecutionException refused) {
                // The jobs stay in the buffer, from which the claim loop gives them back in time.
                LOG.warn("[Worker] The executor refused to run a job: {}", refused.toString());
                release();
                serving.done(1);
            }
        }
    }

    private void serve() {
        Map<String, String> mdc = MDC.getCopyOfContextMap();
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try {
            boolean mine = true;
            for (RunningJob run = next(); mine && run != null; run = mine ? next() : null) {
                mine = runner.run(run);
                restore(mdc, loader);
                freed.wake();
            }
            if (!mine) {
                zombieReturned();
            }
        } finally {
            serving.done(1);
        }
    }

    /** What a job left behind on the thread must not reach the next job, nor the host's own tasks. */
    private static void restore(@Nullable Map<String, String> mdc, ClassLoader loader) {
        if (mdc == null) {
            MDC.clear();
        } else {
            MDC.setContextMap(mdc);
        }
        Thread current = Thread.currentThread();
        if (current.getContextClassLoader() != loader) {
            current.setContextClassLoader(loader);
        }
    }

    private synchronized @Nullable RunningJob next() {
        RunningJob next = buffer.poll();
        if (next == null) {
            release();
        }
        return next;
    }

    private synchronized void release() {
        free++;
    }

    /**
     * Gives the slot of a job whose thread does not come back to a new thread, as long as there are fewer such threads than
     * slots.
     */
    void replace(RunningJob stuck) {
        synchronized (this) {
            if (zombies >= concurrency || !stuck.abandon()) {
                return;
            }
            zombies++;
            free++;
        }
        LOG.warn(
                "[Worker] The thread of job {} ({}) does not yield; its slot goes to a new thread, {} such threads now",
                stuck.job().id(),
                SafeText.line(stuck.job().type(), 128),
                zombies());
        serveBuffer();
        freed.wake();
    }

    private synchronized void zombieReturned() {
        zombies--;
    }

    /** How many threads are stuck in jobs that have been settled without them. */
    synchronized int zombies() {
        return zombies;
    }

    synchronized int free() {
        return free;
    }

    synchronized int buffered() {
        return buffer.size();
    }

    /** Takes the jobs out of the buffer that were claimed before that time. */
    synchronized List<RunningJob> takeClaimedBefore(long nanos) {
        List<RunningJob> stale = new ArrayList<>();
        for (RunningJob oldest = buffer.peek();
                oldest != null && oldest.claimedNanos() - nanos < 0;
                oldest = buffer.peek()) {
            stale.add(buffer.remove());
        }
        return stale;
    }

    /** Takes everything out of the buffer. */
    synchronized List<RunningJob> takeAll() {
        List<RunningJob> all = List.copyOf(buffer);
        buffer.clear();
        return all;
    }

    /** Waits until no job is running, at most so long. */
    boolean awaitIdle(Duration most) {
        return serving.awaitNone(most);
    }
}
