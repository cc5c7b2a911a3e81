package io.forthwith.jdbc.faults;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import javax.sql.DataSource;

/** A bug put into the statements of the store on their way to the database: the checks of a run must find it. */
enum Plant {
    NONE("$^", ""),
    /** A result is written although another worker may hold the job. */
    NO_FENCE(
            "job\\.claim = s\\.claim AND job\\.worker_id = s\\.worker_id\\s+AND job\\.started_at = [^)]*? interval '1 microsecond'",
            "TRUE"),
    /** Jobs are taken from every worker, also with a valid lease. */
    NO_LEASE("lease_until <= [a-z_()]+", "TRUE");

    private final String right;
    private final String wrong;

    Plant(String right, String wrong) {
        this.right = right;
        this.wrong = wrong;
    }

    DataSource into(DataSource database) {
        return this == NONE ? database : proxy(DataSource.class, database);
    }

    private <T> T proxy(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Object[] given = arguments;
                    if (method.getName().equals("prepareStatement")) {
                        given = arguments.clone();
                        given[0] = ((String) given[0]).replaceAll(right, wrong);
                    }
                    try {
                        Object answer = method.invoke(target, given);
                        return answer instanceof Connection connection ? proxy(Connection.class, connection) : answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
