package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Retention;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.TakeOverRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A store does again what the database has undone because of a deadlock, so nobody would notice one, except the database itself,
 * which counts them.
 */
@DisplayName("Deadlocks that the database counts")
@Timeout(240)
@Tag("section")
@Tag("slow")
class FamilyDeadlocksTest {
    private static final int FAMILIES = 5;
    private static final int CHILDREN = 4;
    private static final int CAP = 3;
    private static final Duration FOR = Duration.ofSeconds(Long.getLong("forthwith.deadlocks.seconds", 3));
    private static final Retention NOTHING =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);

    private final String name = "deadlocks" + UUID.randomUUID().toString().replace("-", "");
    private final List<List<NewJob>> families = new ArrayList<>();
    private Server server;
    private HikariDataSource pool;
    private JdbcJobStore store;
    private long before;

    /** What one thread does again and again. */
    private interface Deed {
        void doIt(Random random);
    }

    /** A database where transactions wait for each other. */
    enum Server {
        POSTGRESQL {
            @Override
            DataSource newDatabase(String name) {
                return TestPostgres.newDatabase(name);
            }

            /** A session hands in what it has counted at its end at the latest. */
            @Override
            long deadlocks(String name) {
                String sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + name + "'";
                Awaitility.await()
                        .untilAsserted(() -> assertThat(Sql.query(TestPostgres.unpooled(), sessions))
                                .containsExactly(List.of("0")));
                String counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = '" + name + "'";
                return Long.parseLong(
                        Sql.query(TestPostgres.unpooled(), counted).get(0).get(0));
            }
        },
        MARIADB {
            @Override
            DataSource newDatabase(String name) {
                return TestMariaDb.newDatabase(name);
            }

            @Override
            long deadlocks(String name) {
                return Long.parseLong(Sql.query(TestMariaDb.with(""), "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
                        .get(0)
                        .get(1));
            }
        };

        abstract DataSource newDatabase(String name);

        abstract long deadlocks(String name);
    }

    private void open(Server kind) {
        server = kind;
        pool = TestPostgres.pool(kind.newDatabase(name));
        JdbcSchema.migrate(pool);
        before = kind == Server.POSTGRESQL ? 0 : kind.deadlocks(name);
        store = JdbcJobStore.of(pool);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are not seen by anyone when everything that moves jobs meets in the same families, and are counted")
    void none(Server kind) throws Exception {
        open(kind);
        long seed = ThreadLocalRandom.current().nextLong();
        for (int i = 0; i < FAMILIES; i++) {
            families.add(family(new Random(seed + i), i == 0 ? List.of() : families.get(i - 1)));
            add(families.get(i));
        }

        Map<String, Long> done = run(deeds(), seed);

        long deadlocks = deadlocks();
        System.out.println("Deadlocks in families on " + kind + ": " + deadlocks + ", seed " + seed + ", done " + done);
        assertThat(done.values()).allMatch(times -> times > 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are seen here when there is one")
    void one(Server kind) throws Exception {
        open(kind);
        NewJob first = Jobs.job();
        NewJob second = Jobs.job();
        add(List.of(first, second));
        SqlDialect dialect = SupportedDatabases.named(kind.name().toLowerCase(Locale.ROOT), TableNames.STANDARD)
                .dialect();
        Database database = new Database(pool, dialect, true, JdbcJobStore.DEFAULT_QUERY_TIMEOUT);

        new Crossing(database).run(first.id(), second.id());

        assertThat(deadlocks()).isPositive();
    }

    private long deadlocks() {
        pool.close();
        return server.deadlocks(name) - before;
    }

    private Map<String, Deed> deeds() {
        Map<String, Deed> deeds = new LinkedHashMap<>();
        for (int i = 1; i <= 4; i++) {
            UUID worker = Jobs.worker(store);
            deeds.put("settle " + i, random -> work(worker, random));
            deeds.put("add " + i, this::fill);
        }
        deeds.put("cancel", random -> store.cancel(any(random).id(), Locale.ENGLISH));
        deeds.put("take over", this::die);
        deeds.put("retry", random -> store.retry(any(random).id()));
        deeds.put("bulk retry", random -> store.retryPage(JobQuery.all().atMost(1 + random.nextInt(20))));
        deeds.put(
                "purge", random -> store.purge(NOTHING, 1 + random.nextInt(20)).jobs());
        deeds.put(
                "purge too",
                random -> store.purge(NOTHING, 1 + random.nextInt(20)).jobs());
        deeds.put("seal", random -> store.seal(any(random).id(), Locale.ENGLISH));
        return deeds;
    }

    /** All of them at once, each by a thread of its own, and how often each was done. */
    private static Map<String, Long> run(Map<String, Deed> deeds, long seed) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(deeds.size());
        CyclicBarrier start = new CyclicBarrier(deeds.size());
        try {
            Map<String, Future<Long>> running = new LinkedHashMap<>();
            deeds.forEach((what, deed) -> running.put(what, threads.submit(() -> {
                start.await();
                return repeat(deed, new Random(seed ^ what.hashCode()));
            })));
            Map<String, Long> done = new LinkedHashMap<>();
            for (Map.Entry<String, Future<Long>> each : running.entrySet()) {
                done.put(each.getKey(), each.getValue().get(FOR.toSeconds() + 100, TimeUnit.SECONDS));
            }
            return done;
        } finally {
            threads.shutdownNow();
        }
    }

    private static long repeat(Deed deed, Random random) {
        long times = 0;
        for (long end = System.nanoTime() + FOR.toNanos(); System.nanoTime() - end < 0; times++) {
            deed.doIt(random);
        }
        return times;
    }

    /** A group with a finisher, children that come after each other, a family in it, and a job that comes after it all. */
    private static List<NewJob> family(Random random, List<NewJob> other) {
        NewJob group = Jobs.job().unsealed().onChildFailure(any(ChildFailurePolicy.values(), random));
        List<NewJob> family = new ArrayList<>(List.of(random.nextBoolean() ? group.cancelOtherChildren() : group));
        for (int i = 0; i < CHILDREN; i++) {
            NewJob child = Jobs.job().parent(group);
            NewJob chained = i % 2 == 1 ? child.after(family.get(i)) : child;
            family.add(chained.onPredecessorFailure(any(PredecessorFailurePolicy.values(), random)));
        }
        NewJob inner = Jobs.job().parent(group).onChildFailure(any(ChildFailurePolicy.values(), random));
        family.addAll(List.of(
                inner,
                Jobs.job().parent(inner),
                Jobs.job().parent(inner),
                Jobs.job().finisherOf(group)));
        NewJob after = Jobs.job().after(group).onPredecessorFailure(any(PredecessorFailurePolicy.values(), random));
        family.add(other.isEmpty() ? after : after.after(other.get(0)));
        return family;
    }

    private static <T> T any(T[] values, Random random) {
        return values[random.nextInt(values.length)];
    }

    private NewJob any(Random random) {
        List<NewJob> family = families.get(random.nextInt(FAMILIES));
        return family.get(random.nextInt(4) == 0 ? 0 : random.nextInt(family.size()));
    }

    private void add(List<NewJob> jobs) {
        store.add(Jobs.encoded(jobs.toArray(NewJob[]::new)));
    }

    /** Once more the whole of it, of which something may have been deleted, or one child. */
    private void fill(Random random) {
        List<NewJob> family = families.get(random.nextInt(FAMILIES));
        add(random.nextBoolean() ? family : List.of(Jobs.job().parent(family.get(0))));
    }

    private void work(UUID worker, Random random) {
        store.settle(Jobs.claim(store, worker, 1 + random.nextInt(10)).stream()
                .map(job -> settlement(job, random))
                .toList());
    }

    private static Settlement settlement(Job job, Random random) {
        Claim claim = Claim.of(job);
        int draw = random.nextInt(20);
        if (draw < 11) {
            return Settlement.complete(claim, "1");
        } else if (draw < 15) {
            return Settlement.fail(claim, JobError.user("no_credits", "boom"), Locale.ENGLISH);
        } else if (draw < 17) {
            return Settlement.retry(claim, JobError.retryable("timeout", "Slow"), Duration.ZERO);
        } else if (draw < 18) {
            return Settlement.giveBack(claim);
        }
        NewJob child = Jobs.job().parent(job.id());
        NewJob next = Jobs.job().parent(job.id()).after(child);
        return Settlement.awaitChildren(
                claim,
                "2",
                new SpawnedJobs(
                        Jobs.encoded(child, next), any(ChildFailurePolicy.values(), random), random.nextBoolean()));
    }

    /** A worker comes, takes something and is gone; what it held is taken over. */
    private void die(Random random) {
        UUID worker = Jobs.worker(store);
        Jobs.claim(store, worker, 1 + random.nextInt(3));
        store.deregister(worker);
        store.takeOver(new TakeOverRequest(1 + random.nextInt(CAP), Duration.ZERO, Locale.ENGLISH));
    }
}
