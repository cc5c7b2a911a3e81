package io.forthwith.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** One session of a PostgreSQL database that nobody else uses, which tells how its statements were done and what they read. */
final class PlannedSession extends SingleConnection {
    private final List<String> plans;

    PlannedSession(DataSource database, String planCacheMode) throws SQLException {
        this(database, planCacheMode, new ArrayList<>());
    }

    private PlannedSession(DataSource database, String planCacheMode, List<String> plans) throws SQLException {
        super(collecting(database.getConnection(), plans));
        this.plans = plans;
        execute("SET plan_cache_mode = " + planCacheMode);
        execute("LOAD 'auto_explain'");
        execute("SET auto_explain.log_level = notice");
        execute("SET auto_explain.log_analyze = on");
        execute("SET auto_explain.log_timing = off");
        execute("SET auto_explain.log_verbose = on");
        awaitNoOthers();
    }

    /** The plans of the statements that were run on the job table and its like, as EXPLAIN ANALYZE shows them. */
    List<String> plansOf(Runnable work) throws SQLException {
        execute("SET auto_explain.log_min_duration = 0");
        plans.clear();
        work.run();
        List<String> seen = plans.stream().filter(plan -> plan.contains("job")).toList();
        execute("SET auto_explain.log_min_duration = -1");
        return seen;
    }

    /** What the server counts while this works. */
    Counts counted(Runnable work) throws SQLException {
        Counts before = counts();
        work.run();
        return counts().since(before);
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection().createStatement()) {
            statement.execute(sql);
        }
    }

    private Counts counts() throws SQLException {
        execute("SELECT pg_stat_force_next_flush()");
        List<String> row = Sql.query(connection(), """
                        SELECT t.seq_scan,
                          (SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'job_ready'),
                          (SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'job_running'),
                          io.heap_blks_hit + io.heap_blks_read + io.idx_blks_hit + io.idx_blks_read
                        FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid) WHERE t.relname = 'job'""").get(0);
        List<Long> numbers = row.stream().map(Long::valueOf).toList();
        return new Counts(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
    }

    /** What the server has counted of the job table. */
    record Counts(long sequentialScans, long readyEntries, long runningEntries, long blocks) {
        Counts since(Counts before) {
            return new Counts(
                    sequentialScans - before.sequentialScans,
                    readyEntries - before.readyEntries,
                    runningEntries - before.runningEntries,
                    blocks - before.blocks);
        }
    }

    private static Connection collecting(Connection connection, List<String> plans) {
        return (Connection) Proxy.newProxyInstance(
                PlannedSession.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    Object answer = call(connection, method, arguments);
                    return answer instanceof PreparedStatement statement ? collecting(statement, plans) : answer;
                });
    }

    /** The server sends the plans as notices. */
    private static PreparedStatement collecting(PreparedStatement statement, List<String> plans) {
        return (PreparedStatement) Proxy.newProxyInstance(
                PlannedSession.class.getClassLoader(),
                new Class<?>[] {PreparedStatement.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        for (SQLWarning warning = statement.getWarnings();
                                warning != null;
                                warning = warning.getNextWarning()) {
                            plans.add(warning.getMessage());
                        }
                    }
                    return call(statement, method, arguments);
                });
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
