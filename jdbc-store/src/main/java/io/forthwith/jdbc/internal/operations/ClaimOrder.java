package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.ClaimOrderRule;
import java.util.Comparator;
import java.util.List;

/** The order of claims, the same for all databases. */
public final class ClaimOrder {
    private ClaimOrder() {}

    /** The order in which a claim takes jobs. */
    public static Comparator<Job> of(ClaimRequest request) {
        return ClaimOrderRule.order(request.ageing(), Job::isUndo, Job::priority, Job::runAt)
                .thenComparing(Job::id, IdOrder.ASCENDING);
    }

    /** The types of the jobs that may be claimed; an empty list stands for all. */
    static List<String> onlyTypes(ClaimRequest request) {
        return request.onlyTypes() ? request.typesTaken() : List.of();
    }
}
