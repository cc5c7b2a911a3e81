package io.forthwith.jdbc;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Families;
import java.util.UUID;

/** A job about to be inserted. */
record NewRow(NewJob job, String input, JobStatus status) {
    static NewRow of(EncodedJob encoded, Families families) {
        NewJob job = encoded.job();
        return new NewRow(job, encoded.input(), families.isParent(job.id()) ? JobStatus.WAITING : JobStatus.PENDING);
    }

    UUID id() {
        return job.id();
    }

    String type() {
        return job.type().name();
    }
}
