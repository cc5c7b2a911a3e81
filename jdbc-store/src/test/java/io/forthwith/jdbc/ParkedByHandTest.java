package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.store.JobStore;
import java.util.Locale;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ParkedByHandTest {
    @Test
    @DisplayName(
            "a job that another program has parked, under limits that nobody can read, is not parked any more once it changes")
    void changes() {
        DataSource database = TestH2.migrated();
        JobStore store = JdbcJobStore.of(database);
        NewJob job = Jobs.job();
        store.add(Jobs.encoded(job));
        Sql.run(
                database,
                "UPDATE job SET limits = 'no limit', parked_under = 'no limit', parked_rank = 4, due_at = CURRENT_TIMESTAMP");

        store.cancel(job.id(), Locale.ENGLISH);

        assertThat(Sql.query(database, "SELECT status, parked_under, parked_rank, due_at FROM job"))
                .singleElement()
                .satisfies(row -> assertThat(row).containsExactly("cancelled", null, null, null));
    }
}
