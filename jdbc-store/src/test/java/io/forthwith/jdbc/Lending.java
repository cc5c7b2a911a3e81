package io.forthwith.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** Data sources that watch, or get in the way of, how connections are borrowed. */
final class Lending {
    private Lending() {}

    /** What happens before a connection is lent. */
    @FunctionalInterface
    interface Before {
        void lend() throws SQLException;
    }

    static DataSource of(DataSource database, Before before) {
        return proxy(DataSource.class, database, (method, call) -> {
            if (method.equals("getConnection")) {
                before.lend();
            }
            return call.run();
        });
    }

    /** What becomes of a commit. */
    @FunctionalInterface
    interface Commit {
        void on(Connection connection) throws SQLException;
    }

    /** Refused, as by a constraint that is checked then. */
    static void refuse(Connection connection) throws SQLException {
        connection.rollback();
        throw new SQLException("deferred", "23514");
    }

    /** Not done, and this is what the driver says. */
    static Commit failing(SQLException answer) {
        return connection -> {
            connection.rollback();
            throw answer;
        };
    }

    /** Done, and the answer lost; the connection looks sound to its pool. */
    static void loseAnswer(Connection connection) throws SQLException {
        connection.commit();
        throw new SQLException("no answer", "08006");
    }

    /** Has the first commit end so, and counts the connections that are out. */
    static DataSource committing(DataSource database, Commit commit, AtomicInteger held, AtomicInteger most) {
        AtomicBoolean isOver = new AtomicBoolean();
        return proxy(DataSource.class, database, (method, call) -> {
            Object answer = call.run();
            if (answer instanceof Connection connection) {
                most.accumulateAndGet(held.incrementAndGet(), Math::max);
                return committing(connection, commit, isOver, held);
            }
            return answer;
        });
    }

    private static Connection committing(
            Connection connection, Commit commit, AtomicBoolean isOver, AtomicInteger held) {
        AtomicBoolean isOut = new AtomicBoolean(true);
        return proxy(Connection.class, connection, (method, call) -> {
            if (method.equals("commit") && isOver.compareAndSet(false, true)) {
                commit.on(connection);
            }
            if (method.equals("close") && isOut.compareAndSet(true, false)) {
                held.decrementAndGet();
            }
            Object answer = call.run();
            return method.equals("createStatement") && answer instanceof Statement statement
                    ? committing(statement, connection, commit, isOver)
                    : answer;
        });
    }

    /** On PostgreSQL the store commits by a statement. */
    private static Statement committing(
            Statement statement, Connection connection, Commit commit, AtomicBoolean isOver) {
        return type(Statement.class, (proxy, method, arguments) -> {
            boolean isCommit = method.getName().equals("execute") && arguments[0].equals("COMMIT");
            if (isCommit && isOver.compareAndSet(false, true)) {
                commit.on(connection);
            }
            return invoke(statement, method, arguments);
        });
    }

    /** Cannot roll back, and is otherwise sound. */
    static DataSource notRollingBack(DataSource database) {
        return proxy(DataSource.class, database, (method, call) -> {
            Object answer = call.run();
            return answer instanceof Connection connection
                    ? proxy(Connection.class, connection, (asked, of) -> {
                        if (asked.equals("rollback")) {
                            throw new SQLException("interrupted", "70100", 1317);
                        }
                        return of.run();
                    })
                    : answer;
        });
    }

    /** A method of its connections throws, and does nothing. */
    static DataSource throwing(DataSource database, String method, Throwable why) {
        return proxy(DataSource.class, database, (any, call) -> {
            Object answer = call.run();
            return answer instanceof Connection connection
                    ? type(Connection.class, (proxy, asked, arguments) -> {
                        if (asked.getName().equals(method)) {
                            throw why;
                        }
                        return invoke(connection, asked, arguments);
                    })
                    : answer;
        });
    }

    /** Connections that do not show what they are made of. */
    static DataSource opaque(DataSource database) {
        return proxy(DataSource.class, database, (method, call) -> {
            Object answer = call.run();
            return answer instanceof Connection connection
                    ? proxy(
                            Connection.class,
                            connection,
                            (asked, of) -> asked.equals("isWrapperFor") ? false : of.run())
                    : answer;
        });
    }

    /** Refuses to LISTEN. */
    static DataSource mute(DataSource database) {
        return proxy(DataSource.class, database, (method, call) -> {
            Object answer = call.run();
            return answer instanceof Connection connection
                    ? type(Connection.class, (proxy, asked, arguments) -> {
                        if (arguments != null && arguments[0] instanceof String sql && sql.startsWith("LISTEN")) {
                            throw new SQLException("cannot execute LISTEN during recovery", "25006");
                        }
                        return invoke(connection, asked, arguments);
                    })
                    : answer;
        });
    }

    /**
     * As a pooler in transaction mode: of those who are to be treated so, runs each statement on a session of its own, which stays open and
     * is added to {@code sessions}.
     */
    static DataSource perStatement(DataSource database, BooleanSupplier whom, Collection<Connection> sessions) {
        return proxy(DataSource.class, database, (method, call) -> {
            Object answer = call.run();
            if (!(answer instanceof Connection connection) || !whom.getAsBoolean()) {
                return answer;
            }
            return type(Connection.class, (proxy, asked, arguments) -> {
                Connection other = connection;
                if (asked.getName().equals("prepareStatement")) {
                    other = database.getConnection();
                    sessions.add(other);
                }
                return invoke(other, asked, arguments);
            });
        });
    }

    /** Changes the texts of statements. */
    static DataSource rewriting(DataSource database, UnaryOperator<String> text) {
        return proxy(DataSource.class, database, (method, call) -> {
            Object answer = call.run();
            return answer instanceof Connection connection
                    ? type(Connection.class, (proxy, asked, arguments) -> {
                        if (asked.getName().equals("prepareStatement")) {
                            arguments[0] = text.apply((String) arguments[0]);
                        }
                        return invoke(connection, asked, arguments);
                    })
                    : answer;
        });
    }

    @FunctionalInterface
    private interface Call {
        Object run() throws Throwable;
    }

    @FunctionalInterface
    private interface Around {
        Object call(String method, Call call) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, T target, Around around) {
        return type(
                type,
                (proxy, method, arguments) -> around.call(method.getName(), () -> invoke(target, method, arguments)));
    }

    static <T> T type(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(Lending.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
