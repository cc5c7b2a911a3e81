package io.forthwith.jdbc.clusters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.faults.ChildProcess;
import io.forthwith.jdbc.faults.ChildWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code .ci/clusters} installs what is needed. {@code -Dclusters.seconds} says how long the load runs before and after what happens. */
@DisplayName("Behind PgBouncer")
@Tag("clusters")
@Tag("slow")
@Tag("section")
class PoolerTest {
    private static final Duration CALM = Duration.ofSeconds(Integer.getInteger("clusters.seconds", 4));
    private static final Duration AWAY = Duration.ofSeconds(4);
    private static final String SESSION = "pool_mode = session";
    private static final int JOBS = 10;
    /** The lease is 20 s by default, and takes a few seconds more to be noticed. */
    private static final Duration BY_THE_LEASE = Duration.ofSeconds(20 + 5);

    private final List<AutoCloseable> open = new ArrayList<>();
    private PostgresNode server;

    @BeforeEach
    void start() throws Exception {
        Tools.require("initdb", "pg_ctl", "pgbouncer");
        server = opened(PostgresNode.primary());
        Engine.POSTGRESQL.prepare(server.database());
    }

    @AfterEach
    void stop() throws Exception {
        for (int last = open.size() - 1; last >= 0; last--) {
            open.get(last).close();
        }
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(resource);
        return resource;
    }

    @ParameterizedTest
    @CsvSource({"session, 200, ''", "transaction, 200, ''", "transaction, 0, &prepareThreshold=0", "transaction, 0, ''"
    })
    @DisplayName("every acknowledged job ends once, also if the pooler is restarted, in the mode")
    void restarted(String mode, int prepared, String more) throws Exception {
        PgBouncer pooler =
                opened(new PgBouncer(server, "pool_mode = " + mode + "\nmax_prepared_statements = " + prepared));
        Load load = opened(Load.start(pooler.url(more), pooler.url(more), pooler.url(more)));
        load.run(CALM);
        pooler.kill();
        load.run(AWAY);
        pooler.start();
        long back = System.currentTimeMillis();
        load.run(CALM);
        Verdict.check(
                "PgBouncer restarted, pool_mode = " + mode + ", max_prepared_statements = " + prepared
                        + (more.isEmpty() ? "" : ", " + more.substring(1)),
                server.database(),
                load,
                Set.of(),
                back);
    }

    @Test
    @DisplayName("no worker is taken for dead because its pooler is restarted, not even by one with another pooler")
    void living() throws Exception {
        PgBouncer pooler = opened(new PgBouncer(server, SESSION));
        PgBouncer other = opened(new PgBouncer(server, SESSION));
        Load load = opened(Load.start(other.url(""), pooler.url(""), other.url("")));
        // Longer than it takes until beats are signed.
        load.run(CALM.plusSeconds(5));
        pooler.kill();
        load.run(AWAY);
        pooler.start();
        long back = System.currentTimeMillis();
        load.run(CALM);
        Verdict.check("one of two PgBouncers in session mode restarted", server.database(), load, Set.of(), back);
    }

    @Test
    @DisplayName("the jobs of a killed worker run elsewhere when its lease has ended")
    void killed() throws Exception {
        PgBouncer pooler = opened(new PgBouncer(server, SESSION));
        ChildProcess victim = worker(pooler, "victim");
        JobClient client = JobClient.of(JdbcJobStore.of(server.database()));
        client.enqueueAll(Stream.generate(() -> NewJob.of(ChildWorker.HOLD, ""))
                .limit(JOBS)
                .toList());
        victim.awaitStarted(JOBS, Duration.ofSeconds(10));
        ChildProcess heir = worker(pooler, "heir");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.ask(
                                "SELECT count(*) FROM job_worker WHERE name = 'victim' AND lease_until > now() + interval '16 seconds'"
                                        + " AND started_at < now() - interval '6 seconds'")
                        .equals("1"));
        long killed = System.nanoTime();
        victim.signal("KILL");
        heir.awaitStarted(JOBS, BY_THE_LEASE);
        System.out.printf(
                Locale.ROOT,
                "Clusters: worker killed behind PgBouncer in session mode: %d jobs run elsewhere after %.2f s%n",
                JOBS,
                (System.nanoTime() - killed) / 1e9);
        assertThat(heir.started()).doesNotHaveDuplicates();
    }

    private ChildProcess worker(PgBouncer pooler, String name) {
        ChildProcess worker = ChildProcess.start(pooler.url(""), name, JOBS, ChildWorker.DEFAULT);
        open.add(worker);
        return worker.awaitReady();
    }
}
