package io.forthwith.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import javax.sql.DataSource;

/** Connections of a process that is held up for a moment: others do something meanwhile. */
final class HeldUpDataSource {
    private final Predicate<String> which;
    private final Runnable meanwhile;
    private final AtomicBoolean isDone = new AtomicBoolean();

    private final boolean isAfter;

    private HeldUpDataSource(Predicate<String> which, Runnable meanwhile, boolean isAfter) {
        this.which = which;
        this.meanwhile = meanwhile;
        this.isAfter = isAfter;
    }

    /** Does {@code meanwhile} once, when a statement of this kind is about to be prepared. */
    static DataSource before(Predicate<String> which, DataSource database, Runnable meanwhile) {
        return new HeldUpDataSource(which, meanwhile, false).proxy(DataSource.class, database);
    }

    /** Does {@code meanwhile} once, when a query of this kind has been answered. */
    static DataSource after(Predicate<String> which, DataSource database, Runnable meanwhile) {
        return new HeldUpDataSource(which, meanwhile, true).proxy(DataSource.class, database);
    }

    private void once() {
        if (!isDone.getAndSet(true)) {
            meanwhile.run();
        }
    }

    private <T> T proxy(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                HeldUpDataSource.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    boolean isMeant = method.getName().equals("prepareStatement")
                            && arguments[0] instanceof String statement
                            && which.test(statement);
                    if (isMeant && !isAfter) {
                        once();
                    }
                    try {
                        Object answer = method.invoke(target, arguments);
                        if (isAfter && method.getName().equals("executeQuery")) {
                            once();
                        }
                        if (isMeant && isAfter && answer instanceof PreparedStatement statement) {
                            return proxy(PreparedStatement.class, statement);
                        }
                        return answer instanceof Connection connection ? proxy(Connection.class, connection) : answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
