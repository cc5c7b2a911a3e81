package io.forthwith.jdbc.internal.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The text of a statement as one database wants it, without placeholders. Immutable and thread-safe. */
public final class SqlStatement {
    /** In text, what a database that knows no lists as parameters has written out for each execution, a question mark per value. */
    public static final String LIST = "\0";

    private final List<String> pieces;
    private final boolean readsSnapshot;
    private final @Nullable SqlStatement latest;

    private SqlStatement(String text, boolean readsSnapshot, @Nullable SqlStatement latest) {
        this.pieces = List.of(text.split(LIST, -1));
        this.readsSnapshot = readsSnapshot;
        this.latest = latest;
    }

    /** A statement that is the same however a session reads. */
    public static SqlStatement of(String text) {
        return new SqlStatement(text, false, null);
    }

    /**
     * A query that reads the snapshot of its transaction.
     *
     * @param latest the same query of what is committed by now; null if it has no <code>{latest}</code>
     */
    public static SqlStatement reading(String text, @Nullable SqlStatement latest) {
        return new SqlStatement(text, true, latest);
    }

    /**
     * What is to be run in a session that reads what is committed by now; see {@link Session#latest}.
     *
     * @throws IllegalStateException if the text does not say how: it would read an old snapshot
     */
    SqlStatement latest() {
        if (readsSnapshot && latest == null) {
            throw new IllegalStateException("Without {" + SqlText.LATEST + "}: " + text());
        }
        return latest == null ? this : latest;
    }

    /** The same with more at its end, as long as it does not matter how a session reads. */
    public SqlStatement plus(String rest) {
        return of(text() + rest);
    }

    /** The whole text. */
    String text() {
        return String.join(LIST, pieces);
    }

    /** What is between the lists that are to be written out; one piece if there are none. */
    public List<String> pieces() {
        return pieces;
    }
}
