package io.forthwith.worker;

import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.NotReadyException;
import io.forthwith.RetryPolicy;
import io.forthwith.event.JobEvent;
import io.forthwith.json.JobCodec;
import io.forthwith.store.Settlement;
import io.forthwith.text.SafeText;
import java.time.Duration;
import java.util.Locale;
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
    private final Locale locale;
    private final SettleLoop settling;
    private final Events events;
    private final RateMeter rate;
    private final Counts counts;
    private final NextLook nextDeadline;
    private final Ticker ticker;

    JobRunner(Engine engine, JobProcessor processor, Decision decision, Events events) {
        this.processor = processor;
        this.registry = engine.registry;
        this.decision = decision;
        this.codec = engine.config.codec();
        this.locale = engine.config.locale();
        this.settling = engine.settling;
        this.events = events;
        this.rate = engine.rate;
        this.counts = engine.counts;
        this.nextDeadline = engine.nextDeadline;
        this.ticker = engine.config.ticker();
    }

    /** Runs an attempt on the current thread. */
    void run(RunningJob run) {
        if (!run.begin(ticker.nanos())) {
            settle(run, Outcome.Unfinished.INSTANCE);
            return;
        }
        Job job = run.job();
        nextDeadline.begun(registry.timeLimit(job));
        MDC.put("job.id", job.id().toString());
        MDC.put("job.type", SafeText.line(job.type(), 128));
        MDC.put("job.attempt", Integer.toString(job.attempt()));
        JobLog.started(job);
        events.send(() -> new JobEvent.Started(job));
        Outcome outcome = attempt(run);
        run.end(ticker.nanos());
        rate.count();
        if (outcome == null) {
            JobLog.done(job, run.took(0));
        } else if (!settle(run, outcome)) {
            counts.refused();
            JobLog.refused(job);
            run.undos().run(new CancellationException("Job " + job.id() + " had been settled before it returned"));
        }
    }

    /** How the attempt ended; null if the job processor has handed over the failure itself. */
    private @Nullable Outcome attempt(RunningJob run) {
        try {
            return processor.process(run) instanceof JobProcessor.Returned returned
                    ? encoded(run, returned.result())
                    : null;
        } catch (JobException | NotReadyException said) {
            return new Outcome.Threw(said);
        } catch (Throwable thrown) {
            // Broken off by a stopping worker: most likely what was thrown says no more than that.
            return run.isStopped() ? Outcome.Unfinished.INSTANCE : new Outcome.Threw(thrown);
        }
    }

    private Outcome encoded(RunningJob run, @Nullable Object result) {
        try {
            return new Outcome.Succeeded(
                    result == null
                            ? null
                            : codec.encode("The result of job type " + run.job().type(), result));
        } catch (Throwable refused) {
            run.undos().run(refused);
            return new Outcome.Unstorable(refused);
        }
    }

    /**
     * Settles an attempt with this outcome; false, and nothing is changed, if it has been settled already: a worker makes one
     * settlement per claim.
     */
    boolean settle(RunningJob run, Outcome outcome) {
        if (!run.trySettle()) {
            return false;
        }
        Job job = run.job();
        Duration took = run.took(ticker.nanos());
        Settlement settlement = decide(run, outcome, took);
        if (!run.isCancelled() && !run.isLeaseLost()) {
            logFailure(job, settlement, took);
        }
        settling.submit(Ended.of(run, settlement, took));
        return true;
    }

    private Settlement decide(RunningJob run, Outcome outcome, Duration took) {
        RetryPolicy policy = registry.retryPolicy(run.job().type());
        try {
            return decision.decide(run.job(), outcome, policy, took);
        } catch (Throwable broken) {
            // A back-off of the host's own may throw; the job must not be left in processing for that.
            return Settlement.fail(run.claim(), ErrorClassifier.standard().classify(broken), locale);
        }
    }

    private static void logFailure(Job job, Settlement settlement, Duration took) {
        if (settlement instanceof Settlement.Fail fail) {
            JobLog.failed(job, took, fail.error());
        } else if (settlement instanceof Settlement.Retry retry) {
            JobLog.failed(job, took, retry.error());
        }
    }
}
