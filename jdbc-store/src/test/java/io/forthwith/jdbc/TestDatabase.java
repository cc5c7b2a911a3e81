package io.forthwith.jdbc;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** The databases that tests run on. */
public enum TestDatabase {
    POSTGRESQL {
        @Override
        public DataSource empty() {
            return TestPostgres.newDatabase("t" + UUID.randomUUID().toString().replace("-", ""));
        }

        @Override
        public DataSource migrated() {
            return TestPostgres.empty();
        }

        @Override
        public void age(DataSource database, Duration by) {
            TestPostgres.age(database, by);
        }

        @Override
        String databaseName() {
            return "postgresql";
        }
    },
    MARIADB {
        @Override
        public DataSource empty() {
            return TestMariaDb.newDatabase("t" + UUID.randomUUID().toString().replace("-", ""));
        }

        @Override
        public DataSource migrated() {
            return TestMariaDb.empty();
        }

        @Override
        public void age(DataSource database, Duration by) {
            TestMariaDb.age(database, by);
        }

        @Override
        String databaseName() {
            return "mariadb";
        }
    },
    H2 {
        @Override
        public DataSource empty() {
            return TestH2.empty();
        }

        @Override
        public DataSource migrated() {
            return TestH2.migrated();
        }

        @Override
        public void age(DataSource database, Duration by) {
            TestH2.age(database, by);
        }

        @Override
        String databaseName() {
            return "h2";
        }
    },
    SQLITE {
        @Override
        public DataSource empty() {
            return TestSqlite.empty();
        }

        @Override
        public DataSource migrated() {
            return TestSqlite.migrated();
        }

        @Override
        public void age(DataSource database, Duration by) {
            TestSqlite.age(database, by);
        }

        @Override
        String databaseName() {
            return "sqlite";
        }
    };

    /** A database without tables. */
    public abstract DataSource empty();

    /** A database with empty tables. */
    public abstract DataSource migrated();

    /** Makes the times in a database older. */
    public abstract void age(DataSource database, Duration by);

    /**
     * A store on such a database that waits an hour for a lock if it waits at all: what it answers while another transaction keeps the lock,
     * it has answered without it.
     */
    JdbcJobStore withoutEndOfLockWaits(DataSource database) {
        DataSource patient = database;
        if (this == MARIADB) {
            patient = TestMariaDb.with("&sessionVariables=innodb_lock_wait_timeout=" + Patience.FOREVER.toSeconds());
        } else if (this == H2) {
            Sql.run(database, "SET DEFAULT_LOCK_TIMEOUT " + Patience.FOREVER.toMillis());
        }
        return JdbcJobStore.of(patient).queryTimeout(Patience.FOREVER);
    }

    /** As {@link JdbcSchema#ddl} calls it. */
    abstract String databaseName();

    /** Whether it tells the stores of other processes of jobs. */
    boolean tellsOthers() {
        return this == POSTGRESQL;
    }

    /** Whether tables may be in a schema that is made by SQL. */
    boolean hasSchemas() {
        return this != SQLITE;
    }

    /** Makes a schema that is empty. */
    void recreateSchema(DataSource database, String name) {
        Sql.run(database, "DROP SCHEMA IF EXISTS " + name + (this == MARIADB ? "" : " CASCADE"));
        Sql.run(database, "CREATE SCHEMA " + name);
    }

    /** A time as a stranger writes it. */
    String utc(String time) {
        return switch (this) {
            case POSTGRESQL, H2 -> "TIMESTAMP WITH TIME ZONE '" + time + "+00'";
            case MARIADB, SQLITE -> "'" + time + "'";
        };
    }

    /** How many seconds a job took, as a stranger asks. */
    String seconds() {
        return switch (this) {
            case POSTGRESQL, H2 -> "EXTRACT(EPOCH FROM (completed_at - created_at))";
            case MARIADB -> "TIMESTAMPDIFF(MICROSECOND, created_at, completed_at) / 1000000";
            case SQLITE -> "(julianday(completed_at) - julianday(created_at)) * 86400";
        };
    }

    /** The statement that drops an index of the job table. */
    public String dropIndex(String name) {
        return "DROP INDEX " + name + (this == MARIADB ? " ON job" : "");
    }

    /**
     * For what a worker does alike on every database, and what takes seconds of waiting: one database, or all with
     * {@code -Dthorough=true}.
     */
    static Stream<TestDatabase> oneOrAll() {
        return Boolean.getBoolean("thorough") ? Stream.of(values()) : Stream.of(POSTGRESQL);
    }
}
