package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.internal.LibraryOnly;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Walks through the jobs from the highest id down, within a budget. */
final class RowSearch {
    private static final int VERSION_THAT_GROWS = 7;

    private RowSearch() {}

    static JobPage search(JobRowAccess rows, JobQuery query, int budget) {
        List<Job> found = new ArrayList<>();
        Iterator<Job> jobs = rows.newestFirst(query.before()).iterator();
        Job last = null;
        for (int looked = 0; looked < budget && found.size() < query.atMost() && jobs.hasNext(); looked++) {
            last = jobs.next();
            if (query.selects(last)) {
                found.add(last.toBuilder().input(null).result(null).build());
            }
        }
        return last == null || !jobs.hasNext()
                ? new JobPage(LibraryOnly.KEY, found, null, null)
                : new JobPage(
                        LibraryOnly.KEY,
                        found,
                        query.before(last.id()),
                        last.id().version() == VERSION_THAT_GROWS ? last.createdAt() : null);
    }

    static BoundedCount countUpTo(JobRowAccess rows, JobQuery query, int atMost, int budget) {
        Iterator<Job> jobs = rows.newestFirst(null).iterator();
        int count = 0;
        for (int looked = 0; looked < budget && jobs.hasNext(); looked++) {
            if (query.selects(jobs.next())) {
                if (count == atMost) {
                    return new BoundedCount(atMost, false);
                }
                count++;
            }
        }
        return new BoundedCount(count, !jobs.hasNext());
    }
}
