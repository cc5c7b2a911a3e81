package io.forthwith.store;

import io.forthwith.JobError;
import io.forthwith.text.Delays;
import io.forthwith.text.SafeText;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a worker ends or hands back a job it claimed. Immutable, made by the factories below.
 *
 * <p>A store applies a settlement only while the job is processing under exactly this {@link #claim()}. If its cancellation
 * was requested meanwhile, the job becomes cancelled instead, whatever the settlement says.
 */
public sealed interface Settlement {
    /** The claim it is fenced by. */
    Claim claim();

    /** The language of the message that a parent gets if this fails it; English where the settlement names none. */
    default Locale locale() {
        return Locale.ENGLISH;
    }

    /** The job completed; {@code result} is JSON, or null for none. */
    static Settlement complete(Claim claim, @Nullable String result) {
        return new Complete(claim, result);
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
        return new Retry(claim, error, delay);
    }

    /** The job was not ready and is due again after {@code delay}; uses up no attempt. */
    static Settlement postpone(Claim claim, Duration delay, String reason) {
        return new Postpone(claim, delay, reason);
    }

    /** The job was not run, or not to its end, through no fault of its own: due as before; uses up no attempt. */
    static Settlement giveBack(Claim claim) {
        return new GiveBack(claim);
    }

    /** The job's own part is done and it waits for its children; settled at once if none is open. */
    static Settlement awaitChildren(Claim claim, Locale locale) {
        return new AwaitChildren(claim, locale);
    }

    /** See {@link Settlement#complete}. */
    record Complete(Claim claim, @Nullable String result) implements Settlement {
        /** Checks for null. */
        public Complete {
            Objects.requireNonNull(claim, "claim");
        }

        /** The result may hold secrets. */
        @Override
        public String toString() {
            return "Complete[" + claim + "]";
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
    }

    /** See {@link Settlement#retry}. */
    record Retry(Claim claim, JobError error, Duration delay) implements Settlement {
        /** Checks the delay. */
        public Retry {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(error, "error");
            Delays.require(delay);
        }
    }

    /** See {@link Settlement#postpone}. */
    record Postpone(Claim claim, Duration delay, String reason) implements Settlement {
        /** Checks the delay and makes the reason safe to store. */
        public Postpone {
            Objects.requireNonNull(claim, "claim");
            Delays.require(delay);
            reason = SafeText.line(reason, 500);
        }
    }

    /** See {@link Settlement#giveBack}. */
    record GiveBack(Claim claim) implements Settlement {
        /** Checks for null. */
        public GiveBack {
            Objects.requireNonNull(claim, "claim");
        }
    }

    /** See {@link Settlement#awaitChildren}. */
    record AwaitChildren(Claim claim, Locale locale) implements Settlement {
        /** Checks for null. */
        public AwaitChildren {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(locale, "locale");
        }
    }
}
