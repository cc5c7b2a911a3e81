package io.forthwith.store.kit.internal.byhand;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** Jobs that have failed, and their retry in bulk. */
abstract class BulkRetryFixture {
    public abstract StoreFixture fixture();

    /** So many failed jobs, the oldest first. */
    List<UUID> failed(int count) {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(fixture().added());
        }
        fixture().claim(count).forEach(fixture()::fail);
        return ids;
    }

    Job failedWith(String code) {
        Job job = fixture().claimed();
        fixture().settle(Settlement.fail(Claim.of(job), JobError.permanent(code, "It broke"), Locale.ENGLISH));
        return job;
    }

    NewJob failedWithKey(String key) {
        NewJob job = fixture().job().uniqueKey(key);
        fixture().add(job);
        fixture().fail(fixture().claimed(job.id()));
        return job;
    }

    long retried(JobQuery query) {
        BulkResult answer = fixture().store.retryPage(query);
        assertThat(answer.allSkipped()).isZero();
        return answer.done();
    }

    void cancel(UUID id) {
        fixture().store.cancel(id, Locale.ENGLISH);
    }
}
