package io.forthwith.benchmarks;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;

/**
 * A data source that records prepared statements with their parameters, so that they can be sent again without the store.
 * Not thread-safe.
 */
final class StatementRecorder {
    /** The type of an array that is sent as text, so that the server decides. */
    static final String UNTYPED = "untyped";

    private final DataSource database;
    private final List<Recorded> recorded = new ArrayList<>();

    StatementRecorder(DataSource database) {
        this.database = database;
    }

    DataSource dataSource() {
        return proxy(DataSource.class, database);
    }

    /** The statement that was executed last. */
    Recorded last() {
        return recorded.get(recorded.size() - 1);
    }

    private <T> T proxy(Class<T> type, T target) {
        return handled(type, (itself, method, arguments) -> {
            Object result = call(method, target, arguments);
            if (result instanceof Connection connection) {
                return proxy(Connection.class, connection);
            }
            if (result instanceof PreparedStatement statement && arguments[0] instanceof String sql) {
                return recording(statement, sql);
            }
            return result;
        });
    }

    private PreparedStatement recording(PreparedStatement statement, String sql) {
        List<Setter> setters = new ArrayList<>();
        return handled(PreparedStatement.class, (itself, method, arguments) -> {
            if (method.getName().startsWith("set") && arguments.length > 1) {
                setters.add(new Setter(method, Arrays.asList(arguments)));
            } else if (method.getName().startsWith("execute")) {
                recorded.add(new Recorded(sql, List.copyOf(setters)));
            }
            return call(method, statement, arguments);
        });
    }

    private static <T> T handled(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    /** A recorded parameter. */
    record Setter(Method method, List<Object> arguments) {
        /** The store sends arrays of ids as text without a type. */
        private boolean isArray() {
            return arguments.get(1) instanceof Array || arguments.contains(Types.OTHER);
        }
    }

    /** A recorded statement. */
    record Recorded(String sql, List<Setter> setters) {
        /** Sets all parameters to their recorded values. */
        void bind(PreparedStatement statement) throws SQLException {
            for (Setter setter : setters) {
                try {
                    setter.method.invoke(statement, setter.arguments.toArray());
                } catch (ReflectiveOperationException e) {
                    throw new SQLException("Could not repeat " + setter.method.getName(), e);
                }
            }
        }

        /** The types of the arrays among the parameters; {@link #UNTYPED} for those that are sent as text. */
        List<String> arrayTypes() throws SQLException {
            List<String> types = new ArrayList<>();
            for (Setter setter : arrays()) {
                types.add(setter.arguments.get(1) instanceof Array array ? array.getBaseTypeName() : UNTYPED);
            }
            return types;
        }

        /** The positions of the arrays among the parameters. */
        List<Integer> arrayPositions() {
            return arrays().stream()
                    .map(setter -> (Integer) setter.arguments.get(0))
                    .toList();
        }

        private List<Setter> arrays() {
            return setters.stream().filter(Setter::isArray).toList();
        }
    }
}
