package io.forthwith.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * A job library, set up for short response times: with its defaults, or with the quickest settings that its documentation allows.
 * Immutable. Jobs are numbered, and running job <i>n</i> means calling {@link Work#run} with <i>n</i>.
 */
interface Responder {
    String name();

    /** Its settings, as text for the report. */
    String settings();

    /** Creates its tables, with its own scripts, in an empty schema. */
    void createTables(DataSource database) throws Exception;

    /** Why it cannot run on this machine, if so. May install what it needs. By default it can run. */
    default Optional<String> missing() throws IOException, InterruptedException {
        return Optional.empty();
    }

    /** A builder of a process with a worker, which reads the commands of {@link ResponderMain} and answers as it does. */
    default ProcessBuilder process(Behaviour behaviour) throws IOException, InterruptedException {
        return JavaCommand.of(ResponderMain.class, List.of(name(), behaviour.name()));
    }

    /** A process that only enqueues. */
    Host client(DataSource database) throws Exception;

    /** A process that runs jobs, at least {@value #CONCURRENCY} at a time, and also enqueues. */
    Host worker(DataSource database, Work work) throws Exception;

    /** A query for the number of jobs that have visibly failed in the tables. */
    String failures();

    /** The same for jobs without a handler, if their rows end in another way. */
    default String unknowns() {
        return failures();
    }

    /** The number of jobs that a worker must be able to run at a time. */
    int CONCURRENCY = 10;

    /** The library in one process. Close it to stop it. */
    interface Host extends AutoCloseable {
        /** Enqueues one job that is due at once, in its own transaction, and returns after the commit. */
        void enqueue(int number) throws Exception;

        /**
         * Enqueues one job for which no worker has a handler.
         *
         * @return the earliest time at which a worker could notice the job, by {@link System#nanoTime}
         */
        long enqueueUnknown(int number) throws Exception;
    }
}
