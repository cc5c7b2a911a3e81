package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.sqlite.SQLiteDataSource;

@DisplayName("A store in an SQLite file")
class SqliteTest extends SqliteFixture {
    @Test
    @DisplayName("lets readers read while writers write, from the migration on")
    void write_ahead_log() throws Exception {
        assertThat(Sql.query(TestSqlite.in(file()), "PRAGMA journal_mode")).containsExactly(List.of("wal"));
        store.add(Jobs.many(3));
        try (Connection writer = stranger()) {
            run(writer, "BEGIN IMMEDIATE; DELETE FROM job");
            JdbcJobStore patient = store.queryTimeout(Patience.FOREVER);
            assertThat(Patience.answerOf(() -> patient.countByScan(JobQuery.all())))
                    .isEqualTo(3);
            assertThat(Patience.answerOf(() -> patient.scan(JobQuery.all()))).hasSize(3);
            run(writer, "ROLLBACK");
        }
    }

    @Test
    @DisplayName("is refused for the moment when the disk is full, and has changed nothing")
    void disk_full() throws SQLException {
        SingleConnection one = new SingleConnection(stranger());
        JdbcJobStore full = JdbcJobStore.of(one);
        full.add(Jobs.many(1));
        String pages = Sql.query(one, "PRAGMA page_count").get(0).get(0);
        Sql.query(one, "PRAGMA max_page_count = " + pages);
        JobStoreException refused = failure(() -> full.add(Jobs.many(1_000)));
        assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(refused).hasMessageContaining("vendor code 13");
        assertThat(store.countByScan(JobQuery.all())).isOne();

        Sql.query(one, "PRAGMA max_page_count = 1000000");
        assertThat(full.add(Jobs.many(1_000))).hasSize(1_000);
        one.close();
    }

    @Test
    @DisplayName("is refused for the moment when the file is read-only, and can be read")
    void read_only() {
        store.add(Jobs.many(1));
        SQLiteDataSource unwritable = TestSqlite.in(file());
        unwritable.setReadOnly(true);
        JdbcJobStore readOnly = JdbcJobStore.of(unwritable);
        assertThat(readOnly.scan(JobQuery.all())).hasSize(1);
        JobStoreException refused = failure(() -> readOnly.add(Jobs.many(1)));
        assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(store.countByScan(JobQuery.all())).isOne();
    }

    @Test
    @DisplayName("has the main schema and no other")
    void schemas() {
        store.add(Jobs.many(1));
        assertThat(store.schema("main").countByScan(JobQuery.all())).isOne();
        assertThat(Jobs.claimAll(store.schema("MAIN"))).hasSize(1);
        JdbcSchema.migrate(database, "main", "my_");
        assertThat(store.tablePrefix("my_").countByScan(JobQuery.all())).isZero();
        assertThatThrownBy(() -> store.schema("other"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"other\"")
                .hasMessageContaining("table prefix");
        assertThatThrownBy(() -> JdbcSchema.migrate(database, "other", ""))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("goes on where it was left")
    void reopened() {
        NewJob keyed = Jobs.job().uniqueKey("k");
        store.add(Jobs.encoded(keyed));
        List<Job> claimed = Jobs.claimAll(store);
        pools.forEach(HikariDataSource::close);

        JdbcJobStore reopened = JdbcJobStore.of(pool(file()));
        assertThat(reopened.add(Jobs.encoded(Jobs.job().uniqueKey("k"))))
                .containsExactly(new Added(keyed.id(), Added.Outcome.KEY_TAKEN));
        reopened.settle(Jobs.completed(claimed));
        assertThat(reopened.add(Jobs.encoded(Jobs.job().uniqueKey("k"))))
                .extracting(Added::outcome)
                .containsExactly(Added.Outcome.ADDED);
    }

    @Test
    @DisplayName("finds what is due by its index, in order, and lists of ids by theirs")
    void plans() {
        assertThat(
                        plan(
                                "SELECT id FROM job WHERE status = 'pending' AND queue = 'q' AND priority = 5"
                                        + " AND run_at <= '2020' AND lost_workers < 2 ORDER BY status, queue, priority, run_at, id LIMIT 10"))
                .contains("USING INDEX job_ready (queue=? AND priority=? AND run_at<?)")
                .doesNotContain("TEMP B-TREE");
        String ids = "IN (SELECT value FROM json_each('[]'))";
        assertThat(plan("SELECT * FROM job WHERE id " + ids + " ORDER BY id"))
                .contains("USING INDEX sqlite_autoindex_job_1 (id=?)")
                .doesNotContain("TEMP B-TREE");
        assertThat(plan("SELECT id FROM job WHERE parent_id " + ids)).contains("job_child (parent_id=?)");
        assertThat(plan("SELECT * FROM job_step WHERE job_id " + ids + " AND job_id >= '' AND job_id <= 'x'"))
                .contains("job_id=?");
        assertThat(plan("SELECT id FROM job WHERE worker_id = 'x' AND status = 'processing'"))
                .contains("job_running (worker_id=?)");
        assertThat(plan("SELECT id FROM job WHERE type " + ids + " AND unique_key " + ids
                        + " AND unique_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting')"))
                .contains("job_unique (type=? AND unique_key=?)");
        assertThat(plan("SELECT id FROM job WHERE status IN ('completed', 'cancelled') AND completed_at <= '2020'"
                        + " AND created_at <= '2020' LIMIT 10"))
                .contains("job_ended (completed_at<?)");
    }

    private String plan(String query) {
        return Sql.query(database, "EXPLAIN QUERY PLAN " + query).toString();
    }
}
