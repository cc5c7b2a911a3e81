package io.forthwith.benchmarks;

import javax.sql.DataSource;

/**
 * A job library, set up so that it responds: with its defaults, or with the settings that make it as quick as its documentation allows.
 * Immutable. Jobs are numbered, and running job <i>n</i> means calling {@link Work#run} with <i>n</i>.
 */
interface Responder {
    String name();

    /** What it was told, in words for the report. */
    String settings();

    /** Makes its tables, by its own scripts, in an empty schema. */
    void createTables(DataSource database) throws Exception;

    /** A process that only enqueues. */
    Host client(DataSource database) throws Exception;

    /** A process that runs jobs, at least {@value #CONCURRENCY} at a time, and enqueues as well. */
    Host worker(DataSource database, Work work) throws Exception;

    /** A query for how many jobs have visibly failed in the tables. */
    String failures();

    /** The same for jobs that no worker has a handler for, if such a row ends in a way of its own. */
    default String unknowns() {
        return failures();
    }

    /** How many jobs a worker must be able to run at a time. */
    int CONCURRENCY = 10;

    /** The part of a library that a process holds; closing it stops it. */
    interface Host extends AutoCloseable {
        /** Enqueues one job that is due at once, in a transaction of its own, and returns when that has been committed. */
        void enqueue(int number) throws Exception;

        /**
         * Enqueues one job for which no worker has a handler.
         *
         * @return from when on a worker could notice, by {@link System#nanoTime}
         */
        long enqueueUnknown(int number) throws Exception;
    }
}
