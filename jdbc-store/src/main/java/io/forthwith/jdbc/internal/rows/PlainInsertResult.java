package io.forthwith.jdbc.internal.rows;

/** What an attempt to insert a plain job has done. */
public enum PlainInsertResult {
    /** Nothing: its id is not new, or the database has no cheaper way for such jobs. */
    NOT_INSERTED,
    /** The job is inserted, and other processes have not been told of it. */
    INSERTED,
    /** The job is inserted, and its commit tells other processes. */
    INSERTED_AND_TOLD
}
