package io.forthwith.worker;

import java.time.Duration;

/**
 * Ends attempts that take too long: at the time limit the job fails at once, and after a cancellation the worker waits a
 * little and then settles, whatever the thread does. A thread that does not yield even then loses its slot.
 */
final class DeadlineLoop implements LoopStep {
    private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(5);
    private static final Duration YIELD_PATIENCE = Duration.ofSeconds(1);

    private final ProcessorRegistry registry;
    private final JobRunner runner;
    private final Slots slots;
    private final Ticker ticker;
    private final Duration shortest;

    DeadlineLoop(ProcessorRegistry registry, JobRunner runner, Slots slots, Ticker ticker) {
        this.registry = registry;
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
        for (RunningJob run : slots.running()) {
            Duration left = look(run, now);
            next = left.compareTo(next) < 0 ? left : next;
        }
        return next;
    }

    /** Does what is due for one job and says when to look at it again. */
    private Duration look(RunningJob run, long now) {
        if (!run.isRunning() || run.isAbandoned()) {
            return shortest;
        }
        if (!run.isGivenUp()) {
            Duration left = left(run, now);
            if (!left.isNegative() && !left.isZero()) {
                return left;
            }
            if (!runner.settle(run, overdue(run))) {
                return YIELD_PATIENCE;
            }
            run.giveUp(now);
        }
        Duration patience = YIELD_PATIENCE.minusNanos(now - run.givenUpNanos());
        if (patience.isNegative() || patience.isZero()) {
            slots.replace(run);
            return YIELD_PATIENCE;
        }
        return patience;
    }

    private Duration left(RunningJob run, long now) {
        Duration limit = registry.timeLimit(run.job().type()).minus(run.took(now));
        if (!run.isCancelled()) {
            return limit;
        }
        Duration patience = CANCEL_PATIENCE.minusNanos(now - run.cancelledNanos());
        return patience.compareTo(limit) < 0 ? patience : limit;
    }

    private Outcome overdue(RunningJob run) {
        return run.isCancelled()
                ? Outcome.Unfinished.INSTANCE
                : new Outcome.TimedOut(registry.timeLimit(run.job().type()));
    }
}
