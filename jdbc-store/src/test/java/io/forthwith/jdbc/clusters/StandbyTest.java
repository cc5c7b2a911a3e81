package io.forthwith.jdbc.clusters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * {@code .ci/clusters} installs what is needed. {@code clusters.seconds} says how long the load runs before and after what happens, and
 * {@code clusters.unnoticed} how long nobody promotes the standby.
 */
@DisplayName("With a PostgreSQL standby")
@Tag("clusters")
@Tag("slow")
@Tag("section")
class StandbyTest {
    private static final Duration CALM = Duration.ofSeconds(Integer.getInteger("clusters.seconds", 4));
    private static final Duration AWAY = Duration.ofSeconds(5);
    private static final Duration UNNOTICED = Duration.ofSeconds(Integer.getInteger("clusters.unnoticed", 12));
    private static final Duration LAG = Duration.ofSeconds(1);

    private PostgresNode primary;
    private PostgresNode standby;
    private Load load;

    @BeforeEach
    void start() throws Exception {
        Tools.require("initdb", "pg_ctl", "pg_basebackup", "pg_rewind");
        primary = PostgresNode.primary();
        Engine.POSTGRESQL.prepare(primary.database());
        standby = primary.newStandby();
    }

    @AfterEach
    void stop() throws Exception {
        if (load != null) {
            load.close();
        }
        standby.close();
        primary.close();
    }

    /** Leads to the one that takes writes. */
    private String url() {
        return "jdbc:postgresql://127.0.0.1:" + primary.port() + ",127.0.0.1:" + standby.port()
                + "/postgres?user=postgres&targetServerType=primary&connectTimeout=2&hostRecheckSeconds=0";
    }

    private void begin() throws Exception {
        load = Load.start(url(), url(), url());
        load.run(CALM);
    }

    @Test
    @DisplayName("that is synchronous and is promoted after a kill, every acknowledged job ends once")
    void synchronous() throws Exception {
        primary.commitSynchronously();
        begin();
        // Some of them still wait when the server is back.
        load.pileUp();
        primary.kill();
        // A tool that watches the servers needs time to notice. In this time, workers must not become slow to connect.
        load.run(UNNOTICED);
        standby.promote();
        long promoted = System.currentTimeMillis();
        load.run(CALM);
        Verdict.check("synchronous standby promoted", standby.database(), load, Set.of(), promoted);
    }

    @Test
    @DisplayName("that is asynchronous and is promoted after a kill, exactly those jobs are missing that it never had")
    void asynchronous() throws Exception {
        begin();
        // Their claims, and what becomes of them, will be forgotten.
        load.pileUp();
        primary.muteFollower();
        load.run(LAG);
        primary.kill();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> standby.ask("SELECT coalesce(pg_last_wal_replay_lsn() = pg_last_wal_receive_lsn(), true)")
                        .equals("t"));
        Set<UUID> forgotten = new HashSet<>(load.acknowledged());
        Sql.query(standby.database(), "SELECT id FROM job")
                .forEach(row -> forgotten.remove(UUID.fromString(row.get(0))));
        standby.promote();
        long promoted = System.currentTimeMillis();
        assertThat(forgotten).as("or the test says nothing").isNotEmpty();
        load.run(CALM);
        Verdict.check("asynchronous standby promoted", standby.database(), load, forgotten, promoted);
        load.enqueueAgain(forgotten);
        Verdict.check("lost jobs enqueued again", standby.database(), load, Set.of(), System.currentTimeMillis());
    }

    @Test
    @DisplayName("that is synchronous and away for a while, everything waits and goes on")
    void away() throws Exception {
        primary.commitSynchronously();
        begin();
        standby.kill();
        load.run(AWAY);
        standby.start();
        primary.awaitFollower();
        long back = System.currentTimeMillis();
        load.run(CALM);
        Verdict.check("synchronous standby away", primary.database(), load, Set.of(), back);
    }

    @Test
    @DisplayName(
            "that is synchronous and away for longer than a statement may take, nothing is acknowledged that it does not have")
    void away_for_longer() throws Exception {
        primary.commitSynchronously();
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(url());
        JobClient client = JobClient.of(JdbcJobStore.of(database).queryTimeout(Duration.ofSeconds(2)));
        NewJob job = NewJob.of(JobType.of("kept", String.class), "");
        standby.kill();
        Throwable refused = catchThrowable(() -> client.enqueue(job));
        primary.kill();
        standby.start();
        standby.promote();
        int kept = Sql.query(standby.database(), "SELECT id FROM job").size();
        System.out.println("Clusters: synchronous standby away for longer than the time-out: acknowledged "
                + (refused == null ? 1 : 0) + ", kept " + kept + ", said " + refused);
        assertThat(refused != null || kept == 1)
                .as("acknowledged means replicated")
                .isTrue();
    }

    @Test
    @DisplayName("that takes over and gives back, every acknowledged job ends once")
    void switchover() throws Exception {
        begin();
        primary.stop("fast");
        standby.promote();
        long promoted = System.currentTimeMillis();
        primary.rewindAndFollow(standby);
        load.run(CALM);
        standby.stop("fast");
        primary.promote();
        long promotedAgain = System.currentTimeMillis();
        standby.rewindAndFollow(primary);
        load.run(CALM);
        System.out.printf(
                "Clusters: switchover: first job after %.2f s%n",
                (load.firstRunSince(promoted).orElse(Long.MAX_VALUE) - promoted) / 1e3);
        Verdict.check("switchover and failback", primary.database(), load, Set.of(), promotedAgain);
    }

    @Test
    @DisplayName("a store of its own reads from it, and cannot write")
    void reads() {
        JobClient reader = JobClient.of(JdbcJobStore.of(standby.database()));
        NewJob job = NewJob.of(JobType.of("read", String.class), "");
        JobClient.of(JdbcJobStore.of(primary.database())).enqueue(job);
        await().until(() -> reader.find(job.id()).isPresent());
        assertThat(reader.scan(JobQuery.all())).hasSize(1);
        assertThat(reader.countByScan(JobQuery.all())).isEqualTo(1);
        assertThat(reader.failures(job.id())).isEmpty();
        assertThat(reader.steps(job.id())).isEmpty();
        assertThatThrownBy(() -> reader.enqueue(NewJob.of(JobType.of("read", String.class), "")))
                .isInstanceOfSatisfying(
                        JobStoreException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT));
    }
}
