package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobStoreException;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.ReadModelFactory;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection is deaf if it is open and no answer comes, as after a server or a firewall has lost it. */
@DisplayName("A heartbeat on a connection that has gone deaf")
@Tag("slow")
class DeafHeartbeatTest {
    private static final Duration LEASE = Duration.ofSeconds(4);
    private static final Duration QUARTER = LEASE.dividedBy(4);
    private static final Duration MARGIN = Duration.ofMillis(900);

    private final AtomicInteger deaf = new AtomicInteger();
    private UUID worker = UUID.randomUUID();

    private JdbcJobStore store(TestDatabase kind, AnswerSwallowingProxy proxy) {
        DataSource sound = kind.migrated();
        String url = kind == TestDatabase.POSTGRESQL
                ? "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres"
                : "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/forthwith?user=root";
        DataSource mixed = (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, arguments) -> {
                    if (!method.getName().equals("getConnection") || deaf.getAndDecrement() <= 0) {
                        return method.invoke(sound, arguments);
                    }
                    Connection lost = DriverManager.getConnection(url);
                    proxy.deafen();
                    return lost;
                });
        deaf.set(0);
        JdbcJobStore store = JdbcJobStore.of(mixed);
        worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "worker", "localhost", 1), LEASE);
        return store;
    }

    private static AnswerSwallowingProxy proxy(TestDatabase kind) throws Exception {
        return kind == TestDatabase.POSTGRESQL
                ? AnswerSwallowingProxy.to(TestPostgres.port())
                : AnswerSwallowingProxy.toMariaDb(TestMariaDb.port());
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("waits a quarter of the lease, and is sent again on another one")
    void one(TestDatabase kind) throws Exception {
        BestOfThree.of(() -> sentAgain(kind));
    }

    private void sentAgain(TestDatabase kind) throws Exception {
        try (AnswerSwallowingProxy proxy = proxy(kind)) {
            JdbcJobStore store = store(kind, proxy);
            deaf.set(1);
            long begun = System.nanoTime();

            assertThat(store.beat(worker, LEASE, WorkerLoad.NONE).alive()).isTrue();

            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            BestOfThree.inTime(() -> assertThat(took).isBetween(QUARTER, QUARTER.plus(MARGIN)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("fails long before the lease lapses if the other one is deaf too")
    void two(TestDatabase kind) throws Exception {
        BestOfThree.of(() -> fails(kind));
    }

    private void fails(TestDatabase kind) throws Exception {
        try (AnswerSwallowingProxy proxy = proxy(kind)) {
            JdbcJobStore store = store(kind, proxy);
            deaf.set(2);
            long begun = System.nanoTime();

            assertThatThrownBy(() -> store.beat(worker, LEASE, WorkerLoad.NONE)).isInstanceOf(JobStoreException.class);

            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            BestOfThree.inTime(() -> assertThat(took)
                    .isBetween(QUARTER.multipliedBy(2), QUARTER.multipliedBy(2).plus(MARGIN)));
            assertThat(store.beat(worker, LEASE, WorkerLoad.NONE).alive()).isTrue();
        }
    }
}
