package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ReportingContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("report stores progress of a held job")
    void report() {
        Job job = fixture().claimed();
        JobProgress progress = ReadModelFactory.jobProgress(40, 2, 5, "渲染中 🎬");

        fixture().store.report(List.of(new ProgressReport(Claim.of(job), progress)));

        assertThat(fixture().find(job.id()).progress()).isEqualTo(progress);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.PROCESSING);
        assertThat(fixture().find(job.id()).updatedAt()).isAfterOrEqualTo(job.updatedAt());
        fixture().store.report(List.of(new ProgressReport(Claim.of(job), JobProgress.NONE)));
        assertThat(fixture().find(job.id()).progress()).isEqualTo(JobProgress.NONE);
    }

    @Test
    @DisplayName("report changes nothing under a claim that no longer holds")
    void reportIsFenced() {
        Job lost = fixture().claimed();
        fixture().loseWorkers();
        Job done = fixture().claimed();
        fixture().complete(done);
        Job held = fixture().claimed();
        Claim own = Claim.of(held);
        JobProgress progress = JobProgress.NONE.withPercent(77);

        List<ProgressReport> refused = new ArrayList<>();
        refused.add(new ProgressReport(Claim.of(lost), progress));
        refused.add(new ProgressReport(Claim.of(done), progress));
        StoreFixture.notQuite(own).forEach(other -> refused.add(new ProgressReport(other, progress)));

        fixture().store.report(refused);

        assertThat(fixture().store.scan(JobQuery.all()))
                .noneMatch(job -> job.progress().percent() == 77);
        fixture().store.report(List.of());
        fixture()
                .store
                .report(List.of(
                        new ProgressReport(Claim.of(lost), progress),
                        new ProgressReport(own, progress),
                        new ProgressReport(StoreFixture.forgotten(own), JobProgress.NONE)));
        assertThat(fixture().find(held.id()).progress().percent())
                .as("a claim that is lost does not drop the others")
                .isEqualTo(77);
    }
}
