package io.forthwith.store.act;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.internal.StringsAsJson;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is done to a job by hand: it is retried, cancelled or changed. Immutable.
 *
 * @param kind which of the three
 * @param change what changes; null unless the kind is {@link Kind#CHANGE}
 * @param locale the language of the message of a job that ends by this; it is of no meaning for the other two
 */
public record Deed(Kind kind, @Nullable JobChange change, Locale locale) {
    /** What can be done. */
    public enum Kind {
        /** Failed and cancelled jobs are tried again. */
        RETRY,
        /** Open jobs are cancelled. */
        CANCEL,
        /** Open jobs are due at another time, or have another priority or queue. */
        CHANGE;

        /** The word for it, as it is stored. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The kind that this word stands for; null if it is that of a later version. */
        public static @Nullable Kind parse(String text) {
            for (Kind kind : values()) {
                if (kind.text().equals(text)) {
                    return kind;
                }
            }
            return null;
        }
    }

    /** Checks that there is a change where one is meant, and nowhere else. */
    public Deed {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(locale, "locale");
        if ((kind == Kind.CHANGE) != (change != null)) {
            throw new IllegalArgumentException("To " + kind.text() + " jobs, the change is " + change
                    + ": give one to change them, and none to retry or cancel them");
        }
        if (change != null) {
            change.notEmpty();
        }
    }

    /** Retries. */
    public static Deed retry() {
        return new Deed(Kind.RETRY, null, Locale.ENGLISH);
    }

    /** Cancels, with messages in this language. */
    public static Deed cancel(Locale locale) {
        return new Deed(Kind.CANCEL, null, locale);
    }

    /** Changes when jobs are due, their priority or their queue. */
    public static Deed change(JobChange change) {
        return new Deed(Kind.CHANGE, Objects.requireNonNull(change, "change"), Locale.ENGLISH);
    }

    /** What has become of it, as the audit has it: {@code RETRIED}, {@code CANCELLED} or {@code CHANGED} if it is done, and otherwise the name of the outcome. */
    public String answer(ActResult result) {
        if (result.outcome() != ActResult.Outcome.DONE) {
            return result.outcome().name();
        }
        return switch (kind) {
            case RETRY -> "RETRIED";
            case CANCEL -> "CANCELLED";
            case CHANGE -> "CHANGED";
        };
    }

    /**
     * Narrows a query to the jobs to which this can be done.
     *
     * @throws IllegalArgumentException if the query names another status
     */
    public JobQuery possible(JobQuery query) {
        return kind == Kind.RETRY ? query.retryable() : query.open();
    }

    /** Whether somebody who was asked at this time can have meant a job: it ended, or was enqueued, before. */
    public boolean isMeant(Job job, Instant until) {
        Instant time = kind == Kind.RETRY ? job.completedAt() : job.createdAt();
        return time != null && !time.isAfter(until);
    }

    /** In one line, for people: {@code change {"priority":"9"}}. */
    public String text() {
        String what = changeText();
        return what == null ? kind.text() : kind.text() + " " + what;
    }

    /** The change as a JSON object of strings, as it is stored; null if there is none. */
    public @Nullable String changeText() {
        if (change == null) {
            return null;
        }
        Map<String, String> values = new TreeMap<>();
        put(values, "runAt", change.runAt());
        put(values, "delay", change.delay());
        put(values, "priority", change.priority());
        put(values, "queue", change.queue());
        return StringsAsJson.write(values);
    }

    private static void put(Map<String, String> values, String name, @Nullable Object value) {
        if (value != null) {
            values.put(name, value.toString());
        }
    }

    /**
     * Reads what {@link Kind#text}, {@link #changeText} and a locale's tag were written as.
     *
     * @throws IllegalArgumentException if a later version, or another program, has written something that this one does not know: then it must be left alone
     */
    public static Deed parse(String kindText, @Nullable String changeText, String localeTag) {
        Kind kind = Kind.parse(kindText);
        if (kind == null) {
            throw new IllegalArgumentException(
                    "\"" + kindText + "\" is nothing that this version can do to jobs: retry, cancel or change");
        }
        return new Deed(kind, changeText == null ? null : change(changeText), Locale.forLanguageTag(localeTag));
    }

    private static JobChange change(String text) {
        JobChange change = JobChange.of();
        try {
            for (Map.Entry<String, String> each : StringsAsJson.parse(text).entrySet()) {
                String value = each.getValue();
                change = switch (each.getKey()) {
                    case "runAt" -> change.runAt(Instant.parse(value));
                    case "delay" -> change.delay(Duration.parse(value));
                    case "priority" -> change.priority(Integer.parseInt(value));
                    case "queue" -> change.queue(value);
                    default ->
                        throw new IllegalArgumentException(
                                "\"" + each.getKey() + "\" of a job is nothing that this version can change");
                };
            }
        } catch (DateTimeException unreadable) {
            throw new IllegalArgumentException("The change " + text + " cannot be read", unreadable);
        }
        return change;
    }
}
