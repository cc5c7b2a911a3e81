package io.forthwith.benchmarks;

import java.sql.SQLException;

/** Counters of PostgreSQL that only grow; the commits are those of others than the connection that watches. */
record Traffic(long commits, long walBytes) {
    /** Exact once the connections in question are closed: until then each may hold back what it did in the last second. */
    static Traffic read(BenchmarkDatabase database) throws SQLException {
        return new Traffic(
                database.othersCommits(),
                database.number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"));
    }

    Traffic since(Traffic earlier) {
        return new Traffic(commits - earlier.commits, walBytes - earlier.walBytes);
    }
}
