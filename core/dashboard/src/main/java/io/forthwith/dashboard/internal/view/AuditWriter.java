package io.forthwith.dashboard.internal.view;

import io.forthwith.internal.LoggedException;
import io.forthwith.internal.SafeText;
import io.forthwith.store.act.Author;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes who has changed what: to the log, by the logger {@code io.forthwith.dashboard.audit}, one line for each change; and into the audit of the store, if it has one. */
public final class AuditWriter {
    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard.audit");
    private static final int LONGEST = 500;

    private AuditWriter() {}

    /**
     * Something was done, or tried. The redactor has all but the word.
     *
     * @param what a word for what was done, and to which job, queue or schedule
     * @param outcome what the store has answered
     */
    public static void did(View view, String what, @Nullable Object outcome) {
        LOG.info("{}: {}: {}", line(view.access().who()), act(view, what), outcome(view, outcome));
    }

    /** One of many jobs: what was done to all of them is said in a line of its own. */
    public static void didOne(View view, String what, Object outcome) {
        if (LOG.isDebugEnabled()) {
            LOG.debug("{}: {}: {}", line(view.access().who()), act(view, what), outcome(view, outcome));
        }
    }

    public static void refused(View view, String what) {
        LOG.warn("{}: may not do this: {}", line(view.access().who()), line(what));
    }

    /** The word for it as it is; what follows may be a key or a filter. */
    private static String act(View view, String what) {
        int end = what.indexOf(' ') + 1;
        return line(what.substring(0, end) + (end == 0 ? what : view.redacted(what.substring(end))));
    }

    private static String outcome(View view, @Nullable Object outcome) {
        return line(view.redacted(String.valueOf(outcome)));
    }

    /** The viewer, as the audit of the store names them. */
    public static Author author(View view, @Nullable String reason) {
        return new Author(view.access().who(), reason, view.access().address());
    }

    /**
     * Writes what was done into the audit of the store, if it has one. What was done stays done if that fails, and the log says so.
     *
     * @param what was done
     * @param subject to what
     */
    public static void store(
            View view, String what, String subject, @Nullable String reason, @Nullable Object outcome) {
        try {
            view.source()
                    .audit()
                    .ifPresent(audit ->
                            audit.record(author(view, reason), what, List.of(subject), line(String.valueOf(outcome))));
        } catch (RuntimeException e) {
            LOG.error(
                    "{}: {} {}: this was not written into the audit of the store",
                    line(view.access().who()),
                    line(view.redacted(what)),
                    line(view.redacted(subject)),
                    LoggedException.of(e, view.redactor()));
        }
    }

    /** A text in one line, so that nobody can write a line of their own into the log. */
    public static String line(String text) {
        return SafeText.line(text, LONGEST);
    }
}
