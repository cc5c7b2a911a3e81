package io.forthwith.worker.internal.attempt;

import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.NotReadyException;
import io.forthwith.RetryPolicy;
import io.forthwith.internal.MessagesToUser;
import io.forthwith.internal.StackTraceText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.ExpiryRule;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.Redaction;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides the settlement of an attempt that has ended. It depends only on the job, the outcome, the rules of the job
 * type and a random number, not on a store, a clock or threads. Immutable and thread-safe.
 */
public final class SettlementDecision {
    /** How long a job can be postponed, from the first time on. */
    static final Duration MAX_NOT_READY = Duration.ofHours(24);

    /** The code of an attempt whose result, or the result of a step, cannot be stored. */
    static final String RESULT_UNSTORABLE = "result_unstorable";

    private static final RetryPolicy UNDO_POLICY = RetryPolicy.exponential();

    private final ErrorClassifier classifier;
    private final Redaction redaction;
    private final Locale locale;
    private final MessagesToUser text;
    private final RandomGenerator random;
    /** Made in advance, because after an OutOfMemoryError there may be no memory to describe it. */
    private final JobError undescribed;

    /** How a type of job treats failures. */
    public record Rules(RetryPolicy retryPolicy, ErrorClassifier classifier) {
        /** The rules of a type without a processor. */
        public static final Rules NONE = new Rules(RetryPolicy.none(), thrown -> null);

        public Rules {
            Objects.requireNonNull(retryPolicy, "retryPolicy");
            Objects.requireNonNull(classifier, "errorClassifier");
        }
    }

    public SettlementDecision(ErrorClassifier classifier, Locale locale, RandomGenerator random) {
        this(classifier, Redaction.NONE, locale, random);
    }

    public SettlementDecision(ErrorClassifier classifier, Redaction redaction, Locale locale, RandomGenerator random) {
        this.classifier = classifier;
        this.redaction = redaction;
        this.locale = locale;
        this.text = MessagesToUser.in(locale);
        this.random = random;
        this.undescribed = JobError.permanent("unexpected", text.failureUndescribed());
    }

    /**
     * Decides the settlement.
     *
     * @param took how long the attempt took
     */
    public Settlement decide(Job job, AttemptOutcome outcome, Rules rules, Duration took) {
        Settlement decided = decideOnce(job, outcome, rules, took);
        // An undo job never fails: it is tried again until it succeeds.
        Settlement lasting = job.isUndo() && decided instanceof Settlement.Fail fail
                ? Settlement.retry(fail.claim(), fail.error(), UNDO_POLICY.delayAfter(job.attempt(), random))
                : decided;
        return lasting.in(locale);
    }

    private Settlement decideOnce(Job job, AttemptOutcome outcome, Rules rules, Duration took) {
        Claim claim = Claim.of(job);
        if (outcome instanceof AttemptOutcome.Succeeded succeeded) {
            return succeeded.spawn().jobs().isEmpty()
                    ? Settlement.complete(claim, succeeded.result())
                    : Settlement.awaitChildren(claim, succeeded.result(), succeeded.spawn());
        }
        if (outcome instanceof AttemptOutcome.Threw threw) {
            NotReadyException later = threw.notReady();
            Duration rest = threw.rest();
            if (rest != null) {
                return postponed(job, claim, rest, text(job).rateLimited(), took);
            }
            return later != null
                    ? postponed(job, claim, later.delay(), redaction.text(later.reason()), took)
                    : failed(job, claim, threw, rules);
        }
        if (outcome instanceof AttemptOutcome.TimedOut timedOut) {
            return fail(claim, JobError.permanent("time_limit", text(job).timeLimit(timedOut.limit())));
        }
        if (outcome instanceof AttemptOutcome.Unstorable unstorable) {
            JobLog.unstorable(job, redaction.text(StackTraceText.line(unstorable.why())));
            return fail(claim, redaction.error(resultUnstorable(text(job)).causedBy(unstorable.why())));
        }
        if (outcome instanceof AttemptOutcome.Expired) {
            return fail(claim, ExpiryRule.error(job, locale));
        }
        if (outcome instanceof AttemptOutcome.UnreadableLimits) {
            return fail(claim, JobError.permanent("unreadable_limits", text(job).unreadableLimits()));
        }
        if (outcome instanceof AttemptOutcome.Unfinished) {
            return Settlement.giveBack(claim);
        }
        throw new AssertionError("Unknown outcome " + outcome);
    }

    /** How many attempts a job may have. */
    public static int maxAttempts(Job job, RetryPolicy policy) {
        Integer own = job.maxAttempts();
        return own != null ? own : policy.maxAttempts();
    }

    /**
     * A substitute for a settlement that the store has refused permanently. Each substitute is simpler than the one
     * before, so that a failure is always recorded.
     *
     * @param job null if the worker does not know the job
     */
    public Settlement substituteFor(Settlement refused, @Nullable Job job) {
        return substituteFor(refused, job == null ? text : text(job)).in(locale);
    }

    private Settlement substituteFor(Settlement refused, MessagesToUser text) {
        Claim claim = refused.claim();
        if (refused instanceof Settlement.Fail fail) {
            JobError error = fail.error();
            return error.trace() != null || error.exceptionClass() != null
                    ? fail(claim, error.bare())
                    : fail(claim, failureUnstorable(text));
        }
        if (refused instanceof Settlement.Retry retry) {
            return retry.error().trace() != null || retry.error().exceptionClass() != null
                    ? Settlement.retry(claim, retry.error().bare(), retry.delay())
                    : fail(claim, failureUnstorable(text));
        }
        if (refused instanceof Settlement.Complete || refused instanceof Settlement.AwaitChildren) {
            return fail(claim, resultUnstorable(text));
        }
        return refused instanceof Settlement.Postpone ? fail(claim, failureUnstorable(text)) : refused;
    }

    /** The settlement of a job whose children the store cannot add, because a unique key or an id is in use. */
    public Settlement.Fail conflicting(Settlement refused, Job job) {
        JobError error = JobError.permanent("unique_key_taken", text(job).uniqueKeyTaken());
        return new Settlement.Fail(refused.claim(), error, locale);
    }

    private Settlement postponed(Job job, Claim claim, Duration delay, String reason, Duration took) {
        Instant since = job.postponedSince();
        Instant claimed = job.startedAt();
        boolean tooOld = since != null
                && claimed != null
                && Duration.between(since, claimed).plus(took).compareTo(MAX_NOT_READY) >= 0;
        return tooOld
                ? fail(claim, JobError.permanent("not_ready", text(job).notReady(reason)))
                : Settlement.postpone(claim, delay, reason);
    }

    private Settlement failed(Job job, Claim claim, AttemptOutcome.Threw threw, Rules rules) {
        JobError error = redaction.error(describe(threw.thrown(), rules.classifier()));
        if (error.code().equals(RESULT_UNSTORABLE)
                && threw.said() instanceof JobException said
                && said.getCause() != null) {
            JobLog.unstorable(job, redaction.text(StackTraceText.line(said.getCause())));
        }
        if (!error.retryable() || job.attempt() >= maxAttempts(job, rules.retryPolicy())) {
            return fail(claim, error);
        }
        Duration asked = error.retryAfter();
        try {
            return Settlement.retry(
                    claim, error, asked != null ? asked : rules.retryPolicy().delayAfter(job.attempt(), random));
        } catch (Throwable broken) {
            JobLog.hostThrew(broken, "[Worker] The back-off threw; job {} fails instead of being retried", job.id());
            return fail(claim, error);
        }
    }

    /** Asks the classifiers one after the other. If one throws, the failure loses detail, but it is recorded. */
    private JobError describe(Throwable thrown, ErrorClassifier ofType) {
        JobError error = ask(ofType, thrown);
        if (error == null) {
            error = ask(classifier, thrown);
        }
        if (error == null) {
            error = ask(ErrorClassifier.standard(), thrown);
        }
        if (error == null) {
            return undescribed;
        }
        try {
            return error.exceptionClass() == null ? error.causedBy(thrown) : error;
        } catch (Throwable broken) {
            return error;
        }
    }

    private static @Nullable JobError ask(ErrorClassifier classifier, Throwable thrown) {
        try {
            return classifier.classify(thrown);
        } catch (Throwable broken) {
            JobLog.hostThrew(
                    broken, "[Worker] An error classifier threw, asked about {}; the next is asked", thrown.getClass());
            return null;
        }
    }

    /** The settlement of an attempt for which {@link #decide} has thrown. Also here, an undo job never fails. */
    public Settlement undecided(Job job) {
        Claim claim = Claim.of(job);
        return job.isUndo()
                ? Settlement.retry(claim, undescribed, RetryPolicy.DEFAULT_FIRST_DELAY)
                : fail(claim, undescribed);
    }

    private static JobError resultUnstorable(MessagesToUser text) {
        return JobError.permanent(RESULT_UNSTORABLE, text.resultUnstorable());
    }

    private static JobError failureUnstorable(MessagesToUser text) {
        return JobError.permanent("failure_unstorable", text.failureUnstorable());
    }

    /** The messages of the library to the user of a job. */
    private MessagesToUser text(Job job) {
        return MessagesToUser.in(job.localeOr(locale));
    }

    private Settlement fail(Claim claim, JobError error) {
        return Settlement.fail(claim, error, locale);
    }
}
