package io.forthwith.worker;

import java.time.Duration;

/**
 * Ends attempts that take too long: at the time limit the job fails at once, and after a cancellation the worker waits a
 * little and then settles, whatever the thread does. A thread that does not yield loses its slot.
 */
final class DeadlineLoop implements LoopStep {
    private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(5);

    private final ProcessorRegistry registry;
    private final HeldJobs held;
    private final JobRunner runner;
    private final Slots slots;
    private final Ticker ticker;
    private final Duration shortest;

    DeadlineLoop(ProcessorRegistry registry, HeldJobs held, JobRunner runner, Slots slots, Ticker ticker) {
        this.registry = registry;
        this.held = held;
        this.runner = runner;
        this.slots = slots;
        this.ticker = ticker;
        this.shortest = registry.shortestTimeLimit();
    }

    @Override
    public Duration step() {
        long now = ticker.nanos();
        // No job that starts from now on can be due earlier than this.
        Duration next = shortest;
        for (RunningJob run : held.all()) {
            if (!run.isRunning() || run.isSettled()) {
                continue;
            }
            Duration left = left(run, now);
            if (left.isNegative() || left.isZero()) {
                end(run);
            } else if (left.compareTo(next) < 0) {
                next = left;
            }
        }
        return next;
    }

    private Duration left(RunningJob run, long now) {
        Duration limit = registry.timeLimit(run.job().type()).minus(run.took(now));
        if (!run.isCancelled()) {
            return limit;
        }
        Duration patience = CANCEL_PATIENCE.minusNanos(now - run.cancelledNanos());
        return patience.compareTo(limit) < 0 ? patience : limit;
    }

    private void end(RunningJob run) {
        Outcome outcome = run.isCancelled()
                ? Outcome.Unfinished.INSTANCE
                : new Outcome.TimedOut(registry.timeLimit(run.job().type()));
        run.interrupt();
        runner.conclude(run, outcome);
        slots.replace(run);
    }
}
