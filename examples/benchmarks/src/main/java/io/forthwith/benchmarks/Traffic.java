package io.forthwith.benchmarks;

import java.sql.SQLException;

/** Counters of PostgreSQL that only grow. They leave out the commits of the connection that reads them. */
record Traffic(long commits, long walBytes) {
    /** Exact only after the measured connections are closed, because the server may count the work of an open one a second later. */
    static Traffic read(BenchmarkDatabase database) throws SQLException {
        return new Traffic(
                database.othersCommits(),
                database.number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"));
    }

    Traffic since(Traffic earlier) {
        return new Traffic(commits - earlier.commits, walBytes - earlier.walBytes);
    }
}
