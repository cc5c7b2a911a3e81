package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.sql.Session;
import java.sql.SQLException;

/**
 * What a transaction does beside the change of a job: it is committed with the change, or not at all. A transaction that is repeated does it again.
 *
 * @param <T> what has become of the job
 */
public interface Beside<T> {
    /** Runs before the jobs are locked. */
    default void begins(Session session) throws SQLException {}

    /** Runs after the jobs were changed, and right before the commit. */
    void ends(Session session, T answer) throws SQLException;

    /** Nothing. */
    static <T> Beside<T> nothing() {
        return (session, answer) -> {};
    }
}
