package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.limit.LimitStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Both databases tell how many rows a session reads: whatever plan they take, a large table must not be read as a whole. */
@Tag("slow")
@DisplayName(
        "Beside forty thousand finished jobs, as many deferred and parked ones, as many paused queues and a family of twenty-five thousand,")
class ManyRowsTest {
    private static final int MANY = 40_000;
    private static final int MOST = 5_000;
    private static final int FAMILY = 25_000;
    /** To add up the progress of children, or to find those that failed, all of them are read. */
    private static final int WHOLE_FAMILY = FAMILY + 100;

    private static final UUID PARENT = new UUID(0, 1);

    /** What of the statements that fill the tables differs between databases. */
    private record Words(String id, String now, String later, String far, String n, String numbers) {
        static final Words MARIADB = new Words(
                "UUID()",
                "UTC_TIMESTAMP(6)",
                "UTC_TIMESTAMP(6) + INTERVAL 1 DAY",
                "'9000-01-01 00:00:00'",
                "seq",
                "seq_1_to_%d");
        static final Words H2 = new Words(
                "CAST(RANDOM_UUID() AS VARCHAR)",
                "CURRENT_TIMESTAMP",
                "DATEADD(DAY, 1, CURRENT_TIMESTAMP)",
                "TIMESTAMP WITH TIME ZONE '9000-01-01 00:00:00+00:00'",
                "x",
                "SYSTEM_RANGE(1, %d)");

        void fill(DataSource database) {
            insert(
                    database,
                    "job (id, type, status, completed_at, created_at, run_at, claim, unique_key)",
                    "$id, 'shot_video_generation', 'completed', $now, $now, $now, 1, $n",
                    MANY);
            insert(database, "job (id, type, priority, run_at)", "$id, 'later', MOD($n, 10), $later", MANY);
            Sql.run(
                    database,
                    "INSERT INTO job (id, type, status, sealed) VALUES ('" + PARENT + "', 'p', 'waiting', FALSE)");
            insert(
                    database,
                    "job (id, type, parent_id, position, status, completed_at, progress)",
                    "$id, 'child', '" + PARENT + "', $n, 'completed', $now, 100",
                    FAMILY);
            insert(database, "job_queue (name)", "CONCAT('paused-', $n)", MANY);
            insert(database, "job_predecessor (job_id, predecessor_id, place)", "$id, $id, 1", MANY);
            insert(database, "job_step (job_id, claim, name, position, has_undo)", "$id, 1, 's', 1, FALSE", MANY);
            insert(
                    database,
                    "job_failure (job_id, claim, attempt, kind, code, message)",
                    "$id, 1, 1, 'permanent', 'c', 'm'",
                    MANY);
            insert(
                    database,
                    "job (id, type, limits, parked_under, parked_rank, due_at, run_at)",
                    "$id, 'parked', 'api:full', 'api:full', 4, $now, $far",
                    MANY);
        }

        private void insert(DataSource database, String columns, String values, int rows) {
            Sql.run(
                    database,
                    ("INSERT INTO " + columns + " SELECT " + values + " FROM " + numbers.formatted(rows))
                            .replace("$id", id)
                            .replace("$now", now)
                            .replace("$later", later)
                            .replace("$far", far)
                            .replace("$n", n));
        }
    }

    /** What a session has read. */
    interface Reads {
        /** How many rows, or entries of indexes, so far. */
        long count() throws SQLException;

        /** The plan that has read most since the last call; empty if that is not known. */
        default String widest() {
            return "";
        }
    }

    @Test
    @DisplayName("on MariaDB every call reads a few rows for each job")
    void mariaDb() throws SQLException {
        DataSource database = TestMariaDb.newDatabase("plans");
        JdbcSchema.migrate(database);
        Words.MARIADB.fill(database);
        Sql.run(database, "ANALYZE TABLE job");
        try (SingleConnection connection = new SingleConnection(database.getConnection())) {
            new Calls(
                            connection,
                            Words.MARIADB,
                            () ->
                                    Sql.query(connection.connection(), "SHOW SESSION STATUS LIKE 'Handler_read%'")
                                            .stream()
                                            .mapToLong(row -> Long.parseLong(row.get(1)))
                                            .sum(),
                            true)
                    .all();
        }
    }

    @Test
    @DisplayName("on H2 every call reads a few rows for each job")
    void h2() throws SQLException {
        DataSource database = TestH2.migrated();
        Words.H2.fill(database);
        try (H2Reads connection = new H2Reads(database.getConnection())) {
            new Calls(connection, Words.H2, connection, false).all();
        }
    }

    private static final class Calls {
        private final DataSource database;
        private final Words words;
        private final JdbcJobStore store;
        private final Reads reads;
        private final boolean findsEnded;
        private final SoftAssertions assertions = new SoftAssertions();

        /** @param findsEnded whether an index finds the jobs that ended before a time */
        Calls(DataSource database, Words words, Reads reads, boolean findsEnded) {
            this.words = words;
            this.database = database;
            this.findsEnded = findsEnded;
            this.store = JdbcJobStore.of(database);
            this.reads = reads;
        }

        void all() throws SQLException {
            UUID worker = Jobs.worker(store);
            work(worker);
            smallFamily(worker);
            limits(worker);
            old();
            lists();
            assertions.assertAll();
        }

        private void work(UUID worker) throws SQLException {
            NewJob keyed = Jobs.job().uniqueKey("k");
            few("add", () -> store.add(Jobs.encoded(keyed, Jobs.job(), Jobs.job())));
            few("add again", () -> store.add(Jobs.encoded(Jobs.job().uniqueKey("k"), keyed)));
            few("add a child", () -> store.add(Jobs.encoded(Jobs.job().parent(PARENT))));
            assertThat(few("look for the overdue", () -> store.overdue(Duration.ZERO)))
                    .isNotEmpty();
            List<Job> claimed = few("claim", () -> Jobs.claim(store, worker, 10));
            assertThat(claimed).hasSize(4);
            List<Job> children =
                    claimed.stream().filter(job -> job.parentId() != null).toList();
            List<Job> others =
                    claimed.stream().filter(job -> job.parentId() == null).toList();
            few("claim nothing", () -> Jobs.claim(store, worker, 10));
            read(
                    WHOLE_FAMILY,
                    "report",
                    () -> store.report(claimed.stream()
                            .map(job -> new ProgressReport(Claim.of(job), JobProgress.atStep(1, 2, null)))
                            .toList()));
            few("beat", () -> store.beat(worker, Duration.ofMinutes(10), WorkerLoad.NONE));
            few("settle", () -> store.settle(Jobs.completed(others.subList(0, 2))));
            few("fail", () -> store.settle(List.of(failed(others.get(2)))));
            few("retry", () -> store.retry(others.get(2).id()));
            few("cancel", () -> store.cancel(others.get(2).id(), Locale.ENGLISH));
            few("held", () -> store.held(worker));
            read(WHOLE_FAMILY, "settle the child", () -> store.settle(Jobs.completed(children)));
            read(WHOLE_FAMILY, "retry the family", () -> store.retry(PARENT));
            few("look for the dead", () -> store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)));
            store.add(Jobs.many(1_000));
            List<Job> thousand = read(12 * 1_000, "claim a thousand", () -> Jobs.claim(store, worker, 1_000));
            read(12 * 1_000, "settle a thousand", () -> store.settle(Jobs.completed(thousand)));
            few("pause", () -> store.pauseQueue("default", Pause.of()));
            few("resume", () -> store.resumeQueue("default"));
        }

        private void smallFamily(UUID worker) throws SQLException {
            NewJob parent = Jobs.job();
            NewJob finisher = Jobs.job().finisherOf(parent);
            NewJob later = Jobs.job().after(parent);
            few("add a family", () -> store.add(Jobs.encoded(parent, Jobs.job().parent(parent), finisher, later)));
            List<Job> child = few("claim a child", () -> Jobs.claim(store, worker, 10));
            few("settle the last child", () -> store.settle(Jobs.completed(child)));
            List<Job> last = few("claim the finisher", () -> Jobs.claim(store, worker, 10));
            few("settle the finisher", () -> store.settle(Jobs.completed(last)));
            List<Job> after = few("claim what comes after", () -> Jobs.claim(store, worker, 10));
            few("settle what comes after", () -> store.settle(Jobs.completed(after)));
            assertThat(store.find(later.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        }

        private void limits(UUID worker) throws SQLException {
            // Beside limits, claims read all of them.
            Sql.run(database, "DELETE FROM job_queue");
            words.insert(database, "job_limit_note (id, limit_key, due_at)", "$id, 'api:full', $later", MANY);
            LimitStore limits = store.limits().orElseThrow();
            few("declare a limit", () -> {
                limits.put(Limit.of("api").concurrency(1));
                return true;
            });
            store.add(Jobs.encoded(
                    Jobs.job().limit("api", "a"),
                    Jobs.job().limit("api", "a"),
                    Jobs.job().fairBy("f"),
                    Jobs.job().fairBy("f"),
                    Jobs.job().sequence("s"),
                    Jobs.job().sequence("s")));
            List<Job> first = few("claim beside limits", () -> Jobs.claim(store, worker, 10));
            List<Job> second = few("claim what waits for its turn", () -> Jobs.claim(store, worker, 10));
            few("settle what is under limits", () -> store.settle(Jobs.completed(first)));
            few("settle more of it", () -> store.settle(Jobs.completed(second)));
            List<Job> third = few("claim what is free again", () -> Jobs.claim(store, worker, 10));
            assertThat(first.size() + second.size() + third.size()).isEqualTo(6);
            few("look at a limit", () -> limits.state(new LimitKey("api", "a")));
        }

        private void old() throws SQLException {
            if (findsEnded) {
                few(
                        "purge nothing",
                        () -> store.purge(
                                        Retention.DEFAULT
                                                .completed(Duration.ofDays(1))
                                                .failed(Duration.ofDays(1)),
                                        100)
                                .jobs());
            }
            few(
                    "purge",
                    () -> store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofDays(1)), 100)
                            .jobs());
            few("expire", () -> store.expire(100, Locale.ENGLISH).jobs());
        }

        private void lists() throws SQLException {
            few("list", () -> store.scan(JobQuery.all().atMost(10)));
            few("children", () -> store.children(PARENT, 10_000, 10));
            read(2 * MOST + 100, "look at a job", () -> store.situation(PARENT));
            UUID pending = UUID.fromString(Sql.query(database, "SELECT id FROM job WHERE type = 'later' LIMIT 1")
                    .get(0)
                    .get(0));
            few("look at a pending job", () -> store.situation(pending));
            store.outcomes().orElseThrow().recordDepths();
            long before = reads.count();
            store.queues();
            assertions
                    .assertThat(reads.count() - before)
                    .as("of ten priorities what is due and what is not, each read once and counted once")
                    .isLessThan(4L * 10 * QueueState.MOST);
        }

        private static Settlement failed(Job job) {
            return Settlement.fail(Claim.of(job), JobError.permanent("broken", "Broken"), Locale.ENGLISH);
        }

        private <T> T few(String what, Supplier<T> call) throws SQLException {
            return read(MOST, what, call);
        }

        private <T> T read(int most, String what, Supplier<T> call) throws SQLException {
            long before = reads.count();
            T answer = call.get();
            assertions
                    .assertThat(reads.count() - before)
                    .as("rows read: " + what + "\n" + reads.widest())
                    .isLessThan(most);
            return answer;
        }
    }
}
