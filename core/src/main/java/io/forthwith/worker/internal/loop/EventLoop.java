package io.forthwith.worker.internal.loop;

import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.worker.internal.report.JobListeners;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the listeners of the application what happens, on a thread of its own and in the order in which it happens. A
 * listener that does not return holds up other events, and nothing else. Costs nothing without listeners.
 *
 * <p>While many events wait, those who send wait too, so a listener that is slow misses nothing. They do not wait for a
 * listener that has not returned for a second: then events are dropped, and counted.
 */
public final class EventLoop implements LoopRound {
    /** The most events that wait. */
    static final int ROOM = 1_000;

    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final Duration HANGS = Duration.ofSeconds(1);

    private final JobListeners listeners;
    private final WakeSignal signal;
    private final Queue<JobEvent> waiting = new ConcurrentLinkedQueue<>();
    private final Semaphore room = new Semaphore(ROOM);
    private final AtomicLong told = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Duration patience;
    private volatile @Nullable Call call;

    /** What is being told. */
    private record Call(JobListener listener, JobEvent event) {}

    public EventLoop(JobListeners listeners, WakeSignal signal) {
        this(listeners, signal, HANGS);
    }

    EventLoop(JobListeners listeners, WakeSignal signal, Duration patience) {
        this.listeners = listeners;
        this.signal = signal;
        this.patience = patience;
    }

    public boolean hasListeners() {
        return !listeners.all().isEmpty();
    }

    /** Has the listeners told of this soon. */
    public void send(Supplier<JobEvent> event) {
        if (!hasListeners()) {
            return;
        }
        JobEvent happened = event.get();
        if (takeRoom()) {
            waiting.add(happened);
            signal.wake();
        } else if (dropped.getAndIncrement() == 0) {
            LOG.warn(
                    "[Worker] {} does not end, and {} events wait behind it; until it ends, further events are dropped. Jobs are not affected",
                    activity(),
                    ROOM);
        }
    }

    private boolean takeRoom() {
        if (room.tryAcquire()) {
            return true;
        }
        if (dropped.get() > 0) {
            return false;
        }
        boolean interrupted = false;
        try {
            while (true) {
                long before = told.get();
                try {
                    if (room.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                        return true;
                    }
                    if (told.get() == before) {
                        return false;
                    }
                } catch (InterruptedException forTheJob) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Tells all listeners of one event. */
    @Override
    public Duration run() {
        JobEvent next = waiting.poll();
        if (next == null) {
            sayWhatWasDropped();
            return UNTIL_WOKEN;
        }
        try {
            for (JobListener listener : listeners.all()) {
                call = new Call(listener, next);
                JobListeners.tell(listener, next);
            }
        } finally {
            call = null;
            told.incrementAndGet();
            room.release();
        }
        return Duration.ZERO;
    }

    @Override
    public String activity() {
        Call now = call;
        return now == null
                ? "telling listeners"
                : "telling the listener " + now.listener.getClass().getName() + " of "
                        + now.event.getClass().getSimpleName();
    }

    private void sayWhatWasDropped() {
        long missed = dropped.getAndSet(0);
        if (missed > 0) {
            LOG.warn(
                    "[Worker] Listeners are told again; {} events were dropped, because a listener did not return: what counts events lacks them",
                    missed);
        }
    }

    /** Whether listeners miss something, for the operators. */
    public List<String> troubles() {
        long missed = dropped.get();
        return missed == 0 ? List.of() : List.of(missed + " events were dropped, because a listener does not return");
    }

    /** Waits until the listeners have been told of everything so far, no longer than {@code most}; true if they have. */
    public boolean awaitTold(Duration most) {
        boolean interrupted = false;
        boolean isTold = false;
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); !isTold && left > 0; left = end - System.nanoTime()) {
            try {
                isTold = room.tryAcquire(ROOM, left, TimeUnit.NANOSECONDS);
            } catch (InterruptedException hurry) {
                interrupted = true;
            }
        }
        if (isTold) {
            room.release(ROOM);
        } else {
            LOG.warn("[Worker] {} does not end; the events behind it are lost", activity());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return isTold;
    }
}
