package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.client.TransactionJobs;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Savepoints")
@Tag("slow")
class SavepointsTest {
    /** Those that were set and not released. */
    private final List<Savepoint> open = new ArrayList<>();

    private int set;

    @ParameterizedTest
    @EnumSource
    @DisplayName("are released after each call in a transaction of the host, also when a call is refused")
    void joining(TestDatabase kind) throws SQLException {
        DataSource database = watched(kind.migrated());
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob group = Jobs.job().unsealed();
        NewJob holder = Jobs.job().uniqueKey("k");
        store.add(Jobs.encoded(group));
        store.add(Jobs.encoded(holder));
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            TransactionJobs jobs = TransactionJobs.of(store.joining(connection));
            for (int i = 0; i < 5; i++) {
                jobs.enqueue(Jobs.job().parent(group));
                assertThat(open).isEmpty();
            }
            assertThat(store.joining(connection)
                            .add(Jobs.encoded(Jobs.job().parent(group).uniqueKey("k"), Jobs.job())))
                    .extracting(Added::outcome)
                    .containsOnly(Added.Outcome.CONFLICT);
            assertThat(open).isEmpty();
            jobs.enqueueAll(List.of(Jobs.job(), Jobs.job()));
            assertThat(open).isEmpty();
            connection.commit();
        }
        assertThat(set).isPositive();
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(9);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are released when jobs are settled, also where what one of them spawns is refused")
    void settling(TestDatabase kind) {
        DataSource database = watched(kind.migrated());
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.many(2));
        store.add(Jobs.encoded(Jobs.job().uniqueKey("k").queue("other")));
        List<Job> running = Jobs.claimAll(store).stream()
                .filter(job -> job.uniqueKey() == null)
                .toList();
        set = 0;

        List<Settled> answers = store.settle(List.of(
                spawning(running.get(0), Jobs.job()),
                spawning(running.get(1), Jobs.job().uniqueKey("k"))));

        assertThat(answers).containsExactly(Settled.APPLIED, Settled.CONFLICT);
        assertThat(set).isPositive();
        assertThat(open).isEmpty();
    }

    private static Settlement spawning(Job job, NewJob child) {
        EncodedJob spawned = Jobs.encoded(child.parent(job.id())).get(0);
        return Settlement.awaitChildren(
                Claim.of(job), null, new SpawnedJobs(List.of(spawned), ChildFailurePolicy.FAIL_AT_ONCE, false));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are released when the tables are made, and made once more")
    void migrating(TestDatabase kind) {
        DataSource database = watched(kind.empty());
        JdbcSchema.migrate(database);
        JdbcSchema.migrate(database);
        assertThat(set).isEqualTo(2);
        assertThat(open).isEmpty();
    }

    private DataSource watched(DataSource database) {
        return proxy(
                DataSource.class,
                database,
                (method, arguments, answer) -> answer instanceof Connection connection
                        ? proxy(Connection.class, connection, (called, with, given) -> {
                            if (given instanceof Savepoint savepoint) {
                                set++;
                                open.add(savepoint);
                            } else if (called.getName().equals("releaseSavepoint")) {
                                open.remove(with[0]);
                            }
                            return given;
                        })
                        : answer);
    }

    @FunctionalInterface
    private interface After {
        Object call(Method method, Object[] arguments, Object answer);
    }

    private static <T> T proxy(Class<T> type, T target, After after) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return after.call(method, arguments, method.invoke(target, arguments));
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
