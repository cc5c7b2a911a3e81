package io.forthwith.worker.internal.loop;

import io.forthwith.Job;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.Claim;
import io.forthwith.worker.internal.report.JobListeners;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the listeners of the application what happens, on a thread of its own, one event after the other. A listener
 * that does not return holds up other events, and nothing else. Costs nothing without listeners.
 *
 * <p>Room is for a thousand events, for fewer if their jobs have large inputs. Who has an event for which there is no
 * room waits, so a listener that is slow misses nothing; but nobody waits for one that has not got on for a second:
 * then the event is dropped, and counted. The end of an attempt whose start has found room is never dropped and needs
 * none, so that what counts running jobs stays true, and there are only as many as jobs have run at a time.
 */
public final class EventLoop implements LoopRound {
    /** The most events that wait, with the one that is being told. */
    static final int ROOM = 1_000;

    /** An event takes one place more for each so many characters of its job. */
    private static final int CHARACTERS_OF_A_PLACE = 8_192;

    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final Duration HANGS = Duration.ofSeconds(1);

    private final JobListeners listeners;
    private final WakeSignal signal;
    private final Supplier<Duration> patience;
    private final Queue<Entry> waiting = new ConcurrentLinkedQueue<>();
    private final InFlightCount untold = new InFlightCount();
    private final Semaphore room = new Semaphore(ROOM);
    private final Set<Claim> begun = ConcurrentHashMap.newKeySet();
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    /** The number of {@link #calls} at which somebody has waited in vain. */
    private volatile long hungAt = -1;

    private volatile @Nullable Call call;

    /** An event that waits, and how much room it takes. */
    private record Entry(JobEvent event, int places) {}

    /** What is being told. */
    private record Call(JobListener listener, JobEvent event) {}

    public EventLoop(JobListeners listeners, WakeSignal signal) {
        this(listeners, signal, () -> HANGS);
    }

    EventLoop(JobListeners listeners, WakeSignal signal, Supplier<Duration> patience) {
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
        Claim claim = Claim.of(happened.job());
        if (happened instanceof JobEvent.Started) {
            sendStart(happened, claim);
        } else {
            int places = begun.remove(claim) ? 0 : places(happened.job());
            if (takesRoom(places)) {
                put(new Entry(happened, places));
            } else {
                drop();
            }
        }
    }

    private void sendStart(JobEvent start, Claim claim) {
        begun.add(claim);
        int places = places(start.job());
        if (!takesRoom(places)) {
            begun.remove(claim);
            drop();
        } else if (begun.contains(claim)) {
            put(new Entry(start, places));
        } else {
            // The deadline loop has settled the job meanwhile, and its end was sent before its start.
            room.release(places);
        }
    }

    private void put(Entry entry) {
        untold.add(1);
        waiting.add(entry);
        signal.wake();
    }

    private static int places(Job job) {
        String input = job.input();
        return Math.min(ROOM, 1 + (input == null ? 0 : input.length() / CHARACTERS_OF_A_PLACE));
    }

    private boolean takesRoom(int places) {
        boolean interrupted = false;
        try {
            while (!room.tryAcquire(places)) {
                long before = calls.get();
                if (before == hungAt) {
                    return false;
                }
                try {
                    if (room.tryAcquire(places, patience.get().toMillis(), TimeUnit.MILLISECONDS)) {
                        return true;
                    }
                    if (calls.get() == before) {
                        hungAt = before;
                    }
                } catch (InterruptedException forTheJob) {
                    interrupted = true;
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void drop() {
        if (dropped.getAndIncrement() == 0) {
            LOG.warn(
                    "[Worker] {} does not end, and there is no room for more events: they are dropped until there is. Jobs are not affected",
                    activity());
        }
        // The loop may be done with all others by now; it says how many were dropped.
        signal.wake();
    }

    /** Tells all listeners of one event. */
    @Override
    public Duration run() {
        Entry next = waiting.poll();
        if (next == null) {
            sayWhatWasDropped();
            return UNTIL_WOKEN;
        }
        try {
            for (JobListener listener : listeners.all()) {
                call = new Call(listener, next.event);
                JobListeners.tell(listener, next.event);
                calls.incrementAndGet();
            }
        } finally {
            call = null;
            room.release(next.places);
            untold.done(1);
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

    /**
     * Waits until the listeners have been told of everything so far, or no call of a listener has ended for {@code
     * most}; true if they have been told.
     */
    public boolean awaitTold(Duration most) {
        while (true) {
            long before = calls.get();
            if (untold.awaitNoneUninterruptibly(most)) {
                return true;
            }
            if (calls.get() == before) {
                LOG.warn("[Worker] {} does not end; {} events are not told", activity(), untold.count());
                return false;
            }
        }
    }
}
