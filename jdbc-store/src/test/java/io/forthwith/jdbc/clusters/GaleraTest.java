package io.forthwith.jdbc.clusters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Jobs;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code .ci/clusters} installs what is needed. {@code -Dclusters.seconds} says how long the load runs before and after what happens. */
@DisplayName("On a Galera cluster of three nodes")
@Tag("clusters")
@Tag("slow")
@Tag("section")
class GaleraTest {
    private static final Duration CALM = Duration.ofSeconds(Integer.getInteger("clusters.seconds", 4));
    private static final JobType<Integer> MEMBER = JobType.of("member", Integer.class);
    private static final int FAMILIES = 50;

    private static GaleraCluster cluster;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<HikariDataSource> open = new ArrayList<>();
    private String name;
    private Load load;

    @BeforeEach
    void start() throws Exception {
        Tools.require("mariadbd", "mariadb-install-db", "rsync", "initdb");
        if (cluster == null || !cluster.isWhole()) {
            end();
            cluster = GaleraCluster.start();
        }
        name = cluster.newDatabase();
        Engine.MARIADB.prepare(cluster.node(0).database(name));
    }

    @AfterEach
    void stop() throws Exception {
        threads.shutdownNow();
        open.forEach(HikariDataSource::close);
        if (load != null) {
            load.close();
        }
    }

    @AfterAll
    static void end() throws Exception {
        if (cluster != null) {
            cluster.close();
            cluster = null;
        }
    }

    private JdbcJobStore store(int node) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(cluster.node(node).database(name, ""));
        config.setMaximumPoolSize(2);
        HikariDataSource pool = new HikariDataSource(config);
        open.add(pool);
        return JdbcJobStore.of(pool);
    }

    @Test
    @DisplayName("with a worker on each, conflicts at the commit use up no attempt, and every job ends once")
    void calm() throws Exception {
        long before = cluster.conflicts();
        load = Load.start(
                job -> job.maxAttempts(1),
                cluster.url(0, name),
                cluster.url(0, name),
                cluster.url(1, name),
                cluster.url(2, name));
        load.run(CALM.multipliedBy(2));
        load.pileUp();
        long now = System.currentTimeMillis();
        load.run(CALM);
        long conflicts = cluster.conflicts() - before;
        System.out.println("Clusters: Galera: conflicts " + conflicts);
        Verdict.check("Galera, three workers", cluster.node(0).database(name), load, Set.of(), now);
        assertThat(conflicts).as("or the test says nothing").isPositive();
    }

    @Test
    @DisplayName("what a job waits for may end on different nodes at the same moment")
    void predecessors() throws Exception {
        List<JdbcJobStore> stores = List.of(store(0), store(1));
        List<UUID> waiting = new ArrayList<>();
        List<List<UUID>> families = new ArrayList<>();
        for (int i = 0; i < FAMILIES; i++) {
            NewJob one = NewJob.of(MEMBER, 0);
            NewJob other = NewJob.of(MEMBER, 0);
            NewJob after = NewJob.of(MEMBER, 1).after(one, other);
            JobClient.of(stores.get(0)).enqueueAll(List.of(one, other, after));
            waiting.add(after.id());
            families.add(List.of(one.id(), other.id()));
        }
        Map<UUID, Job> claimed =
                Jobs.claimAll(stores.get(0)).stream().collect(Collectors.toMap(Job::id, Function.identity()));
        for (List<UUID> family : families) {
            endTogether(stores, family.stream().map(claimed::get).toList());
        }
        assertThat(waiting)
                .allSatisfy(after -> assertThat(JdbcJobStore.of(cluster.node(2).database(name))
                                .find(after)
                                .orElseThrow()
                                .status())
                        .isEqualTo(JobStatus.PENDING));
    }

    @Test
    @DisplayName("of which one is killed, its worker goes on with another one, and every job ends once")
    void killed() throws Exception {
        begin(ClusterWorker.HIKARI);
        load.pileUp();
        cluster.node(2).kill();
        long kill = System.currentTimeMillis();
        cluster.awaitSize(0, 2);
        long back = System.currentTimeMillis();
        load.run(CALM);
        cluster.restart(2);
        load.run(CALM);
        System.out.printf(
                "Clusters: Galera: node killed; the others go on after %.2f s, its worker after %.2f s%n",
                (back - kill) / 1e3, (load.firstRunSince(back, 2).orElse(Long.MAX_VALUE) - kill) / 1e3);
        Verdict.check("Galera, node killed", cluster.node(2).database(name), load, Set.of(), back);
    }

    @Test
    @DisplayName("of which two are killed, the third refuses all calls, and every job ends once after it has gone on")
    void without_quorum() throws Exception {
        begin(ClusterWorker.CONNECTS_IN_CALLER);
        JobClient client = JobClient.of(store(0));
        load.pileUp();
        cluster.node(1).kill();
        cluster.node(2).kill();
        cluster.awaitNoQuorum(0);
        assertThatThrownBy(() -> client.enqueue(NewJob.of(MEMBER, 0)))
                .isInstanceOfSatisfying(
                        JobStoreException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT))
                .hasMessageContaining("1047");
        load.run(CALM);
        cluster.bootstrap(0);
        long back = System.currentTimeMillis();
        load.run(CALM);
        cluster.restart(1);
        cluster.restart(2);
        Verdict.check("Galera, no quorum", cluster.node(2).database(name), load, Set.of(), back);
    }

    private void begin(String pool) throws Exception {
        // A processor's own statement may meet the loss of its connection, which uses up an attempt.
        load = Load.start(
                pool,
                job -> job.type().equals(ClusterWorker.WRITING) ? job : job.maxAttempts(1),
                cluster.url(0, name),
                cluster.url(0, name),
                cluster.url(1, name),
                cluster.url(2, name));
        load.run(CALM);
    }

    /** Each on another node. */
    private void endTogether(List<JdbcJobStore> stores, List<Job> jobs) throws Exception {
        CyclicBarrier together = new CyclicBarrier(2);
        List<Future<List<Settled>>> answers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            JdbcJobStore store = stores.get(i);
            Settlement end = Settlement.complete(Claim.of(jobs.get(i)), null);
            answers.add(threads.submit(() -> {
                together.await();
                return store.settle(List.of(end));
            }));
        }
        for (Future<List<Settled>> answer : answers) {
            assertThat(answer.get()).containsOnly(Settled.APPLIED);
        }
    }
}
