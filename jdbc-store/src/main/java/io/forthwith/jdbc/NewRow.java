package io.forthwith.jdbc;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Families;
import java.sql.SQLException;
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

    /** The values of the columns in the order in which all dialects insert them; the delay in microseconds. */
    void bind(Binder binder) throws SQLException {
        binder.id(id())
                .id(job.parentId())
                .text(job.userId())
                .text(job.projectId())
                .text(type())
                .text(job.queue())
                .number(job.priority())
                .text(status.text())
                .micros(job.delay())
                .text(job.uniqueKey())
                .number(job.maxAttempts())
                .millis(job.timeLimit())
                .locale(job.locale())
                .text(input);
    }
}
