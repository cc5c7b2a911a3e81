package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.internal.UuidV7;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("A call that carries an act on")
@Timeout(Patience.SECONDS_OF_A_TEST)
class ActTurnsTest {
    private static final int JOBS = 60;

    @Test
    @DisplayName("ends when its time is over, although jobs are left of those that it has looked for")
    void time() {
        DataSource database = TestDatabase.POSTGRESQL.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        for (int i = 0; i < JOBS; i++) {
            // Each is a part by itself, because it has a key.
            NewJob job = Jobs.job().uniqueKey("key-" + i);
            store.add(Jobs.encoded(job));
            store.cancel(job.id(), Locale.ENGLISH);
        }
        // A database that takes its time: all parts would take more than a second.
        DataSource slow = new WatchedDataSource(database, connection -> Sql.query(connection, "SELECT pg_sleep(0.02)"));
        ActStore acts = JdbcJobStore.of(slow).acts().orElseThrow();
        UUID id = UuidV7.next();
        acts.begin(new NewAct(id, Deed.retry(), JobQuery.all(), null, null, new Author("ada", null, null)));

        assertThat(acts.carryOn()).isEqualTo(Remaining.MORE);

        BulkAct act = acts.find(id).orElseThrow();
        assertThat(act.state()).isEqualTo(BulkAct.State.OPEN);
        assertThat(act.progress().done()).isBetween(1L, JOBS - 1L);
    }
}
