package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.store.act.Remaining;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
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
            assertThat(failAll(store)).isEqualTo(Remaining.LOCKED);
            host.rollback();
        }
        assertThat(failed(store))
                .containsExactlyInAnyOrderElementsOf(jobs.subList(locked.size(), jobs.size()).stream()
                        .map(NewJob::id)
                        .toList());
        assertThat(failAll(store)).isEqualTo(Remaining.NOTHING);
        assertThat(failed(store)).hasSize(jobs.size());
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("the parents of hundreds of jobs whose deadlines passed first, the others fail within a few calls")
    void many_relatives(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob group = Jobs.job();
        List<NewJob> family = new ArrayList<>(List.of(group));
        for (int i = 0; i < 200; i++) {
            family.add(Jobs.job().parent(group).expiresAfter(Duration.ofHours(1)));
        }
        store.add(Jobs.encoded(family.toArray(new NewJob[0])));
        NewJob alone = Jobs.job().expiresAfter(Duration.ofMinutes(90));
        store.add(Jobs.encoded(alone));
        kind.age(database, Duration.ofHours(2));
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET user_id = 'u' WHERE id = '" + group.id() + "'");
            for (int calls = 0; failed(store).isEmpty() && calls < 50; calls++) {
                store.expire(LIMIT, Locale.ENGLISH);
            }
            assertThat(failed(store)).containsExactly(alone.id());
            assertThat(failAll(store)).isEqualTo(Remaining.LOCKED);
            host.rollback();
        }
        assertThat(failAll(store)).isEqualTo(Remaining.NOTHING);
        assertThat(failed(store)).hasSize(family.size());
    }

    /** What is left in the end. */
    private static Remaining failAll(JdbcJobStore store) {
        Remaining rest = Remaining.MORE;
        while (rest == Remaining.MORE) {
            rest = store.expire(LIMIT, Locale.ENGLISH).remaining();
        }
        return rest;
    }

    private static List<UUID> failed(JdbcJobStore store) {
        return store.scan(JobQuery.all().errorCode("expired").atMost(500)).stream()
                .map(job -> job.id())
                .toList();
    }
}
