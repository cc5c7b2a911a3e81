package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.store.Settled;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a claim knows of sequences before it has read their notes. */
@DisplayName("On PostgreSQL, a claim that follows the end of a job of a sequence")
@Timeout(Patience.SECONDS_OF_A_TEST)
class ExpectedNotesTest {
    private static final String LOCK = "SELECT 1 FROM job_limit_key WHERE limit_key = 'sequence:film:42' FOR UPDATE";
    private static final String TAKE_NOTE = "DELETE FROM job_limit_note";

    private DataSource database;
    private WatchedDataSource watched;
    private JdbcJobStore store;
    private UUID worker;
    private Job first;
    private @Nullable Runnable beforeCommit;

    @BeforeEach
    void start_the_first_of_three() {
        database = TestPostgres.empty();
        watched = new WatchedDataSource(database, connection -> {});
        store = JdbcJobStore.of(HeldUpDataSource.before(
                statement -> beforeCommit != null && statement.endsWith("COMMIT"),
                watched,
                () -> Objects.requireNonNull(beforeCommit).run()));
        worker = Jobs.worker(store);
        for (int i = 0; i < 3; i++) {
            store.add(Jobs.encoded(Jobs.job().sequence("film:42")));
        }
        List<Job> started = new ArrayList<>();
        while (started.isEmpty()) {
            started.addAll(claim());
        }
        assertThat(claim()).isEmpty();
        first = started.get(0);
    }

    private List<Job> claim() {
        return Jobs.claim(store, worker, 10);
    }

    private void settle(JdbcJobStore by) {
        assertThat(by.settle(Jobs.completed(List.of(first)))).containsExactly(Settled.APPLIED);
        watched.statements().clear();
    }

    /** What was sent since the settlement. Another thread tells other processes, and of a transaction that is committed already the driver sends no commit. */
    private List<String> sent() {
        return watched.statements().stream()
                .filter(statement ->
                        !statement.startsWith("SELECT set_config('synchronous_commit'") && !statement.equals("COMMIT"))
                .toList();
    }

    /** After the settlement, the next job is not claimed while another transaction has locked the key and has run a statement, but later. */
    private @Nullable Duration untilNextClaimBeside(String statement) throws SQLException {
        settle(store);
        Duration untilNext;
        try (Connection other = locking(statement)) {
            assertThat(claim()).isEmpty();
            untilNext = store.limits().orElseThrow().untilNextStart();
            other.rollback();
        }
        assertThat(claim()).hasSize(1);
        return untilNext;
    }

    @Test
    @DisplayName("in the same process makes two round trips, in which it also commits")
    void two_round_trips() {
        settle(store);

        assertThat(claim()).hasSize(1);

        assertThat(sent()).hasSize(2).last().asString().endsWith("COMMIT");
    }

    @Test
    @DisplayName("in another process learns of its key from the note")
    void of_others() {
        settle(JdbcJobStore.of(database));

        assertThat(claim()).hasSize(1);

        assertThat(sent()).hasSize(3);
    }

    @Test
    @DisplayName("does not come again for a key that another claim has locked together with its note")
    void taken_by_another() throws SQLException {
        assertThat(untilNextClaimBeside(TAKE_NOTE)).isNull();
    }

    @Test
    @DisplayName("comes again soon for a key that another claim has locked without its note")
    void locked_without_note() throws SQLException {
        assertThat(untilNextClaimBeside(LOCK)).isNotNull();
    }

    @Test
    @DisplayName("comes again soon for a ready job whose key another claim has locked together with its note")
    void ready_and_taken_by_another() throws SQLException {
        Sql.run(
                database,
                "UPDATE job SET run_at = due_at, due_at = NULL, parked_under = NULL, parked_rank = NULL WHERE parked_under IS NOT NULL");

        assertThat(untilNextClaimBeside(TAKE_NOTE)).isNotNull();
    }

    @Test
    @DisplayName("locks no job of a sequence whose key another claim has locked together with its note")
    void leaves_the_first_job() throws SQLException {
        settle(store);
        UUID plain = UUID.randomUUID();
        Sql.run(database, "INSERT INTO job (id, type) VALUES ('" + plain + "', '" + Jobs.TYPE.name() + "')");
        AtomicInteger free = new AtomicInteger();
        beforeCommit = () -> free.set(
                Sql.query(database, "SELECT 1 FROM job WHERE parked_under = 'sequence:film:42' FOR UPDATE SKIP LOCKED")
                        .size());
        try (Connection other = locking(TAKE_NOTE)) {
            assertThat(claim()).extracting(Job::id).containsExactly(plain);
            other.rollback();
        }
        assertThat(free).hasValue(2);
    }

    /** A connection on which a transaction has locked the key, and has run a statement. */
    private Connection locking(String statement) throws SQLException {
        Connection connection = database.getConnection();
        connection.setAutoCommit(false);
        try (var locks = connection.createStatement()) {
            locks.execute(LOCK);
            locks.execute(statement);
        }
        return connection;
    }
}
