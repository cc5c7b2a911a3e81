package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.rows.JobPages;

/** Finds the jobs of each status by an index that begins with the status. Immutable and thread-safe. */
final class MariaDbJobPages extends JobPages {
    @Override
    public String orderOf(JobStatus status) {
        return "";
    }

    @Override
    public boolean answersQueue(JobStatus status) {
        return true;
    }
}
