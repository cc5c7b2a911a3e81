package io.forthwith.worker.internal.loop;

import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that runs the rounds of one or more loops until it is stopped. When it is woken, the first loop and those
 * that probe the store run at once, and the others keep their times. An exception in a round is logged, and the thread
 * goes on.
 */
public final class LoopThread {
    private static final Duration AFTER_BUG = Duration.ofSeconds(1);

    private final List<LoopRound> rounds;
    private final long[] dueNanos;
    private final Ticker ticker;
    private final WakeSignal signal;
    private final Thread thread;
    private volatile boolean stopping;

    public LoopThread(String name, Ticker ticker, WakeSignal signal, LoopRound... rounds) {
        this.rounds = List.of(rounds);
        this.dueNanos = new long[rounds.length];
        this.ticker = ticker;
        this.signal = signal;
        this.thread = new Thread(this::run, name);
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
                    Arrays.fill(dueNanos, ticker.nanos());
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
        for (int i = 0; i < dueNanos.length && !stopping; i++) {
            if (dueNanos[i] - now <= 0) {
                dueNanos[i] = ticker.nanos() + nanosUntilNext(rounds.get(i));
            }
            soonest = Math.min(soonest, dueNanos[i] - now);
        }
        if (signal.await(now + soonest, ticker)) {
            long woken = ticker.nanos();
            for (int i = 0; i < dueNanos.length; i++) {
                dueNanos[i] = i == 0 || rounds.get(i).isProbing() ? woken : dueNanos[i];
            }
        }
    }

    private long nanosUntilNext(LoopRound round) {
        // Some drivers close the database when they are interrupted, and the worker never interrupts a loop.
        Thread.interrupted();
        try {
            return round.run().toNanos();
        } catch (Throwable bug) {
            failedUnexpectedly(bug);
            return AFTER_BUG.toNanos();
        }
    }

    private void failedUnexpectedly(Throwable bug) {
        JobLog.unexpected(bug, "[Worker] Loop {} failed unexpectedly and goes on", thread.getName());
    }
}
