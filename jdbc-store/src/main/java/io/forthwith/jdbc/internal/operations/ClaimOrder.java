package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.store.ClaimRequest;
import java.util.Comparator;
import java.util.List;

/** The rules of handing out that every dialect follows. */
public final class ClaimOrder {
    /** The order in which jobs are handed out. */
    public static final Comparator<Job> ORDER = Comparator.comparingInt(Job::priority)
            .reversed()
            .thenComparing(Job::runAt)
            .thenComparing(Job::id, IdOrder.ASCENDING);

    private ClaimOrder() {}

    /** The types of which jobs may be handed out; none stands for all. */
    static List<String> onlyTypes(ClaimRequest request) {
        return request.onlyTypes() ? request.typesTaken() : List.of();
    }
}
