package io.forthwith.jdbc;

import java.util.UUID;
import javax.sql.DataSource;

/** The databases that tests run on. */
public enum TestDatabase {
    POSTGRESQL {
        @Override
        DataSource empty() {
            return TestPostgres.newDatabase("t" + UUID.randomUUID().toString().replace("-", ""));
        }

        @Override
        public DataSource migrated() {
            return TestPostgres.empty();
        }

        @Override
        String databaseName() {
            return "postgresql";
        }
    },
    H2 {
        @Override
        DataSource empty() {
            return TestH2.empty();
        }

        @Override
        public DataSource migrated() {
            return TestH2.migrated();
        }

        @Override
        String databaseName() {
            return "h2";
        }
    };

    /** A database without tables. */
    abstract DataSource empty();

    /** A database with empty tables. */
    public abstract DataSource migrated();

    /** As {@link JdbcSchema#ddl} calls it. */
    abstract String databaseName();
}
