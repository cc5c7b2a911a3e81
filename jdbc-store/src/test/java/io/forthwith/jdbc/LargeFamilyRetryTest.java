package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A retry of a large family")
class LargeFamilyRetryTest {
    private static final int CHILDREN = 500;

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("asks for the relatives of all members at once, on")
    void statements(TestDatabase kind) {
        WatchedDataSource watched = new WatchedDataSource(kind.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        NewJob parent = Jobs.job();
        List<NewJob> family = new ArrayList<>(List.of(parent));
        for (int i = 0; i < CHILDREN; i++) {
            family.add(Jobs.job().parent(parent));
        }
        store.add(Jobs.encoded(family.toArray(new NewJob[0])));
        store.cancel(parent.id(), Locale.ENGLISH);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.CANCELLED)))
                .isEqualTo(CHILDREN + 1);
        watched.statementsHere().clear();

        assertThat(store.retry(parent.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);

        assertThat(watched.statementsHere()).as("statements").hasSizeLessThan(40);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PENDING))).isEqualTo(CHILDREN);
        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.WAITING);
    }
}
