package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.Enqueued;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.client.JobClient;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Such a call waits for a job and has not locked one that comes after it: so it cannot deadlock with a change of a family. */
@Timeout(Patience.SECONDS_OF_A_TEST)
@DisplayName("A call that replaces the inputs of two jobs whose keys have different scopes")
class ReplacingInputsBesideLocksTest {
    private static final UniqueKey KEY = UniqueKey.of("k").replaceInput();

    private static Stream<UniqueKey> keysOfFirst() {
        return Stream.of(KEY, KEY.untilStarted(), KEY.forPeriod(Duration.ofHours(1)));
    }

    private static UniqueKey keyOfSecond(UniqueKey first) {
        return first.scope() == UniqueKey.Scope.UNTIL_ENDED ? KEY.untilStarted() : KEY;
    }

    @ParameterizedTest
    @MethodSource("keysOfFirst")
    @DisplayName("locks the job with the lower id first, whatever the scopes")
    void by_id(UniqueKey key) throws Exception {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob first = Jobs.job().uniqueKey(key);
        NewJob second = Jobs.job().uniqueKey(keyOfSecond(key));
        store.add(Jobs.encoded(first));
        store.add(Jobs.encoded(second));
        assertThat(first.id().toString()).isLessThan(second.id().toString());

        assertWaitsForFirst(database, store, first, second);
    }

    @ParameterizedTest
    @MethodSource("keysOfFirst")
    @DisplayName("locks a child before a job that waits for another, as changes of families do")
    void children_first(UniqueKey key) throws Exception {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob before = Jobs.job();
        NewJob second = Jobs.job().after(before).uniqueKey(keyOfSecond(key));
        NewJob parent = Jobs.job();
        NewJob first = Jobs.job().parent(parent).uniqueKey(key);
        store.add(Jobs.encoded(before, second));
        store.add(Jobs.encoded(parent, first));
        assertThat(first.id().toString()).isGreaterThan(second.id().toString());

        assertWaitsForFirst(database, store, first, second);
    }

    private static void assertWaitsForFirst(DataSource database, JdbcJobStore store, NewJob first, NewJob second)
            throws Exception {
        CompletableFuture<List<Enqueued>> adding;
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.execute("SELECT id FROM job WHERE id = '" + first.id() + "' FOR UPDATE");
            List<NewJob> again = List.of(
                    Jobs.job().uniqueKey(Objects.requireNonNull(first.uniqueKey())),
                    Jobs.job().uniqueKey(Objects.requireNonNull(second.uniqueKey())));
            adding = CompletableFuture.supplyAsync(
                    () -> JobClient.of(store).enqueueAll(again), task -> new Thread(task).start());
            await().until(() -> waits(database) || adding.isDone());
            assertThat(adding).isNotDone();
            statement.execute("SELECT id FROM job WHERE id = '" + second.id() + "' FOR UPDATE NOWAIT");
            host.rollback();
        }
        assertThat(adding.get(Patience.SECONDS, TimeUnit.SECONDS))
                .allMatch(Enqueued::hasReplaced)
                .extracting(Enqueued::id)
                .containsExactly(first.id(), second.id());
    }

    private static boolean waits(DataSource database) {
        return !Sql.query(
                        database,
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                .get(0)
                .get(0)
                .equals("0");
    }
}
