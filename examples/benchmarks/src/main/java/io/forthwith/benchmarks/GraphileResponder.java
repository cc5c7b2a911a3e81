package io.forthwith.benchmarks;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Graphile Worker with its defaults: a worker listens for new jobs. The worker is in a process of Node. A client on Java calls the SQL function
 * that the documentation gives to other languages. Only pick-up and idling are measured: a failed job is retried for days, a worker does not see jobs of
 * a type without a handler, and the jobs of a killed process are taken over after hours.
 */
record GraphileResponder() implements Responder {
    /** As many as a worker on Java has, see {@link ResponderMain}. */
    private static final int CONNECTIONS = CONCURRENCY + 4;

    private static final String OPTIONS =
            "{\"concurrentJobs\":" + CONCURRENCY + ",\"maxPoolSize\":" + CONNECTIONS + "}";
    private static final String ONLY = "Of Graphile Worker only pick-up and idling are measured";
    private static final GraphileContender TABLES = new GraphileContender(false);

    @Override
    public String name() {
        return TABLES.name();
    }

    @Override
    public String settings() {
        return NodePackages.version(TABLES.packageName()) + ", " + OPTIONS;
    }

    @Override
    public Optional<String> missing() throws IOException, InterruptedException {
        return TABLES.missing();
    }

    @Override
    public ProcessBuilder process(Behaviour behaviour) throws IOException, InterruptedException {
        if (behaviour != Behaviour.RETURN) {
            throw new UnsupportedOperationException(ONLY);
        }
        return NodeContender.PACKAGES.command("responder.mjs", List.of("./" + TABLES.module(), OPTIONS));
    }

    @Override
    public void createTables(DataSource database) throws Exception {
        TABLES.createTables(database);
    }

    @Override
    public Host client(DataSource database) {
        return new Client(database);
    }

    @Override
    public Host worker(DataSource database, Work work) {
        throw new UnsupportedOperationException(name() + " has its workers in a process of Node");
    }

    @Override
    public String failures() {
        throw new UnsupportedOperationException(ONLY);
    }

    private record Client(DataSource database) implements Host {
        @Override
        public void enqueue(int number) throws SQLException {
            try (Connection connection = database.getConnection();
                    PreparedStatement statement = connection.prepareStatement(
                            "SELECT add_job('noop', json_build_object('number', ?::int))")) {
                statement.setInt(1, number);
                statement.execute();
            }
        }

        @Override
        public long enqueueUnknown(int number) {
            throw new UnsupportedOperationException(ONLY);
        }

        @Override
        public void close() {}
    }
}
