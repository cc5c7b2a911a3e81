package io.forthwith.worker.internal;

import io.forthwith.worker.internal.loop.InFlightCount;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.JobMdc;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The threads of the executor on which a worker runs jobs. It knows them, counts the tasks for which a worker that
 * stops has to wait, and restores what a job has changed on its thread. Thread-safe.
 */
final class JobThreads {
    private final Executor executor;
    private final InFlightCount inFlight = new InFlightCount();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    JobThreads(Executor executor) {
        this.executor = executor;
    }

    /** Counts the tasks for which a worker that stops has to wait. */
    InFlightCount inFlight() {
        return inFlight;
    }

    /** Whether a task of the worker runs on this thread. */
    boolean include(Thread thread) {
        return threads.contains(thread);
    }

    /**
     * Gives a task to the executor. If the executor throws, {@code refused} is called; but not if it has run the task
     * all the same.
     */
    void execute(Runnable task, Consumer<Throwable> refused) {
        OnceTask once = new OnceTask(task);
        try {
            executor.execute(once);
        } catch (Throwable why) {
            once.runInstead(() -> refused.accept(why));
        }
    }

    /** Called by a task that begins. Its thread belongs to the worker until {@link #leave}. */
    Surroundings enter() {
        Surroundings before = Surroundings.ofCurrentThread();
        threads.add(Thread.currentThread());
        return before;
    }

    void leave() {
        threads.remove(Thread.currentThread());
    }

    /** Runs a task for a job that is no longer running. A worker that stops waits for it as it does for a job. */
    void runAside(Runnable task) {
        inFlight.add(1);
        Runnable counted = () -> runCounted(task);
        execute(counted, refused -> counted.run());
    }

    private void runCounted(Runnable task) {
        Surroundings before = Surroundings.ofCurrentThread();
        try {
            threads.add(Thread.currentThread());
            task.run();
        } finally {
            leave();
            inFlight.done(1);
            before.restore();
        }
    }

    /**
     * What a job may change on its thread: the MDC, the class loader and the interrupt flag. It is restored, so that it
     * does not affect the next job or tasks of the application.
     */
    record Surroundings(JobMdc mdc, ClassLoader loader) {
        static Surroundings ofCurrentThread() {
            return new Surroundings(
                    JobMdc.ofCurrentThread(), Thread.currentThread().getContextClassLoader());
        }

        /** Throws nothing, so that the slot goes on even if the log system is broken. */
        void restore() {
            // An undo action or a listener may have set the flag after the job had ended. The worker itself never
            // interrupts a thread between two jobs.
            Thread.interrupted();
            mdc.restore();
            Thread current = Thread.currentThread();
            try {
                if (current.getContextClassLoader() != loader) {
                    current.setContextClassLoader(loader);
                }
            } catch (Throwable refused) {
                JobLog.unexpected(refused, "[Worker] Could not restore the class loader of {}", current);
            }
        }
    }

    /** A task that runs at most once, also if an executor runs it and throws all the same. */
    private static final class OnceTask implements Runnable {
        private final Runnable task;
        private final AtomicBoolean hasBegun = new AtomicBoolean();

        OnceTask(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            runInstead(task);
        }

        /** Runs something else, unless the task has begun. From now on the task does not begin. */
        void runInstead(Runnable other) {
            if (hasBegun.compareAndSet(false, true)) {
                other.run();
            }
        }
    }
}
