package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("While another transaction has locked")
class ExpiryBesideLocksTest {
    private static final int LIMIT = 3;

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("the jobs whose deadlines passed first, more than one call looks for, the others fail")
    void others_expire(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        List<NewJob> jobs = Stream.generate(() -> Jobs.job().expiresAfter(Duration.ofHours(1)))
                .limit(9)
                .toList();
        jobs.forEach(job -> store.add(Jobs.encoded(job)));
        kind.age(database, Duration.ofHours(2));
        List<NewJob> locked = jobs.subList(0, 2 * LIMIT - 1);
        String ids = locked.stream().map(job -> "'" + job.id() + "'").collect(Collectors.joining(", "));
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET user_id = 'u' WHERE id IN (" + ids + ")");
            assertThat(store.expire(LIMIT, Locale.ENGLISH).jobs()).isEqualTo(LIMIT);
            assertThat(store.expire(LIMIT, Locale.ENGLISH).jobs()).isEqualTo(1);
            assertThat(store.expire(LIMIT, Locale.ENGLISH).jobs()).isZero();
            host.rollback();
        }
        assertThat(failed(store))
                .containsExactlyInAnyOrderElementsOf(jobs.subList(locked.size(), jobs.size()).stream()
                        .map(NewJob::id)
                        .toList());
        assertThat(store.expire(LIMIT, Locale.ENGLISH).jobs()).isEqualTo(LIMIT);
        assertThat(store.expire(LIMIT, Locale.ENGLISH).jobs()).isEqualTo(locked.size() - LIMIT);
    }

    private static List<UUID> failed(JdbcJobStore store) {
        return store.list(JobQuery.all().errorCode("expired")).stream()
                .map(job -> job.id())
                .toList();
    }
}
