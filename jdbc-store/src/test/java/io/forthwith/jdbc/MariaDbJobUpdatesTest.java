package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What becomes of many jobs, on MariaDB,")
@Timeout(Patience.SECONDS_OF_A_TEST)
@Tag("slow")
class MariaDbJobUpdatesTest {
    /** More than one statement takes. */
    private static final int MANY = 420;

    private static final String TOGETHER = "together";
    private static final String ALONE = "alone";

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "2026-01-01 00:00:00",
            "'); DROP TABLE job; --",
            "\\' \\\" \\\\ % _ ? :a {job} \n\r\t",
            "\u00e4\u0416\u4e2d a\u0308",
            "\ud83c\udfac",
            "null",
            "x".repeat(1_000));

    private static final List<BiFunction<Claim, String, Settlement>> WAYS = List.of(
            (claim, text) -> Settlement.complete(claim, null),
            Settlement::complete,
            (claim, text) -> Settlement.fail(claim, JobError.user("no_credits", text), Locale.ENGLISH),
            (claim, text) -> Settlement.fail(claim, JobError.permanent("broken", text), Locale.ENGLISH),
            (claim, text) ->
                    Settlement.retry(claim, JobError.retryable("later", text), Duration.ofNanos(40_123_456_000L)),
            (claim, text) -> Settlement.postpone(claim, Duration.ofNanos(90_000_001_000L), text),
            (claim, text) -> Settlement.giveBack(claim));

    /** All that is not of a job or a moment, and how long it is put off. */
    private static final String OUTCOMES = """
            SELECT project_id, status, claim, worker_id, attempt, lost_workers, postponements, postponed_since IS NULL, progress,
              current_step, total_steps, progress_message, result_data, error_message, error_kind, error_code,
              started_at IS NULL, completed_at IS NULL, cancel_requested_at IS NULL, has_undo, open_key, suspicion,
              CASE WHEN error_code = 'later' OR postponements > 0 THEN TIMESTAMPDIFF(MICROSECOND, updated_at, run_at) END
            FROM job WHERE user_id = '%s' ORDER BY project_id""";

    private final DataSource database = TestMariaDb.empty();

    private static List<Settlement> everyWay(List<Job> jobs) {
        return IntStream.range(0, jobs.size())
                .mapToObj(i -> WAYS.get(i % WAYS.size())
                        .apply(Claim.of(jobs.get(i)), TEXTS.get(i / WAYS.size() % TEXTS.size())))
                .toList();
    }

    /** In the order in which they were added, which is not that of their ids. */
    private static List<Job> claimed(JobStore store, UUID worker, String user) {
        List<NewJob> jobs = new ArrayList<>(
                IntStream.range(0, MANY).mapToObj(i -> Jobs.job().user(user)).toList());
        Collections.shuffle(jobs);
        IntStream.range(0, MANY)
                .forEach(i ->
                        jobs.set(i, jobs.get(i).project("%04d".formatted(i)).uniqueKey(user + i)));
        store.add(Jobs.encoded(jobs.toArray(NewJob[]::new)));
        List<Job> claimed = new ArrayList<>(Jobs.claim(store, worker, MANY));
        assertThat(claimed).hasSize(MANY);
        claimed.sort(Comparator.comparing(Job::projectId));
        return claimed;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "&useAffectedRows=true",
                "&useAffectedRows=false",
                "&useServerPrepStmts=true",
                "&useBulkStmts=true",
                "&disablePipeline=true"
            })
    @DisplayName("is what becomes of each alone, to the letter and the microsecond, and so are the answers")
    void together(String settings) {
        JdbcJobStore store = JdbcJobStore.of(TestMariaDb.with(settings));
        UUID worker = Jobs.worker(store);
        List<Settlement> some = everyWay(claimed(store, worker, TOGETHER));
        List<Settlement> each = everyWay(claimed(store, worker, ALONE));

        assertThat(store.settle(some)).hasSize(MANY).containsOnly(Settled.APPLIED);
        each.forEach(settlement -> assertThat(store.settle(List.of(settlement))).containsExactly(Settled.APPLIED));

        List<List<String>> alone = outcomes(ALONE);
        assertThat(outcomes(TOGETHER)).isEqualTo(alone);
        assertThat(alone.stream().map(row -> row.get(1)).distinct())
                .containsExactlyInAnyOrder("completed", "failed", "pending");
        assertThat(store.settle(some)).containsOnly(Settled.ALREADY_APPLIED);
        assertThat(outcomes(TOGETHER)).isEqualTo(alone);
    }

    private List<List<String>> outcomes(String user) {
        return Sql.query(database, OUTCOMES.formatted(user)).stream()
                .map(row -> row.stream()
                        .map(text -> text == null ? "null!" : text.replace(user, "user"))
                        .toList())
                .toList();
    }

    @Test
    @DisplayName("concerns none of those that are refused among them, and frees the keys of those that have ended")
    void refused() {
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID worker = Jobs.worker(store);
        List<Job> jobs = claimed(store, worker, TOGETHER);
        List<Settlement> settlements = IntStream.range(0, MANY)
                .mapToObj(i -> {
                    Claim claim = Claim.of(jobs.get(i));
                    Claim wrong = StoreFixture.notQuite(claim).get(i / 2 % 5);
                    return Settlement.complete(i % 2 == 0 ? claim : wrong, "\"" + i + "\"");
                })
                .toList();

        List<Settled> answers = store.settle(settlements);

        for (int i = 0; i < MANY; i++) {
            boolean isRight = i % 2 == 0;
            assertThat(answers.get(i)).isEqualTo(isRight ? Settled.APPLIED : Settled.LOST);
            Job job = store.find(jobs.get(i).id()).orElseThrow();
            assertThat(job.result()).isEqualTo(isRight ? "\"" + i + "\"" : null);
            assertThat(store.add(Jobs.encoded(Jobs.job().uniqueKey(TOGETHER + i)))
                            .get(0)
                            .outcome())
                    .isEqualTo(isRight ? Added.Outcome.ADDED : Added.Outcome.KEY_TAKEN);
        }
    }

    @Test
    @DisplayName("is written by a handful of statements")
    void few() throws SQLException {
        try (SingleConnection connection =
                new SingleConnection(TestMariaDb.with("").getConnection())) {
            JdbcJobStore store = JdbcJobStore.of(connection);
            UUID worker = Jobs.worker(store);
            store.add(Jobs.many(1_000));
            List<Job> jobs = Jobs.claim(store, worker, 1_000);
            assertThat(updates(connection)).isBetween(1L, 6L);
            store.settle(jobs.stream()
                    .map(job -> Settlement.complete(Claim.of(job), "\"" + job.id() + "\""))
                    .toList());
            assertThat(updates(connection)).isBetween(2L, 12L);
        }
    }

    private static long updates(SingleConnection connection) throws SQLException {
        return Sql.query(connection.connection(), "SHOW SESSION STATUS LIKE 'Com_update%'").stream()
                .mapToLong(row -> Long.parseLong(row.get(1)))
                .sum();
    }

    @Test
    @DisplayName("is written in as many statements as it takes for each to be no larger than the driver may send")
    void large() {
        JdbcJobStore store = JdbcJobStore.of(TestMariaDb.with("&maxAllowedPacket=400000"));
        store.add(Jobs.many(12));
        List<Job> jobs = Jobs.claimAll(store);
        List<String> results = List.of("'".repeat(40_000), "\u4e2d".repeat(60_000), "x".repeat(190_000), "");

        assertThat(store.settle(IntStream.range(0, 12)
                        .mapToObj(i -> Settlement.complete(Claim.of(jobs.get(i)), results.get(i % 4)))
                        .toList()))
                .containsOnly(Settled.APPLIED);

        for (int i = 0; i < 12; i++) {
            assertThat(store.find(jobs.get(i).id()).orElseThrow().result()).isEqualTo(results.get(i % 4));
        }
    }

    @Test
    @DisplayName("does not wait for locks on other jobs, however few there are")
    void others_locked() throws Exception {
        JdbcJobStore store = TestDatabase.MARIADB.withoutEndOfLockWaits(database);
        store.add(Jobs.many(4));
        List<Job> jobs = Jobs.claimAll(store);
        try (Connection other = TestMariaDb.with("").getConnection()) {
            other.setAutoCommit(false);
            Sql.query(other, "SELECT id FROM job WHERE id = '" + jobs.get(0).id() + "' FOR UPDATE");
            assertThat(Patience.answerOf(() -> store.settle(Jobs.completed(jobs.subList(1, 4)))))
                    .containsOnly(Settled.APPLIED);
            other.rollback();
        }
    }
}
