package io.forthwith.dashboard.internal.view;

import io.forthwith.internal.SafeText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes to the log who has changed what: by the logger {@code io.forthwith.dashboard.audit}, one line for each change. */
public final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard.audit");
    private static final int LONGEST = 500;

    private Audit() {}

    /**
     * Something was done, or tried.
     *
     * @param what was done to which job, queue or schedule
     * @param outcome what the store has answered
     */
    public static void did(View view, String what, @Nullable Object outcome) {
        LOG.info("{}: {}: {}", line(view.access().who()), line(what), line(String.valueOf(outcome)));
    }

    /** One of many jobs: what was done to all of them is said in a line of its own. */
    public static void didOne(View view, String what, Object outcome) {
        LOG.debug("{}: {}: {}", line(view.access().who()), line(what), line(String.valueOf(outcome)));
    }

    public static void refused(View view, String what) {
        LOG.warn("{}: may not do this: {}", line(view.access().who()), line(what));
    }

    /** A text in one line, so that nobody can write a line of their own into the log. */
    public static String line(String text) {
        return SafeText.line(text, LONGEST);
    }
}
