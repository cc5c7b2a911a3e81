package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.store.ClaimRequest;
import java.util.Comparator;
import java.util.List;

/** The order of claims, the same for all databases. */
public final class ClaimOrder {
    /** The order in which jobs are claimed. */
    public static final Comparator<Job> ORDER = Comparator.comparingInt(Job::priority)
            .reversed()
            .thenComparing(Job::runAt)
            .thenComparing(Job::id, IdOrder.ASCENDING);

    private ClaimOrder() {}

    /** The types of the jobs that may be claimed; an empty list stands for all. */
    static List<String> onlyTypes(ClaimRequest request) {
        return request.onlyTypes() ? request.typesTaken() : List.of();
    }
}
