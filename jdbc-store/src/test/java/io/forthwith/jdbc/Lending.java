package io.forthwith.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** Refuses every commit as a constraint that is checked then would, and counts the connections that are out. */
    static DataSource refusingCommits(DataSource database, AtomicInteger held, AtomicInteger most) {
        return proxy(DataSource.class, database, (method, call) -> {
            Object answer = call.run();
            if (answer instanceof Connection connection) {
                most.accumulateAndGet(held.incrementAndGet(), Math::max);
                return refusing(connection, held);
            }
            return answer;
        });
    }

    private static Connection refusing(Connection connection, AtomicInteger held) {
        return proxy(Connection.class, connection, (method, call) -> {
            if (method.equals("commit")) {
                connection.rollback();
                throw new SQLException("deferred", "23514");
            }
            if (method.equals("close") && !connection.isClosed()) {
                held.decrementAndGet();
            }
            return call.run();
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
        return type.cast(Proxy.newProxyInstance(
                Lending.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> around.call(method.getName(), () -> {
                    try {
                        return method.invoke(target, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                })));
    }
}
