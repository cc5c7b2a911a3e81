package io.forthwith.dashboard;

import io.forthwith.internal.LoggedException;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the host does to texts that may hold secrets; it never throws. Thread-safe if that of the host is. */
final class Redactor implements UnaryOperator<String> {
    static final Redactor NONE = new Redactor(UnaryOperator.identity());

    private static final Logger LOG = LoggerFactory.getLogger(Dashboard.class);

    private final UnaryOperator<String> hosts;

    Redactor(UnaryOperator<String> hosts) {
        this.hosts = hosts;
    }

    @Override
    public String apply(String text) {
        try {
            String shown = hosts.apply(text);
            return shown == null ? "" : shown;
        } catch (RuntimeException | StackOverflowError e) {
            // Regular expressions fail with the latter on long texts. The message may quote the text, so it is not
            // logged.
            LOG.error("The redactor has failed, so a text is not shown", LoggedException.of(e, message -> ""));
            return "…";
        }
    }
}
