package io.forthwith.studio;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.UUID;

/** A new H2 database in memory. It is deleted when it is closed. */
public final class TestDatabase {
    private TestDatabase() {}

    /** Opens one. */
    public static HikariDataSource open() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
        config.setMaximumPoolSize(8);
        return new HikariDataSource(config);
    }
}
