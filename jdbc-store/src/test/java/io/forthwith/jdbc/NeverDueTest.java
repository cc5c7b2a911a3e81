package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.store.OverdueJob;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A job whose time somebody has put more than a hundred years ahead")
class NeverDueTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("is named among the overdue, with its queue, type and time; one that is due in ninety years is not")
    void never(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob never = Jobs.job().queue("a").priority(2);
        NewJob late = Jobs.job().queue("b").delay(Duration.ofDays(90 * 365));
        store.add(Jobs.encoded(never, late));
        assertThat(store.overdue(Duration.ZERO)).extracting(OverdueJob::queue).containsExactly("a");
        Sql.run(database, "UPDATE job SET run_at = " + kind.utc("9999-01-01 00:00:00") + " WHERE queue = 'a'");

        assertThat(store.overdue(Duration.ZERO))
                .containsExactly(new OverdueJob("a", Jobs.TYPE.name(), Instant.parse("9999-01-01T00:00:00Z"), true));
    }
}
