package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.store.limit.LimitStore;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody may have to wait for a process that has gone silent to stop a key. */
@DisplayName("While a claim has locked a key, a change of the key")
@Timeout(Patience.SECONDS_OF_A_TEST)
class ChangesBesideClaimsTest {
    private static final LimitKey KEY = new LimitKey("api", "acme");
    private static final Limit API = Limit.of("api").concurrency(10);

    /** The statement of a claim that starts jobs. */
    private static final Pattern START = Pattern.compile("(?i)ELSE s\\.under END");
    /** The statement of a claim that counts, after it has locked the keys. */
    private static final Pattern COUNT = Pattern.compile("(?is)^\\s*SELECT limits, .*UNION ALL SELECT NULL, ");

    private static JdbcJobStore store(DataSource database) {
        JdbcJobStore store = JdbcJobStore.of(database);
        limits(store).put(API);
        limits(store).override(KEY, null);
        return store;
    }

    private static LimitStore limits(JdbcJobStore store) {
        return store.limits().orElseThrow();
    }

    private static NewJob job() {
        return Jobs.job().limit(KEY.name(), KEY.key());
    }

    private static Connection locked(DataSource database) throws Exception {
        Connection silent = database.getConnection();
        silent.setAutoCommit(false);
        Sql.query(silent, "SELECT limit_key FROM job_limit_key WHERE limit_key = '" + KEY.text() + "' FOR UPDATE");
        return silent;
    }

    static Stream<Arguments> statements() {
        return Stream.of(
                // There the statement that starts jobs looks for changes.
                Arguments.of(TestDatabase.POSTGRESQL, START),
                Arguments.of(TestDatabase.MARIADB, COUNT),
                Arguments.of(TestDatabase.H2, COUNT));
    }

    @ParameterizedTest
    @MethodSource("statements")
    @DisplayName("holds for that claim too, if it has not come to the statement that decides, on")
    void before_the_start(TestDatabase kind, Pattern decides) {
        DataSource database = kind.migrated();
        JdbcJobStore store = store(database);
        store.add(Jobs.encoded(job(), job()));
        List<LimitChangeResult> changes = new ArrayList<>();
        JdbcJobStore heldUp = JdbcJobStore.of(HeldUpDataSource.before(
                statement -> decides.matcher(statement).find(),
                database,
                () -> changes.add(limits(store).pause(KEY, Pause.by("ada").because("they are down")))));

        assertThat(Jobs.claim(heldUp, Jobs.worker(heldUp), 10)).isEmpty();

        assertThat(changes).hasSize(1).first().matches(LimitChangeResult::hasOpenClaim);
        assertThat(limits(store).state(KEY).running()).isEmpty();
        assertThat(limits(store).resume(KEY))
                .matches(LimitChangeResult::wasPaused)
                .matches(change -> !change.hasOpenClaim());
        assertThat(Jobs.claimAll(store)).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName(
            "is stored and shown at once, says that a claim is open, and is written for older libraries once the key is free")
    void locked_for_ever(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = store(database);
        try (Connection silent = locked(database)) {
            assertThat(Patience.answerOf(() -> limits(store).pause(KEY, Pause.by("ada"))))
                    .matches(LimitChangeResult::hasOpenClaim)
                    .matches(change -> change.pause() != null);
            assertThat(Patience.answerOf(() -> limits(store).override(KEY, API.concurrency(1))))
                    .matches(LimitChangeResult::hasOpenClaim)
                    .matches(LimitChangeResult::wasPaused);
            assertThat(Patience.answerOf(() -> limits(store).rest(KEY, Duration.ofHours(1))))
                    .matches(LimitChangeResult::hasOpenClaim);

            LimitState state = limits(store).state(KEY);
            assertThat(state.pause()).isNotNull();
            assertThat(state.limit()).isEqualTo(API.concurrency(1));
            assertThat(state.restsUntil()).isNotNull();
            assertThat(limits(store).states(KEY.name(), null, 10)).containsExactly(state);
            silent.rollback();
        }
        store.add(Jobs.encoded(job()));
        assertThat(Jobs.claimAll(store)).isEmpty();
        limits(store).lookAgain();
        assertThat(Sql.query(
                        database,
                        "SELECT limit_key FROM job_limit_key WHERE limit_key = '" + KEY.text()
                                + "' AND paused_at IS NOT NULL AND rests_until IS NOT NULL AND concurrency = 1"))
                .hasSize(1);
        assertThat(Sql.query(database, "SELECT limit_key FROM job_limit_change WHERE is_open = TRUE"))
                .isEmpty();
        assertThat(limits(store).resume(KEY).wasPaused()).isTrue();
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("does not lose another one that is made at the same moment")
    void together(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = store(database);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (Connection silent = locked(database)) {
            List<Callable<LimitChangeResult>> calls = List.of(
                    () -> limits(store).pause(KEY, Pause.by("ada")),
                    () -> limits(store).override(KEY, API.concurrency(2)),
                    () -> limits(store).rest(KEY, Duration.ofHours(1)));
            List<Future<LimitChangeResult>> answers = new ArrayList<>();
            calls.forEach(call -> answers.add(threads.submit(call)));
            for (Future<LimitChangeResult> answer : answers) {
                assertThat(answer.get(Patience.SECONDS, TimeUnit.SECONDS)).matches(LimitChangeResult::hasOpenClaim);
            }
            silent.rollback();
        } finally {
            threads.shutdown();
        }
        LimitState state = limits(store).state(KEY);
        assertThat(state.pause()).isNotNull();
        assertThat(state.limit()).isEqualTo(API.concurrency(2));
        assertThat(state.restsUntil()).isNotNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("lets jobs start that it makes room for, as soon as the key is free")
    void more(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = store(database);
        limits(store).override(KEY, API.concurrency(1));
        store.add(Jobs.encoded(job(), job(), job()));
        UUID worker = Jobs.worker(store);
        List<Job> first = Jobs.claim(store, worker, 10);
        assertThat(first).hasSize(1);
        try (Connection silent = locked(database)) {
            limits(store).override(KEY, API.concurrency(3));
            silent.rollback();
        }
        assertThat(Jobs.claim(store, worker, 10)).hasSize(2);
    }
}
