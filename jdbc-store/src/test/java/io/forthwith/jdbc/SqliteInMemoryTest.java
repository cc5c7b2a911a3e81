package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.store.JobStore;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A store in an SQLite database in memory")
class SqliteInMemoryTest extends SqliteFixture {
    @Test
    @DisplayName("is shared by connections that name it, and no call is refused for that")
    void shared_memory() throws Exception {
        String url = "jdbc:sqlite:file:" + UUID.randomUUID() + "?mode=memory&cache=shared";
        HikariDataSource pool = TestPostgres.pool(TestSqlite.at(url));
        pools.add(pool);
        try (Connection keepsItAlive = pool.getConnection()) {
            assertThat(keepsItAlive.isClosed()).isFalse();
            JdbcSchema.migrate(pool);
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(() -> addClaimAndSettle(JdbcJobStore.of(pool))));
            }
            int settled = 0;
            for (Future<Integer> each : all) {
                settled += each.get(60, TimeUnit.SECONDS);
            }
            assertThat(settled).isEqualTo(400);
            assertThat(JdbcJobStore.of(pool).countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                    .isEqualTo(400);
        }
    }

    /** Until nothing is left that is its own or another's. */
    private static int addClaimAndSettle(JobStore store) {
        UUID worker = Jobs.worker(store);
        int settled = 0;
        for (int i = 0; i < 10; i++) {
            store.add(Jobs.many(10));
            store.scan(JobQuery.all());
            List<Job> claimed = Jobs.claim(store, worker, 100);
            store.settle(Jobs.completed(claimed));
            settled += claimed.size();
        }
        return settled;
    }

    @Test
    @DisplayName("may be that of the only connection of a pool")
    void only_connection() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(TestSqlite.at("jdbc:sqlite::memory:"));
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(2_000);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            JdbcSchema.migrate(pool);
            assertThat(addClaimAndSettle(JdbcJobStore.of(pool))).isEqualTo(100);
        }
    }

    @Test
    @DisplayName("has no tables where each connection has a database of its own, and says so")
    void each_its_own() {
        DataSource each = TestSqlite.at("jdbc:sqlite::memory:");
        JdbcSchema.migrate(each);
        assertThat(failure(() -> JdbcJobStore.of(each).add(Jobs.many(1))))
                .hasMessageContaining("has JdbcSchema.migrate been run");
    }
}
