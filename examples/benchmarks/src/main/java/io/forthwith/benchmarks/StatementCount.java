package io.forthwith.benchmarks;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.concurrent.atomic.LongAdder;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Counts the statements that are executed through a data source; a batch counts once. It does not count what the driver and the pool send
 * by themselves: begin, commit and the test of a connection. Thread-safe.
 */
final class StatementCount {
    private final LongAdder executed = new LongAdder();

    DataSource of(DataSource database) {
        return proxy(DataSource.class, database);
    }

    long soFar() {
        return executed.sum();
    }

    private <T> T proxy(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (itself, method, arguments) -> {
                    if (method.getName().startsWith("execute") && target instanceof Statement) {
                        executed.increment();
                    }
                    return counting(method, call(method, target, arguments));
                }));
    }

    private @Nullable Object counting(Method method, @Nullable Object result) {
        if (result instanceof Connection connection && method.getName().equals("getConnection")) {
            return proxy(Connection.class, connection);
        }
        if (result instanceof PreparedStatement statement && method.getReturnType() == PreparedStatement.class) {
            return proxy(PreparedStatement.class, statement);
        }
        return result instanceof Statement statement && method.getReturnType() == Statement.class
                ? proxy(Statement.class, statement)
                : result;
    }

    private static @Nullable Object call(Method method, Object target, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
