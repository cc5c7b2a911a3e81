package io.forthwith.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A session of H2 that counts the entries of tables and indexes that its prepared statements read. H2 tells that for EXPLAIN ANALYZE only, which runs the
 * statement: so each one runs twice, and what it does the first time is undone. Of a query within a query that runs for each row, H2 tells what its last run has read.
 */
final class H2Reads extends SingleConnection implements ManyRowsTest.Reads {
    private static final Pattern SCANNED = Pattern.compile("scanCount: (\\d+)");
    private static final Set<String> RUNS = Set.of("addBatch", "execute", "executeQuery", "executeUpdate");

    private long read;
    private long most;
    private String widest = "";

    H2Reads(Connection connection) {
        super(connection);
    }

    @Override
    public long count() {
        return read;
    }

    @Override
    public String widest() {
        most = 0;
        return widest;
    }

    @Override
    public Connection getConnection() {
        Connection connection = super.getConnection();
        return Lending.type(Connection.class, (proxy, method, arguments) -> {
            Object answer = Lending.invoke(connection, method, arguments);
            return answer instanceof PreparedStatement statement && arguments != null
                    ? counting(statement, (String) arguments[0])
                    : answer;
        });
    }

    private PreparedStatement counting(PreparedStatement statement, String sql) {
        List<Bind> bound = new ArrayList<>();
        return Lending.type(PreparedStatement.class, (proxy, method, arguments) -> {
            if (RUNS.contains(method.getName())) {
                explain(sql, bound);
                bound.clear();
            } else if (method.getName().startsWith("set") && arguments.length > 1) {
                bound.add(other -> Lending.invoke(other, method, arguments));
            }
            return Lending.invoke(statement, method, arguments);
        });
    }

    private void explain(String sql, List<Bind> bound) throws Throwable {
        Connection connection = connection();
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        Savepoint before = connection.setSavepoint();
        try (PreparedStatement explained = connection.prepareStatement("EXPLAIN ANALYZE " + sql)) {
            for (Bind each : bound) {
                each.on(explained);
            }
            try (ResultSet plan = explained.executeQuery()) {
                plan.next();
                add(plan.getString(1));
            }
        } finally {
            connection.rollback(before);
            connection.setAutoCommit(autoCommit);
        }
    }

    private void add(String plan) {
        long scanned = SCANNED.matcher(plan)
                .results()
                .map(each -> each.group(1))
                .mapToLong(Long::parseLong)
                .sum();
        read += scanned;
        if (scanned >= most) {
            most = scanned;
            widest = plan;
        }
    }

    /** A call that binds a value. */
    private interface Bind {
        void on(PreparedStatement statement) throws Throwable;
    }
}
