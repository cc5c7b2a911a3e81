package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Purge against retry")
class PurgeAgainstRetryTest {
    private static final Retention FAILED_STAY =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofDays(1));

    @ParameterizedTest
    // SQLite locks the whole database, so that no other transaction runs in between.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("a child stays if its parent was opened between the purge's first look and its lock")
    void parent_opened_meanwhile(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob parent = Jobs.job();
        NewJob good = Jobs.job().parent(parent);
        NewJob bad = Jobs.job().parent(parent);
        store.add(Jobs.encoded(parent, good, bad));
        store.settle(Jobs.completed(Jobs.claimAll(store).stream()
                .filter(job -> job.id().equals(good.id()))
                .toList()));
        store.cancel(parent.id(), Locale.ENGLISH);
        // The retry itself would wait for the child, which is locked by now; this is what it would have left a moment
        // before.
        Sql.run(database, "UPDATE job SET status = 'failed' WHERE id = '" + parent.id() + "'");
        AtomicInteger looks = new AtomicInteger();
        DataSource interrupted = afterEachQuery(DataSource.class, database, () -> {
            if (looks.incrementAndGet() == 1) {
                Sql.run(database, "UPDATE job SET status = 'waiting' WHERE id = '" + parent.id() + "'");
            }
        });

        assertThat(JdbcJobStore.of(interrupted).purge(FAILED_STAY, 10).jobs()).isZero();

        assertThat(looks.get()).isPositive();
        assertThat(store.find(good.id())).map(Job::status).contains(JobStatus.COMPLETED);
    }

    private static <T> T afterEachQuery(Class<T> type, T target, Runnable then) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        Object answer = method.invoke(target, arguments);
                        if (method.getName().equals("executeQuery")) {
                            then.run();
                        }
                        if (answer instanceof PreparedStatement statement) {
                            return afterEachQuery(PreparedStatement.class, statement, then);
                        }
                        return answer instanceof Connection connection
                                ? afterEachQuery(Connection.class, connection, then)
                                : answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
