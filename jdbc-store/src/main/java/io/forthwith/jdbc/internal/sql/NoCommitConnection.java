package io.forthwith.jdbc.internal.sql;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A connection in a transaction that the store commits. It refuses every call that would end the transaction early. */
public final class NoCommitConnection implements InvocationHandler {
    private final Connection connection;

    private NoCommitConnection(Connection connection) {
        this.connection = connection;
    }

    public static Connection of(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                NoCommitConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                new NoCommitConnection(connection));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        boolean hasNone = arguments == null || arguments.length == 0;
        switch (method.getName()) {
            case "commit", "abort", "setAutoCommit" -> throw refused(method);
            case "rollback" -> {
                // A rollback to a savepoint is allowed.
                if (hasNone) {
                    throw refused(method);
                }
            }
            case "close" -> {
                return null;
            }
            default -> {
                // All other calls go to the connection.
            }
        }
        try {
            return method.invoke(connection, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getTargetException();
        }
    }

    private static SQLException refused(Method method) {
        return new SQLException(
                "The transaction that completes a job is committed by the store, once the work has returned: "
                        + method.getName() + " is not for the work to call; throw an exception to roll back");
    }
}
