package io.forthwith.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import javax.sql.DataSource;

/** Connections of a process that is held up for a moment: others do something meanwhile. */
final class HeldUpDataSource {
    private final Predicate<String> which;
    private final Runnable meanwhile;
    private final AtomicBoolean isDone = new AtomicBoolean();

    private HeldUpDataSource(Predicate<String> which, Runnable meanwhile) {
        this.which = which;
        this.meanwhile = meanwhile;
    }

    /** Does {@code meanwhile} once, when a statement of this kind is about to be prepared. */
    static DataSource before(Predicate<String> which, DataSource database, Runnable meanwhile) {
        return new HeldUpDataSource(which, meanwhile).proxy(DataSource.class, database);
    }

    private <T> T proxy(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                HeldUpDataSource.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getName().equals("prepareStatement")
                            && arguments[0] instanceof String statement
                            && which.test(statement)
                            && !isDone.getAndSet(true)) {
                        meanwhile.run();
                    }
                    try {
                        Object answer = method.invoke(target, arguments);
                        return answer instanceof Connection connection ? proxy(Connection.class, connection) : answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
