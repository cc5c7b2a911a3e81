package io.forthwith.jdbc.internal.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The text of a statement for one database, with all placeholders filled. Immutable and thread-safe. */
public final class StatementText {
    /**
     * Marks a list in the text for a database that takes no list as a parameter. For each execution the list is
     * written out with one question mark per value.
     */
    public static final String LIST = "\0";

    private final List<String> pieces;
    /** One object for all executions: drivers look prepared statements up by it, and its hash is computed once. */
    private final String text;

    private final boolean readsSnapshot;
    private final @Nullable StatementText latest;

    private StatementText(String text, boolean readsSnapshot, @Nullable StatementText latest) {
        this.text = text;
        this.pieces = List.of(text.split(LIST, -1));
        this.readsSnapshot = readsSnapshot;
        this.latest = latest;
    }

    /** A statement with one text for all sessions. */
    public static StatementText of(String text) {
        return new StatementText(text, false, null);
    }

    /**
     * A query that reads the snapshot of its transaction, with another text for sessions that read what is committed.
     *
     * @param latest the same query on the latest committed rows; null if the template has no <code>{latest}</code>
     */
    public static StatementText reading(String text, @Nullable StatementText latest) {
        return new StatementText(text, true, latest);
    }

    /**
     * The statement to run in a session that reads the latest committed rows; see {@link Session#latest}. @throws
     * IllegalStateException if the template has no <code>{latest}</code>, so that the query would read an old
     * snapshot
     *
     * @throws IllegalStateException if the text does not say how: it would read an old snapshot
     */
    StatementText latest() {
        if (readsSnapshot && latest == null) {
            throw new IllegalStateException("Without {" + StatementTemplates.LATEST + "}: " + text());
        }
        return latest == null ? this : latest;
    }

    /** The same statement with more text at its end, for sessions that do not read the latest. */
    public StatementText plus(String rest) {
        return of(text() + rest);
    }

    /** The whole text. */
    String text() {
        return text;
    }

    /** The pieces of text between the lists that are written out; one piece if there are none. */
    public List<String> pieces() {
        return pieces;
    }
}
