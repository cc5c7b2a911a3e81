package io.forthwith.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.tools.jdbc.JDBCUtils;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The ways in which hosts run their transactions. */
enum Host {
    PLAIN_JDBC {
        @Override
        void transaction(DataSource database, Work work) throws SQLException {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                try {
                    work.on(connection);
                    connection.commit();
                } catch (SQLException | RuntimeException failed) {
                    connection.rollback();
                    throw failed;
                }
            }
        }
    },
    /** As {@code @Transactional} does it. */
    SPRING {
        @Override
        void transaction(DataSource database, Work work) {
            new TransactionTemplate(new JdbcTransactionManager(database)).executeWithoutResult(status -> {
                Connection connection = DataSourceUtils.getConnection(database);
                try {
                    work.unchecked(connection);
                } finally {
                    DataSourceUtils.releaseConnection(connection, database);
                }
            });
        }
    },
    /** The same, in a callback. */
    SPRING_TEMPLATE {
        @Override
        void transaction(DataSource database, Work work) {
            new TransactionTemplate(new JdbcTransactionManager(database))
                    .executeWithoutResult(status -> new JdbcTemplate(database).execute((Connection connection) -> {
                        work.on(connection);
                        return null;
                    }));
        }
    },
    /** The same, for a host whose code knows nothing of Spring and asks a data source. */
    SPRING_PROXY {
        @Override
        void transaction(DataSource database, Work work) {
            DataSource aware = new TransactionAwareDataSourceProxy(database);
            new TransactionTemplate(new JdbcTransactionManager(database)).executeWithoutResult(status -> {
                try (Connection connection = aware.getConnection()) {
                    work.unchecked(connection);
                } catch (SQLException failed) {
                    throw new IllegalStateException(failed);
                }
            });
        }
    },
    JOOQ {
        @Override
        void transaction(DataSource database, Work work) throws SQLException {
            jooq(database).transaction(inside -> DSL.using(inside).connection(work::on));
        }
    },
    /** A transaction within a transaction: a savepoint. */
    JOOQ_NESTED {
        @Override
        void transaction(DataSource database, Work work) throws SQLException {
            jooq(database)
                    .transaction(outside -> DSL.using(outside)
                            .transaction(inside -> DSL.using(inside).connection(work::on)));
        }
    };

    /** What is done in a transaction. */
    @FunctionalInterface
    interface Work {
        void on(Connection connection) throws SQLException;

        default void unchecked(Connection connection) {
            try {
                on(connection);
            } catch (SQLException failed) {
                throw new IllegalStateException(failed);
            }
        }
    }

    /** Commits what was done, or rolls it back if it throws. */
    abstract void transaction(DataSource database, Work work) throws SQLException;

    /** Uses the dialect of the database under test. */
    private static DSLContext jooq(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return DSL.using(database, JDBCUtils.dialect(connection));
        }
    }
}
