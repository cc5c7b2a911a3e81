package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** Connection pools: the same kind for everybody. */
final class Pools {
    /** Enough for whatever one thread asks of any contender. */
    static final int FEW = 4;

    private Pools() {}

    /** A pool that has all its connections from the start, so that no round pays for opening them. */
    static HikariDataSource open(String url, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        return new HikariDataSource(config);
    }
}
