package io.forthwith.internal;

import java.text.MessageFormat;
import java.time.Duration;
import java.util.Locale;
import java.util.ResourceBundle;

/** The library's own words to an end user, in English or Chinese. Immutable and thread-safe. */
public final class UserMessages {
    private static final String BUNDLE = "io.forthwith.text.messages";

    private final Locale locale;
    private final ResourceBundle words;

    private UserMessages(Locale locale, ResourceBundle words) {
        this.locale = locale;
        this.words = words;
    }

    /**
     * The words for {@code locale}: Chinese where its language is {@code zh}, whatever the country or script, English everywhere
     * else and for what is not translated.
     */
    public static UserMessages in(Locale locale) {
        return in(locale, BUNDLE);
    }

    static UserMessages in(Locale locale, String bundle) {
        // Chosen here, not by ResourceBundle: it would fall back to the JVM's default locale before the English root.
        return locale.getLanguage().equals("zh")
                ? new UserMessages(Locale.CHINESE, ResourceBundle.getBundle(bundle, Locale.CHINESE))
                : new UserMessages(Locale.ENGLISH, ResourceBundle.getBundle(bundle, Locale.ROOT));
    }

    /** No processor is registered for the type. */
    public String unknownType(String type) {
        return say("unknown_type", SafeText.line(type, 200));
    }

    /** The job ran longer than its time limit. */
    public String timeLimit(Duration limit) {
        return say("time_limit", seconds(limit));
    }

    /** The workers running the job were lost as often as is allowed. */
    public String workerLost(int times) {
        return say("worker_lost", times);
    }

    /** The job was postponed again and again for longer than is allowed. */
    public String notReady(String reason) {
        return say("not_ready", reason);
    }

    /** The job's result could not be stored. */
    public String resultUnstorable() {
        return say("result_unstorable");
    }

    /** The job failed, and not even the description of its failure could be stored. */
    public String failureUnstorable() {
        return say("failure_unstorable");
    }

    /** The job failed, and why could not be put into words. */
    public String failureUndescribed() {
        return say("failure_undescribed");
    }

    /** Children of the job failed. */
    public String childrenFailed(long failed, long total, String firstMessage) {
        return say("children_failed", failed, total, firstMessage);
    }

    /** Children of the job were cancelled. */
    public String childrenCancelled(long cancelled, long total) {
        return say("children_cancelled", cancelled, total);
    }

    /** A job that it had to come after failed. */
    public String predecessorFailed(String message) {
        return say("predecessor_failed", message);
    }

    /** A job that it had to come after was cancelled. */
    public String predecessorCancelled() {
        return say("predecessor_cancelled");
    }

    /** Children that the job spawned could not be added. */
    public String uniqueKeyTaken() {
        return say("unique_key_taken");
    }

    private String say(String key, Object... values) {
        return new MessageFormat(words.getString(key), locale).format(values);
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0
                ? Long.toString(duration.toSeconds())
                : String.format(Locale.ROOT, "%.3f", duration.toMillis() / 1000.0);
    }
}
