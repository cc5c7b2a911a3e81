package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobRelations;
import io.forthwith.internal.DelayRules;
import io.forthwith.internal.SafeText;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a worker ends or returns a job that it claimed. Immutable; made by the factories below.
 *
 * <p>A store applies a settlement only while the job is processing under exactly this {@link #claim()}. If its cancellation
 * was requested meanwhile, the job becomes cancelled instead, whatever the settlement says.
 */
public sealed interface Settlement {
    /** The claim it is fenced by. */
    Claim claim();

    /**
     * The language of the message that a parent without a {@linkplain io.forthwith.Job#locale locale} of its own gets if this
     * fails it, also by way of a requested cancellation. English, unless said otherwise.
     */
    Locale locale();

    /** Returns a copy that has another {@linkplain #locale language}. */
    Settlement in(Locale other);

    /** The job completed; {@code result} is JSON, or null for none. */
    static Settlement complete(Claim claim, @Nullable String result) {
        return new Complete(claim, result, false, Locale.ENGLISH);
    }

    /**
     * The job completed, and is not to be kept: it is deleted, unless something {@linkplain Complete#deletes depends on it}.
     *
     * @param result JSON, or null for none
     */
    static Settlement completeAndDelete(Claim claim, @Nullable String result) {
        return new Complete(claim, result, true, Locale.ENGLISH);
    }

    /**
     * The job failed for good.
     *
     * @param locale the language of the message its parent gets
     */
    static Settlement fail(Claim claim, JobError error, Locale locale) {
        return new Fail(claim, error, locale);
    }

    /** The attempt failed, and the job is due again after {@code delay}. */
    static Settlement retry(Claim claim, JobError error, Duration delay) {
        return new Retry(claim, error, delay, Locale.ENGLISH);
    }

    /** The job was not ready and is due again after {@code delay}; uses up no attempt. */
    static Settlement postpone(Claim claim, Duration delay, String reason) {
        return new Postpone(claim, delay, reason, Locale.ENGLISH);
    }

    /** The job was not run, or not to its end, for reasons outside of it: it is due as before, and no attempt is used up. */
    static Settlement giveBack(Claim claim) {
        return new GiveBack(claim, Locale.ENGLISH);
    }

    /**
     * The job's own part is done, with this result, and it waits for its children, and adds {@code spawn}; settled at once if no
     * child is open.
     *
     * @param result JSON, or null for none
     */
    static Settlement awaitChildren(Claim claim, @Nullable String result, SpawnedJobs spawn) {
        return new AwaitChildren(claim, result, spawn, Locale.ENGLISH);
    }

    /** See {@link Settlement#complete} and {@link Settlement#completeAndDelete}. */
    record Complete(Claim claim, @Nullable String result, boolean isToDelete, Locale locale) implements Settlement {
        /** Checks for null. */
        public Complete {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(locale, "locale");
        }

        @Override
        public Settlement in(Locale other) {
            return new Complete(claim, result, isToDelete, other);
        }

        /**
         * Whether the job, whose claim holds, is deleted by this: only if it was to be, and has nothing to do with other jobs, no durable
         * steps, and is not to be cancelled. Otherwise it completes as any other, and is left to {@link JobStore#purge}.
         */
        public boolean deletes(Job job, boolean hasSteps) {
            JobRelations relations = job.relations();
            return isToDelete
                    && job.cancelRequestedAt() == null
                    && !(job.parentId() != null
                            || relations.isParent()
                            || relations.hasPredecessors()
                            || relations.hasSuccessors())
                    && !(hasSteps || job.hasUndo() || job.isUndo());
        }

        /** The result may hold secrets. */
        @Override
        public String toString() {
            return (isToDelete ? "Complete and delete[" : "Complete[") + claim + "]";
        }
    }

    /** See {@link Settlement#fail}. */
    record Fail(Claim claim, JobError error, Locale locale) implements Settlement {
        /** Checks for null. */
        public Fail {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(error, "error");
            Objects.requireNonNull(locale, "locale");
        }

        @Override
        public Settlement in(Locale other) {
            return new Fail(claim, error, other);
        }
    }

    /** See {@link Settlement#retry}. */
    record Retry(Claim claim, JobError error, Duration delay, Locale locale) implements Settlement {
        /** Checks the delay. */
        public Retry {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(error, "error");
            DelayRules.require(delay);
            Objects.requireNonNull(locale, "locale");
        }

        @Override
        public Settlement in(Locale other) {
            return new Retry(claim, error, delay, other);
        }
    }

    /** See {@link Settlement#postpone}. */
    record Postpone(Claim claim, Duration delay, String reason, Locale locale) implements Settlement {
        /** Checks the delay and makes the reason safe to store. */
        public Postpone {
            Objects.requireNonNull(claim, "claim");
            DelayRules.require(delay);
            reason = SafeText.line(reason, 500);
            Objects.requireNonNull(locale, "locale");
        }

        @Override
        public Settlement in(Locale other) {
            return new Postpone(claim, delay, reason, other);
        }
    }

    /** See {@link Settlement#giveBack}. */
    record GiveBack(Claim claim, Locale locale) implements Settlement {
        /** Checks for null. */
        public GiveBack {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(locale, "locale");
        }

        @Override
        public Settlement in(Locale other) {
            return new GiveBack(claim, other);
        }
    }

    /** See {@link Settlement#awaitChildren}. */
    record AwaitChildren(Claim claim, @Nullable String result, SpawnedJobs spawn, Locale locale) implements Settlement {
        /** Checks for null. */
        public AwaitChildren {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(spawn, "spawn");
            Objects.requireNonNull(locale, "locale");
        }

        @Override
        public Settlement in(Locale other) {
            return new AwaitChildren(claim, result, spawn, other);
        }

        /** The result may hold secrets. */
        @Override
        public String toString() {
            return "AwaitChildren[" + claim + ", " + spawn.jobs().size() + " spawned]";
        }
    }
}
