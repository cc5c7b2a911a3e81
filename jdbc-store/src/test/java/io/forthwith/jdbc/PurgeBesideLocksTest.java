package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.internal.UuidV7;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The purge")
@Timeout(Patience.SECONDS_OF_A_TEST)
class PurgeBesideLocksTest {
    private static final Retention AT_ONCE =
            Retention.DEFAULT.completed(Duration.ofNanos(1)).failed(Duration.ofNanos(1));
    private static final Author ADA = new Author("ada", null, null);

    private static UUID cancelled(JdbcJobStore store, NewJob job) {
        store.add(Jobs.encoded(job));
        store.cancel(job.id(), Locale.ENGLISH);
        return job.id();
    }

    private static UUID ended(JdbcJobStore store) {
        UUID id = UuidV7.next();
        ActStore acts = store.acts().orElseThrow();
        acts.begin(new NewAct(id, Deed.retry(), JobQuery.all().user("nobody"), null, null, ADA));
        acts.stop(id, ADA);
        return id;
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("deletes all that nobody keeps locked, whatever somebody does")
    void leaves_out(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");
        UUID job = cancelled(store, Jobs.job());
        UUID labelled = cancelled(store, Jobs.job().metadata("order", "1"));
        UUID held = ended(store);
        UUID free = ended(store);
        UUID stray = UUID.randomUUID();
        Sql.run(database, "INSERT INTO job_worker_type (worker_id, type) VALUES ('" + stray + "', 't')");
        kind.age(database, ActStore.KEPT.plusDays(1));
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            Sql.query(host, "SELECT 1 FROM job_act WHERE id = '" + held + "' FOR UPDATE");
            Sql.query(host, "SELECT 1 FROM job_worker_type WHERE worker_id = '" + stray + "' FOR UPDATE");
            Sql.query(host, "SELECT 1 FROM job_label WHERE job_id = '" + labelled + "' FOR UPDATE");

            store.purge(Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(1)), 10);

            assertThat(store.acts().orElseThrow().find(held)).isPresent();
            assertThat(store.acts().orElseThrow().find(free)).isEmpty();
            assertThat(store.audit().orElseThrow().search(null, null, null, 10).entries())
                    .isEmpty();
            host.rollback();
        }
        assertThat(store.purge(AT_ONCE, 10).remaining()).isEqualTo(Remaining.NOTHING);
        assertThat(store.find(job)).isEmpty();
        assertThat(store.find(labelled)).isEmpty();
        assertThat(store.acts().orElseThrow().find(held)).isEmpty();
        assertThat(Sql.query(database, "SELECT type FROM job_worker_type")).isEmpty();
    }

    @Test
    @DisplayName("looks for what there is little of once in a round of calls")
    void rounds() {
        WatchedDataSource database = new WatchedDataSource(TestDatabase.H2.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(database);
        for (int i = 0; i < 5; i++) {
            cancelled(store, Jobs.job());
        }
        TestDatabase.H2.age(database, Duration.ofDays(1));
        database.statements().clear();
        int calls = 1;
        while (store.purge(AT_ONCE, 1).remaining() == Remaining.MORE) {
            calls++;
        }

        assertThat(calls).isEqualTo(6);
        for (String table : List.of("JOB_WORKER_TYPE", "JOB_AUDIT", "JOB_ACT")) {
            assertThat(database.statements().stream().filter(each -> each.contains(table)))
                    .as(table)
                    .hasSize(1);
        }
    }

    @Test
    @DisplayName("of so many jobs that a round does not end still looks for the rest now and then")
    void longRound() {
        DataSource database = TestDatabase.H2.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID act = ended(store);
        Sql.run(database, "INSERT INTO job_worker_type (worker_id, type) VALUES ('" + UUID.randomUUID() + "', 't')");
        TestDatabase.H2.age(database, ActStore.KEPT.plusDays(1));
        for (int i = 0; i < 100; i++) {
            cancelled(store, Jobs.job());
        }
        TestDatabase.H2.age(database, Duration.ofDays(1));

        for (int i = 0; i < 100; i++) {
            assertThat(store.purge(AT_ONCE, 1)).isEqualTo(new Upkeep(1, Remaining.MORE));
        }

        assertThat(store.acts().orElseThrow().find(act)).isEmpty();
        assertThat(store.audit().orElseThrow().search(null, null, null, 10).entries())
                .isEmpty();
        assertThat(Sql.query(database, "SELECT type FROM job_worker_type")).isEmpty();
    }
}
