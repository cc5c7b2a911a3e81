package io.forthwith.internal;

import java.text.MessageFormat;
import java.time.Duration;
import java.util.Locale;
import java.util.ResourceBundle;

/** The messages of the library to the user of a job, in English or Chinese. Immutable and thread-safe. */
public final class MessagesToUser {
    private static final String BUNDLE = "io.forthwith.text.messages";

    private final Locale locale;
    private final ResourceBundle words;

    private MessagesToUser(Locale locale, ResourceBundle words) {
        this.locale = locale;
        this.words = words;
    }

    /**
     * The messages for {@code locale}: Chinese if its language is {@code zh}, with any country or script, otherwise
     * English. A message without a translation is English too.
     */
    public static MessagesToUser in(Locale locale) {
        return in(locale, BUNDLE);
    }

    static MessagesToUser in(Locale locale, String bundle) {
        // ResourceBundle does not choose the language: before the English root it would try the default locale of the
        // JVM.
        return locale.getLanguage().equals("zh")
                ? new MessagesToUser(Locale.CHINESE, ResourceBundle.getBundle(bundle, Locale.CHINESE))
                : new MessagesToUser(Locale.ENGLISH, ResourceBundle.getBundle(bundle, Locale.ROOT));
    }

    /** The type of the job has no processor. */
    public String unknownType(String type) {
        return say("unknown_type", SafeText.line(type, 200));
    }

    /** The attempt exceeded its time limit. */
    public String timeLimit(Duration limit) {
        return say("time_limit", seconds(limit));
    }

    /** The job was not started by its deadline. */
    public String expired() {
        return say("expired");
    }

    /** The limits of the job could not be read. */
    public String unreadableLimits() {
        return say("unreadable_limits");
    }

    /** The job has lost as many workers as is allowed. */
    public String workerLost(int times) {
        return say("worker_lost", times);
    }

    /** The job has been postponed for longer than is allowed. */
    public String notReady(String reason) {
        return say("not_ready", reason);
    }

    /** A service has too many calls, so the job is postponed. */
    public String rateLimited() {
        return say("rate_limited");
    }

    /** The work of the job could not be committed and is done again. */
    public String commitFailed() {
        return say("commit_failed");
    }

    /** The result of the job could not be stored. */
    public String resultUnstorable() {
        return say("result_unstorable");
    }

    /** The job failed, and the description of its failure could not be stored. */
    public String failureUnstorable() {
        return say("failure_unstorable");
    }

    /** The job failed, and the failure could not be described. */
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

    /** A predecessor of the job failed. */
    public String predecessorFailed(String message) {
        return say("predecessor_failed", message);
    }

    /** A predecessor of the job was cancelled. */
    public String predecessorCancelled() {
        return say("predecessor_cancelled");
    }

    /** The job has spawned children that could not be added. */
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
