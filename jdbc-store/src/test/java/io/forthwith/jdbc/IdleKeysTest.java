package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The row of a key of a limit")
class IdleKeysTest {
    private static final Limit API = Limit.of("api").concurrency(1);
    private static final int KEYS = 20;
    private static final int OF_A_KEY = 15;
    private static final int FORGET_AFTER = 5;

    private DataSource database;
    private JdbcJobStore store;
    private LimitStore limits;

    private void open(TestDatabase kind) {
        database = kind.migrated();
        store = JdbcJobStore.of(database);
        limits = store.limits().orElseThrow();
        limits.put(API);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is deleted at the second look that finds nothing of the key, and made again for its next job, on")
    void forgotten(TestDatabase kind) {
        open(kind);
        UUID worker = Jobs.worker(store);
        store.add(Jobs.encoded(
                Jobs.job().limit("api", "k"),
                Jobs.job().sequence("s"),
                Jobs.job().limit("api", "other")));
        store.settle(Jobs.completed(Jobs.claim(store, worker, 10)));
        // Acts on the notes of the ends.
        assertThat(Jobs.claim(store, worker, 10)).isEmpty();
        assertThat(keys()).containsExactly("api:k", "api:other", "sequence:s");

        limits.lookAgain();
        assertThat(keys()).hasSize(3);
        store.add(Jobs.encoded(Jobs.job().limit("api", "other")));
        assertThat(Jobs.claim(store, worker, 10)).hasSize(1);
        limits.lookAgain();

        assertThat(keys()).as("one is in use").containsExactly("api:other");
        assertThat(limits.states("api", null, 10)).hasSize(1);
        store.add(Jobs.encoded(
                Jobs.job().limit("api", "k"),
                Jobs.job().limit("api", "k"),
                Jobs.job().sequence("s")));
        assertThat(Jobs.claim(store, worker, 10)).hasSize(2);
        assertThat(Jobs.claim(store, worker, 10)).as("of a key whose job runs").isEmpty();
        assertThat(limits.state(new LimitKey("api", "k")).waiting()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "stays while a job waits or runs, a rate is used up, the key rests or is paused, or somebody has changed it, on")
    void used(TestDatabase kind) {
        open(kind);
        // One start uses it for three minutes; one with a cost of twenty may come an hour after it.
        limits.put(Limit.of("rated").rate(20, Duration.ofHours(1)));
        UUID worker = Jobs.worker(store);
        limits.pause(new LimitKey("api", "first-parked"), Pause.of());
        limits.pause(new LimitKey("api", "parked"), Pause.of());
        store.add(Jobs.encoded(
                Jobs.job().limit("api", "runs"),
                Jobs.job().limit("api", "first-parked"),
                Jobs.job().limit("api", "parked"),
                Jobs.job().limit("rated", "k"),
                Jobs.job().limit("api", "one-of-two").limit("rated", "other")));
        List<Job> claimed = Jobs.claim(store, worker, 10);
        assertThat(claimed).hasSize(3);
        store.settle(Jobs.completed(claimed.stream()
                .filter(job -> job.limits().size() == 1
                        && job.limits().get(0).key().name().equals("rated"))
                .toList()));
        limits.rest(new LimitKey("api", "rests"), Duration.ofHours(1));
        limits.pause(new LimitKey("api", "paused"), Pause.by("ann").because("why"));
        limits.override(new LimitKey("api", "own"), API.concurrency(3));
        limits.pause(new LimitKey("api", "over"), Pause.of());
        limits.resume(new LimitKey("api", "over"));
        // Without a pause, which would keep them as well.
        Sql.run(database, "UPDATE job_limit_key SET paused_at = NULL WHERE limit_key LIKE '%parked'");
        // By hand only: a sequence has no other limit.
        Sql.run(
                database,
                "INSERT INTO job_limit_key (limit_key, is_own, concurrency, burst) VALUES ('sequence:own', "
                        + (kind == TestDatabase.SQLITE ? "1" : "TRUE") + ", 1, 0)");
        Sql.run(
                database,
                "UPDATE job_limit_key SET used_until = " + kind.utc("2020-01-01 00:00:00")
                        + " WHERE limit_key = 'rated:other'");
        Sql.run(
                database,
                "UPDATE job_limit_key SET used_until = "
                        + kind.utc(LocalDateTime.now(ZoneOffset.UTC)
                                .minusMinutes(30)
                                .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")))
                        + " WHERE limit_key = 'rated:k'");
        Sql.run(database, "DELETE FROM job_limit_note");

        IntStream.range(0, 4).forEach(look -> {
            limits.lookAgain();
            Sql.run(database, "DELETE FROM job_limit_note");
        });

        assertThat(keys())
                .containsExactlyInAnyOrder(
                        "api:first-parked",
                        "api:own",
                        "api:parked",
                        "api:paused",
                        "api:rests",
                        "api:runs",
                        "api:one-of-two",
                        "rated:k",
                        "rated:other");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may go at any moment: no job starts beside another one of its key, and none is left, on")
    void at_any_moment(TestDatabase kind) {
        open(kind);
        store.add(Jobs.encoded(IntStream.range(0, KEYS * OF_A_KEY)
                .mapToObj(i -> i % 2 == 0
                        ? Jobs.job().limit("api", "k" + i % KEYS)
                        : Jobs.job().sequence("k" + i % KEYS))
                .toArray(NewJob[]::new)));
        AtomicInteger left = new AtomicInteger(KEYS * OF_A_KEY);
        Map<LimitKey, UUID> running = new ConcurrentHashMap<>();
        Semaphore ended = new Semaphore(0);
        Semaphore operated = new Semaphore(0);
        Callable<Boolean> claims = () -> {
            UUID worker = Jobs.worker(store);
            List<Job> before = List.of();
            while (left.get() > 0) {
                List<Job> claimed = Jobs.claim(store, worker, 4);
                claimed.forEach(job -> assertThat(running.putIfAbsent(key(job), job.id()))
                        .as("another job of " + key(job))
                        .isNull());
                // They run while the next claims are made.
                before.forEach(job -> running.remove(key(job)));
                settle(before);
                left.addAndGet(-before.size());
                ended.release(before.size());
                operated.release(before.size());
                before = claimed;
            }
            return true;
        };
        // Each second look deletes rows. Without a pause, claims would do nothing but make them again.
        Callable<Boolean> forgets = () -> {
            while (left.get() > 0) {
                if (ended.tryAcquire(FORGET_AFTER, 1, TimeUnit.SECONDS)) {
                    limits.lookAgain();
                    limits.lookAgain();
                }
            }
            return true;
        };

        Callable<Boolean> operates = () -> {
            while (left.get() > 0) {
                if (operated.tryAcquire(1, TimeUnit.SECONDS)) {
                    LimitKey key = new LimitKey("api", "k" + left.get() % KEYS);
                    limits.override(key, API);
                    limits.override(key, null);
                }
            }
            return true;
        };

        List<Callable<Boolean>> all = List.of(claims, claims, forgets, operates);
        assertThat(RacingThreads.race(all.size(), all::get)).hasSameSizeAs(all);

        limits.lookAgain();
        limits.lookAgain();
        assertThat(keys()).isEmpty();
    }

    /** Again, as long as other transactions have locked rows. */
    private void settle(List<Job> jobs) {
        List<Settlement> open = Jobs.completed(jobs);
        while (!open.isEmpty()) {
            List<Settlement> tried = open;
            List<Settled> answers = store.settle(tried);
            open = IntStream.range(0, tried.size())
                    .filter(i -> answers.get(i) == Settled.BUSY)
                    .mapToObj(tried::get)
                    .toList();
        }
    }

    private static LimitKey key(Job job) {
        return job.sequence() == null
                ? job.limits().get(0).key()
                : SequencePlace.limitKey(job.sequence().key());
    }

    private List<String> keys() {
        return Sql.query(database, "SELECT limit_key FROM job_limit_key ORDER BY limit_key").stream()
                .map(row -> row.get(0))
                .toList();
    }
}
