package io.forthwith.studio;

import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of the studio. The library with the server is on the class path only with {@code -Ddb=postgres},
 * which keeps the default run small. So it is called by reflection.
 */
final class EmbeddedPostgres implements AutoCloseable {
    private static final String LIBRARY = "io.zonky.test.db.postgres.embedded.EmbeddedPostgres";

    private final Closeable server;

    private EmbeddedPostgres(Closeable server) {
        this.server = server;
    }

    static EmbeddedPostgres start() throws IOException {
        return new EmbeddedPostgres((Closeable) call(null, "start"));
    }

    String jdbcUrl() throws IOException {
        return (String) call(server, "getJdbcUrl", "postgres", "postgres");
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private static Object call(@Nullable Object target, String method, String... values) throws IOException {
        Class<?>[] types = new Class<?>[values.length];
        Arrays.fill(types, String.class);
        try {
            return Class.forName(LIBRARY).getMethod(method, types).invoke(target, (Object[]) values);
        } catch (ClassNotFoundException missing) {
            throw new IllegalStateException(
                    "Embedded PostgreSQL is not on the class path; run Maven with -Ddb=postgres", missing);
        } catch (InvocationTargetException failed) {
            throw new IOException("PostgreSQL did not start: " + failed.getCause(), failed.getCause());
        } catch (ReflectiveOperationException changed) {
            throw new IllegalStateException("Embedded PostgreSQL has another interface than expected", changed);
        }
    }
}
