package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.client.TransactionJobs;
import io.forthwith.store.Added;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two transactions add a job with the same key: one of the application, which is still open, and one of another client. Where a server has row locks, the
 * second waits for the first.
 */
@Timeout(Patience.SECONDS_OF_A_TEST)
@DisplayName(
        "While a transaction of the application that has enqueued a job is open, another call with the same unique key waits, and")
class UniqueKeysInTransactionsTest {
    private static Stream<Arguments> everywhere() {
        return Stream.of(TestDatabase.POSTGRESQL, TestDatabase.MARIADB)
                .flatMap(kind -> Stream.of(UniqueKey.Scope.values()).map(scope -> Arguments.of(kind, scope)));
    }

    private static UniqueKey in(UniqueKey.Scope scope) {
        UniqueKey key = UniqueKey.of("monday").replaceInput();
        return switch (scope) {
            case UNTIL_ENDED -> key;
            case UNTIL_STARTED -> key.untilStarted();
            case PERIOD -> key.forPeriod(Duration.ofHours(1));
        };
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    @DisplayName("adds its own job when that is rolled back: no hole is left")
    void rolledBack(TestDatabase kind, UniqueKey.Scope scope) throws Exception {
        NewJob first = Jobs.job().uniqueKey(in(scope));
        NewJob second = Jobs.job().uniqueKey(in(scope));

        List<Added> answers = addBeside(kind, first, second, Connection::rollback);

        assertThat(answers).containsExactly(new Added(second.id(), Added.Outcome.ADDED));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    @DisplayName("gives its input to that job when that is committed")
    void committed(TestDatabase kind, UniqueKey.Scope scope) throws Exception {
        NewJob first = Jobs.job().uniqueKey(in(scope));
        NewJob second = Jobs.job().uniqueKey(in(scope));

        List<Added> answers = addBeside(kind, first, second, Connection::commit);

        assertThat(answers).containsExactly(new Added(first.id(), Added.Outcome.REPLACED));
    }

    private static List<Added> addBeside(TestDatabase kind, NewJob first, NewJob second, End end) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        CompletableFuture<List<Added>> adding;
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            TransactionJobs.of(store.joining(host)).enqueue(first);
            adding = CompletableFuture.supplyAsync(
                    () -> store.add(Jobs.encoded(second)), task -> new Thread(task).start());
            await().until(() -> waits(kind, database) || adding.isDone());
            assertThat(adding).isNotDone();
            end.on(host);
        }
        List<Added> answers = adding.get(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(store.countByScan(JobQuery.all())).isOne();
        return answers;
    }

    /** How the transaction ends. */
    @FunctionalInterface
    private interface End {
        void on(Connection host) throws SQLException;
    }

    private static boolean waits(TestDatabase kind, DataSource database) {
        String waiting = kind == TestDatabase.POSTGRESQL
                ? "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                : "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
        return !Sql.query(database, waiting).get(0).get(0).equals("0");
    }
}
