package io.forthwith.worker.internal.loop;

import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs the rounds of one or more loops until it is stopped. When it is woken, the first loop and those
 * that probe the store run at once, and the others keep their times. An exception in a round is logged, and the thread
 * goes on.
 */
public final class LoopThread {
    private static final Duration AFTER_BUG = Duration.ofSeconds(1);
    /** Far longer than a round takes whose store answers. */
    private static final Duration STALLED = Duration.ofSeconds(5);

    private final List<LoopRound> rounds;
    private final AtomicLongArray dueNanos;
    private final Ticker ticker;
    private final WakeSignal signal;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile @Nullable Current current;

    /** The round that runs. */
    private record Current(int round, long sinceNanos) {}

    public LoopThread(String name, Ticker ticker, WakeSignal signal, LoopRound... rounds) {
        this.rounds = List.of(rounds);
        this.dueNanos = new AtomicLongArray(rounds.length);
        this.ticker = ticker;
        this.signal = signal;
        this.thread = new Thread(this::run, name);
    }

    /** Makes it a thread that does not keep the process alive. To be called before {@link #start}. */
    public LoopThread daemon() {
        thread.setDaemon(true);
        return this;
    }

    public void start() {
        thread.start();
    }

    public boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    /**
     * Ends the thread after the present round, and waits for that no longer than {@code most}; true if it has ended.
     */
    public boolean stop(Duration most) {
        stopping = true;
        signal.wake();
        boolean interrupted = false;
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); left > 0 && thread.isAlive(); left = end - System.nanoTime()) {
            try {
                thread.join(Math.max(1, left / 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    private void run() {
        boolean isReady = false;
        while (!stopping) {
            try {
                if (!isReady) {
                    long now = ticker.nanos();
                    for (int i = 0; i < rounds.size(); i++) {
                        dueNanos.set(i, now);
                    }
                    isReady = true;
                }
                runDueAndWait();
            } catch (Throwable bug) {
                failedUnexpectedly(bug);
                LockSupport.parkNanos(this, AFTER_BUG.toNanos());
            }
        }
    }

    private void runDueAndWait() {
        long soonest = Long.MAX_VALUE;
        long now = ticker.nanos();
        for (int i = 0; i < rounds.size() && !stopping; i++) {
            if (dueNanos.get(i) - now <= 0) {
                long next = nanosUntilNext(i);
                dueNanos.set(i, ticker.nanos() + next);
            }
            soonest = Math.min(soonest, dueNanos.get(i) - now);
        }
        if (signal.await(now + soonest, ticker)) {
            long woken = ticker.nanos();
            for (int i = 0; i < rounds.size(); i++) {
                if (i == 0 || isProbing(rounds.get(i))) {
                    dueNanos.set(i, woken);
                }
            }
        }
    }

    private static boolean isProbing(LoopRound round) {
        StoreBackOff guard = round.guard();
        return guard != null && guard.isProbing();
    }

    private long nanosUntilNext(int round) {
        // Some drivers close the database when they are interrupted, and the worker never interrupts a loop.
        Thread.interrupted();
        current = new Current(round, ticker.nanos());
        try {
            return rounds.get(round).run().toNanos();
        } catch (Throwable bug) {
            failedUnexpectedly(bug);
            return AFTER_BUG.toNanos();
        } finally {
            current = null;
        }
    }

    /** The rounds that do not get on: one that does not end, and those that wait behind one. Called by other threads. */
    List<String> stalls() {
        Current running = current;
        if (running == null) {
            return List.of();
        }
        List<String> stalls = new ArrayList<>();
        long now = ticker.nanos();
        if (isLong(now - running.sinceNanos)) {
            stalls.add(activity(running.round) + " has not ended for " + seconds(now - running.sinceNanos));
        }
        for (int i = 0; i < rounds.size(); i++) {
            long overdue = now - dueNanos.get(i);
            if (i != running.round && isLong(overdue)) {
                stalls.add(
                        activity(i) + " has been due for " + seconds(overdue) + ", behind " + activity(running.round));
            }
        }
        return stalls;
    }

    /** The thread, for what the store says of its call. */
    Thread thread() {
        return thread;
    }

    private static boolean isLong(long nanos) {
        return nanos > STALLED.toNanos();
    }

    private static String seconds(long nanos) {
        return Duration.ofNanos(nanos).toSeconds() + " s";
    }

    private String activity(int round) {
        String activity = rounds.get(round).activity();
        return activity == null ? thread.getName() : activity;
    }

    private void failedUnexpectedly(Throwable bug) {
        JobLog.unexpected(bug, "[Worker] Loop {} failed unexpectedly and goes on", thread.getName());
    }
}
