package io.forthwith.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Runs the schema scripts of those contenders that do not run them themselves. */
final class Scripts {
    private Scripts() {}

    /** Runs a script in the package of {@code owner}, or with an absolute name on its class path. */
    static void run(DataSource database, Class<?> owner, String resource) throws IOException, SQLException {
        try (InputStream script = owner.getResourceAsStream(resource)) {
            if (script == null) {
                throw new IOException("There is no " + resource + " beside " + owner);
            }
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }
}
