package io.forthwith.jdbc.internal.postgresql;

import java.util.regex.Pattern;

/**
 * The time in which a server ends no session by itself. The epoch changes when the server starts, when it restarts all sessions after the
 * crash of one, when another server takes over, and when somebody ends a session of the database with {@code pg_terminate_backend}. So if
 * a session is gone and the epoch is the same, its client has ended it.
 *
 * <p>The start of the server tells a restart, and another server. The statistics are reset by the recovery after a crash, before the server
 * takes connections; the start stays the same then. A session that is terminated is counted before it leaves the list of sessions. Before
 * PostgreSQL 15 another process keeps the statistics, at its leisure: no epoch is known there.
 */
final class ServerEpoch {
    /** Reads the epoch, as text in which no setting of the session shows; null if it is not known. */
    static final String QUERY = """
            SELECT CASE WHEN current_setting('server_version_num')::integer >= 150000 THEN
              extract(epoch FROM pg_postmaster_start_time()) || ' ' ||
              extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()) || ' ' ||
              coalesce(extract(epoch FROM pg_stat_get_db_stat_reset_time(d.oid)), 0) || ' ' ||
              pg_stat_get_db_sessions_killed(d.oid) END
            FROM pg_database d WHERE d.datname = current_database()""";

    /** As in "PostgreSQL 18.1 (Debian 18.1-1) on x86_64-pc-linux-gnu, compiled by gcc". YugabyteDB has "-YB-" after the number. */
    private static final Pattern POSTGRES =
            Pattern.compile("PostgreSQL \\d+(\\.\\d+)*(devel|(alpha|beta|rc)\\d+)?( \\(.*\\)| - .*)? on .*");

    private static final Pattern OTHER = Pattern.compile("(?i)greenplum|yugabyte|cockroach|materialize|opengauss");

    private ServerEpoch() {}

    /**
     * Whether the server is PostgreSQL itself, where one server knows all sessions. Others speak its protocol, and drivers call them
     * PostgreSQL too.
     *
     * @param version what {@code version()} answers
     */
    static boolean isKeptBy(String version) {
        return POSTGRES.matcher(version).matches() && !OTHER.matcher(version).find();
    }
}
