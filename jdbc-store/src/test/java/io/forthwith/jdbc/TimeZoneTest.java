package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.TimeZone;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Times")
class TimeZoneTest {
    private final TimeZone before = TimeZone.getDefault();

    @AfterEach
    void restore() {
        TimeZone.setDefault(before);
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, Asia/Kathmandu", "POSTGRESQL, America/St_Johns", "POSTGRESQL, Pacific/Kiritimati",
        "MARIADB, Asia/Kathmandu", "MARIADB, America/St_Johns", "MARIADB, Pacific/Kiritimati",
        "H2, Asia/Kathmandu", "H2, America/St_Johns", "H2, Pacific/Kiritimati",
        "SQLITE, Asia/Kathmandu", "SQLITE, America/St_Johns", "SQLITE, Pacific/Kiritimati"
    })
    @DisplayName("mean the same in every time zone of the process and of the session")
    void every_zone(TestDatabase kind, String zone) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob now = Jobs.job();
        NewJob later = Jobs.job().delay(Duration.ofHours(1));
        store.add(Jobs.encoded(now, later));
        Job due = store.find(now.id()).orElseThrow();
        TimeZone.setDefault(TimeZone.getTimeZone(zone));
        // New connections take the zone of the process over into their session.
        JdbcJobStore elsewhere = JdbcJobStore.of(
                switch (kind) {
                    case POSTGRESQL -> TestPostgres.unpooled();
                    case MARIADB -> TestMariaDb.with("&connectionTimeZone=" + zone);
                    default -> database;
                });
        NewJob there = Jobs.job();
        elsewhere.add(Jobs.encoded(there));
        assertThat(elsewhere.find(now.id()).orElseThrow()).isEqualTo(due);
        assertThat(Duration.between(
                        due.createdAt(),
                        elsewhere.find(there.id()).orElseThrow().createdAt()))
                .isBetween(Duration.ZERO, Duration.ofMinutes(1));
        List<Job> claimed = Jobs.claimAll(elsewhere);
        assertThat(claimed).extracting(Job::id).containsExactly(now.id(), there.id());
        elsewhere.settle(claimed.stream()
                .map(job -> Settlement.postpone(Claim.of(job), Duration.ofMinutes(30), "later"))
                .toList());
        TimeZone.setDefault(before);
        Job postponed = store.find(now.id()).orElseThrow();
        assertThat(Duration.between(postponed.updatedAt(), postponed.runAt())).isEqualTo(Duration.ofMinutes(30));
        assertThat(postponed.postponedSince()).isEqualTo(postponed.updatedAt());
    }
}
