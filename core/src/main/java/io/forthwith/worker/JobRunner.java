package io.forthwith.worker;

import io.forthwith.Job;
import io.forthwith.RetryPolicy;
import io.forthwith.event.JobEvent;
import io.forthwith.json.JobCodec;
import io.forthwith.store.Settlement;
import io.forthwith.text.SafeText;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Runs one attempt from start to settlement: the top layer of the error contract. Whatever comes up from below becomes an
 * outcome here, once, and is on its way to the store before the slot is free again.
 */
final class JobRunner {
    private final JobProcessor processor;
    private final ProcessorRegistry registry;
    private final Decision decision;
    private final JobCodec codec;
    private final SettleLoop settling;
    private final Events events;
    private final RateMeter rate;
    private final Ticker ticker;

    JobRunner(
            JobProcessor processor,
            ProcessorRegistry registry,
            Decision decision,
            JobCodec codec,
            SettleLoop settling,
            Events events,
            RateMeter rate,
            Ticker ticker) {
        this.processor = processor;
        this.registry = registry;
        this.decision = decision;
        this.codec = codec;
        this.settling = settling;
        this.events = events;
        this.rate = rate;
        this.ticker = ticker;
    }

    /** Runs an attempt; false if its slot was given away meanwhile, so that this thread must go. */
    boolean run(RunningJob run) {
        if (!run.begin(ticker.nanos())) {
            conclude(run, Outcome.Unfinished.INSTANCE);
            return true;
        }
        Job job = run.job();
        MDC.put("job.id", job.id().toString());
        MDC.put("job.type", SafeText.line(job.type(), 128));
        MDC.put("job.attempt", Integer.toString(job.attempt()));
        JobLog.started(job);
        events.send(() -> new JobEvent.Started(job));
        Outcome outcome = attempt(run);
        boolean keepsSlot = run.end(ticker.nanos());
        rate.count();
        if (outcome == null) {
            JobLog.done(job, run.took(0));
        } else {
            conclude(run, outcome);
        }
        return keepsSlot;
    }

    /** How the attempt ended; null if the job processor has handed over the failure itself. */
    private @Nullable Outcome attempt(RunningJob run) {
        try {
            return processor.process(run) instanceof JobProcessor.Returned returned
                    ? encoded(run.job(), returned.result())
                    : null;
        } catch (Throwable thrown) {
            return run.isStopped() ? Outcome.Unfinished.INSTANCE : new Outcome.Threw(thrown);
        }
    }

    private Outcome encoded(Job job, @Nullable Object result) {
        try {
            return new Outcome.Succeeded(
                    result == null ? null : codec.encode("The result of job type " + job.type(), result));
        } catch (RuntimeException refused) {
            return new Outcome.Unstorable(refused);
        }
    }

    /** Settles an attempt, unless it has been settled already: then this is a late result, which changes nothing. */
    void conclude(RunningJob run, Outcome outcome) {
        Job job = run.job();
        if (!run.trySettle()) {
            JobLog.refused(job);
            run.undos().run(new CancellationException("Job " + job.id() + " had been settled before it returned"));
            return;
        }
        if (outcome instanceof Outcome.Unstorable unstorable) {
            run.undos().run(unstorable.why());
        }
        RetryPolicy policy = registry.retryPolicy(job.type());
        Duration took = run.took(ticker.nanos());
        Settlement settlement = decision.decide(job, outcome, policy, took);
        if (!run.isCancelled() && !run.isLeaseLost()) {
            logFailure(job, settlement, took);
        }
        settling.submit(new Ended(settlement, run, took, false));
    }

    private static void logFailure(Job job, Settlement settlement, Duration took) {
        if (settlement instanceof Settlement.Fail fail) {
            JobLog.failed(job, took, fail.error());
        } else if (settlement instanceof Settlement.Retry retry) {
            JobLog.failed(job, took, retry.error());
        }
    }
}
