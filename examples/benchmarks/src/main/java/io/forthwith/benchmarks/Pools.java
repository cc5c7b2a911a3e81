package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Connection pools: the same kind for all contenders. */
final class Pools {
    /** Enough connections for one thread, with any contender. */
    static final int FEW = 4;

    private Pools() {}

    /** A pool that opens all its connections at the start, so that no round has to wait for that. */
    static HikariDataSource open(String url, int connections) throws SQLException {
        HikariDataSource pool = opening(url, connections);
        try {
            fill(pool, connections);
            return pool;
        } catch (SQLException | RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /** A pool as an application has it, which opens its connections in the background. */
    static HikariDataSource opening(String url, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        return new HikariDataSource(config);
    }

    /** By itself the pool would open one connection before it is used, and the others in the background, when jobs are already running. */
    private static void fill(HikariDataSource pool, int connections) throws SQLException {
        List<Connection> all = new ArrayList<>();
        try {
            while (all.size() < connections) {
                all.add(pool.getConnection());
            }
        } finally {
            for (Connection each : all) {
                each.close();
            }
        }
    }

    /** One of the two ways to open a pool. */
    @FunctionalInterface
    interface Kind {
        HikariDataSource open(String url, int connections) throws SQLException;
    }
}
