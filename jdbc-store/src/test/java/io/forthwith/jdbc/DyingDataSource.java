package io.forthwith.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** The data source of a process that dies at a commit: right before it, or right after it, without an answer. From then on nothing works. Thread-safe. */
final class DyingDataSource {
    private final AtomicInteger left;
    private final boolean isCommitted;
    private volatile boolean isDead;

    private DyingDataSource(int commits, boolean isCommitted) {
        this.left = new AtomicInteger(commits);
        this.isCommitted = isCommitted;
    }

    /**
     * Dies at one of the next commits.
     *
     * @param commits at which
     * @param isCommitted whether the database has still committed then
     */
    static DataSource at(DataSource database, int commits, boolean isCommitted) {
        DyingDataSource dying = new DyingDataSource(commits, isCommitted);
        return dying.proxy(DataSource.class, (proxy, method, arguments) -> {
            Object answer = dying.call(database, method, arguments);
            return answer instanceof Connection connection ? dying.watched(connection) : answer;
        });
    }

    private <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {type}, handler));
    }

    private Connection watched(Connection connection) {
        return proxy(Connection.class, (proxy, method, arguments) -> {
            String name = method.getName();
            if (isDead && (name.equals("close") || name.equals("abort"))) {
                // The session of a dead process ends: what it has not committed is rolled back.
                if (!connection.isClosed()) {
                    connection.rollback();
                    connection.close();
                }
                return null;
            }
            if (name.equals("commit")) {
                return committing(connection, method, arguments);
            }
            Object answer = call(connection, method, arguments);
            return answer instanceof Statement statement && name.equals("createStatement")
                    ? watched(statement)
                    : answer;
        });
    }

    /** On PostgreSQL and SQLite the store commits by a statement. */
    private Statement watched(Statement statement) {
        return proxy(
                Statement.class,
                (proxy, method, arguments) -> method.getName().startsWith("execute") && isCommit(arguments)
                        ? committing(statement, method, arguments)
                        : call(statement, method, arguments));
    }

    private static boolean isCommit(Object[] arguments) {
        return arguments != null && arguments.length > 0 && "COMMIT".equals(arguments[0]);
    }

    private Object committing(Object target, Method method, Object[] arguments) throws Throwable {
        if (left.decrementAndGet() != 0) {
            return call(target, method, arguments);
        }
        if (isCommitted) {
            call(target, method, arguments);
        }
        isDead = true;
        throw new SQLException("The process is dead", "08006");
    }

    private Object call(Object target, Method method, Object[] arguments) throws Throwable {
        if (isDead) {
            throw new SQLException("The process is dead", "08006");
        }
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
