package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
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

@DisplayName("An act that cannot go on")
@Timeout(Patience.SECONDS_OF_A_TEST)
class FailingActsTest {
    private final DataSource database = TestDatabase.H2.migrated();
    private final JdbcJobStore store = JdbcJobStore.of(database);
    private final ActStore acts = store.acts().orElseThrow();

    private UUID cancelled(String user) {
        NewJob job = Jobs.job().user(user);
        store.add(Jobs.encoded(job));
        store.cancel(job.id(), Locale.ENGLISH);
        return job.id();
    }

    private UUID begun(String user) {
        NewAct act = new NewAct(
                UuidV7.next(), Deed.retry(), JobQuery.all().user(user), null, null, new Author("ada", null, null));
        assertThat(acts.begin(act)).isTrue();
        return act.id();
    }

    private BulkAct.State state(UUID act) {
        return acts.find(act).orElseThrow().state();
    }

    private void cannotBeRetried(String user) {
        Sql.run(
                database,
                "ALTER TABLE job ADD CONSTRAINT no_" + user + " CHECK (user_id <> '" + user
                        + "' OR status <> 'pending')");
    }

    @Test
    @DisplayName("holds up no other one, and its failure is told when no other one is left")
    void failing() {
        cancelled("bad");
        cancelled("worse");
        UUID job = cancelled("good");
        cannotBeRetried("bad");
        cannotBeRetried("worse");
        UUID bad = begun("bad");
        begun("worse");
        UUID good = begun("good");

        // On a busy machine, the two that fail may use up the time of a call.
        while (state(good) == BulkAct.State.OPEN) {
            try {
                acts.carryOn();
            } catch (JobStoreException once) {
                assertThat(once).hasMessageContaining("retry 1 jobs");
            }
        }

        assertThat(store.find(job).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
        assertThat(state(bad)).isEqualTo(BulkAct.State.OPEN);
        assertThatThrownBy(acts::carryOn)
                .isInstanceOf(JobStoreException.class)
                .satisfies(first ->
                        assertThat(first.getSuppressed()).singleElement().isInstanceOf(JobStoreException.class));
    }

    @Test
    @DisplayName("because a later version has begun it, holds up no other one, however many of them are open")
    void ofLaterVersion() {
        for (int i = 0; i < 20; i++) {
            begun("nobody");
        }
        Sql.run(database, "UPDATE job_act SET kind = 'fly'");
        cancelled("good");
        UUID good = begun("good");

        assertThat(acts.carryOn()).isEqualTo(Remaining.MORE);

        assertThat(state(good)).isEqualTo(BulkAct.State.DONE);
        assertThat(acts.carryOn()).isEqualTo(Remaining.NOTHING);
    }
}
