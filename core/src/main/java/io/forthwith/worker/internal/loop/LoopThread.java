package io.forthwith.worker.internal.loop;

import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A thread that runs the rounds of one or more loops until it is stopped. When it is woken, the first loop runs at
 * once, and the others keep their times. An exception in a round is logged, and the thread goes on.
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
        Arrays.fill(dueNanos, ticker.nanos());
        while (!stopping) {
            long soonest = Long.MAX_VALUE;
            long now = ticker.nanos();
            for (int i = 0; i < dueNanos.length && !stopping; i++) {
                if (dueNanos[i] - now <= 0) {
                    dueNanos[i] = ticker.nanos() + nanosUntilNext(rounds.get(i));
                }
                soonest = Math.min(soonest, dueNanos[i] - now);
            }
            if (signal.await(now + soonest, ticker)) {
                dueNanos[0] = ticker.nanos();
            }
        }
    }

    private long nanosUntilNext(LoopRound round) {
        try {
            return round.run().toNanos();
        } catch (Throwable bug) {
            JobLog.unexpected(bug, "[Worker] Loop {} failed unexpectedly and goes on", thread.getName());
            return AFTER_BUG.toNanos();
        }
    }
}
