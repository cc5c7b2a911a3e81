package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker may serve many queues and have processors for very many types. */
@DisplayName("A claim for a thousand types and fifty queues")
class WideClaimsTest {
    private static final int BATCH = 10;
    private static final int RUNS = 60;

    private static final List<String> QUEUES = names("queue-", 50);
    private static final Set<String> TYPES = new HashSet<>(names("type-", 1_000));

    private static List<String> names(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "SQLITE", "MARIADB"})
    @DisplayName("takes as many statements as one for one type and one queue")
    void takes_no_more_statements(TestDatabase kind) {
        WatchedDataSource watched = new WatchedDataSource(kind.migrated(), connection -> {});
        JobStore store = JdbcJobStore.of(watched);
        UUID worker = Jobs.worker(store);
        ClaimRequest narrow = new ClaimRequest(worker, List.of("queue-7"), BATCH, Set.of("type-7"), 3);
        ClaimRequest wide = new ClaimRequest(worker, QUEUES, BATCH, TYPES, 3);
        addMany(store);

        int statements = statements(watched, store, narrow);
        assertThat(statements(watched, store, wide)).as("statements").isEqualTo(statements);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "SQLITE", "MARIADB"})
    @Tag("slow")
    @DisplayName("takes at most half as long again as one for one type and one queue")
    void is_as_short_as_a_narrow_one(TestDatabase kind) throws Exception {
        JobStore store = JdbcJobStore.of(kind.migrated());
        UUID worker = Jobs.worker(store);
        addMany(store);
        BestOfThree.of(() -> measure(kind, store, worker));
    }

    private static void measure(TestDatabase kind, JobStore store, UUID worker) throws Exception {
        ClaimRequest narrow = new ClaimRequest(worker, List.of("queue-7"), BATCH, Set.of("type-7"), 3);
        ClaimRequest wide = new ClaimRequest(worker, QUEUES, BATCH, TYPES, 3);
        List<Long> narrowNanos = new ArrayList<>();
        List<Long> wideNanos = new ArrayList<>();
        for (int run = 0; run < RUNS; run++) {
            narrowNanos.add(nanos(store, narrow));
            wideNanos.add(nanos(store, wide));
        }
        addMany(store);
        List<Long> idle = new ArrayList<>();
        List<Long> idleWide = new ArrayList<>();
        ClaimRequest narrowIdle = new ClaimRequest(worker, List.of("queue-8"), BATCH, Set.of("type-7"), 3);
        ClaimRequest wideIdle = new ClaimRequest(worker, names("other-", 50), BATCH, TYPES, 3);
        for (int run = 0; run < RUNS; run++) {
            idle.add(nanos(store, narrowIdle));
            idleWide.add(nanos(store, wideIdle));
        }
        System.out.printf(
                "Claims on %s: one type and queue %.2f ms, many %.2f ms; of nothing %.2f and %.2f ms%n",
                kind, typical(narrowNanos), typical(wideNanos), typical(idle), typical(idleWide));
        BestOfThree.inTime(() -> assertThat(typical(wideNanos)).as("ms").isLessThan(1.5 * typical(narrowNanos)));
    }

    private static void addMany(JobStore store) {
        for (int i = 0; i < 5; i++) {
            store.add(jobs("queue-7", 1_000));
        }
    }

    private static int statements(WatchedDataSource watched, JobStore store, ClaimRequest request) {
        watched.statements().clear();
        assertThat(store.claim(request)).hasSize(BATCH);
        return watched.statements().size();
    }

    private static long nanos(JobStore store, ClaimRequest request) {
        long start = System.nanoTime();
        store.claim(request);
        return System.nanoTime() - start;
    }

    /** Of the fast ones, which nothing else on the machine has slowed down. */
    private static double typical(List<Long> nanos) {
        return nanos.stream().sorted().skip(nanos.size() / 10).findFirst().orElseThrow() / 1e6;
    }

    private static List<EncodedJob> jobs(String queue, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new EncodedJob(Jobs.job().queue(queue), "{}"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "SQLITE", "MARIADB"})
    @DisplayName("gives out the jobs of all queues in one order")
    void keeps_the_order(TestDatabase kind) {
        DataSource database = kind.migrated();
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JobStore store = JdbcJobStore.of(watched);
        long seed = new Random().nextLong();
        System.out.println("Order of wide claims on " + kind + ", seed " + seed);
        Random random = new Random(seed);
        List<EncodedJob> added = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            // Some queues have most of the jobs, and some levels none.
            int queue = (int) (50 * Math.pow(random.nextDouble(), 3));
            NewJob job = Jobs.job()
                    .queue("queue-" + queue)
                    .priority(random.nextInt(4) * 3)
                    .delay(Duration.ofMillis(random.nextInt(5)));
            added.add(new EncodedJob(job, "{}"));
        }
        store.add(added);
        kind.age(database, Duration.ofSeconds(10));
        UUID worker = Jobs.worker(store);
        List<Job> claimed = new ArrayList<>();
        ClaimRequest request = new ClaimRequest(worker, QUEUES, 73, TYPES, 3);
        watched.statements().clear();
        int claims = 0;
        for (List<Job> some = store.claim(request); !some.isEmpty(); some = store.claim(request)) {
            claimed.addAll(some);
            claims++;
        }

        assertThat(claimed)
                .hasSize(2_000)
                .isSortedAccordingTo(Comparator.comparingInt(Job::priority)
                        .reversed()
                        .thenComparing(Job::runAt)
                        .thenComparing(job -> job.id().toString()));
        System.out.println("Statements for a claim from fifty queues on " + kind + ": "
                + watched.statements().size() / claims);
    }
}
