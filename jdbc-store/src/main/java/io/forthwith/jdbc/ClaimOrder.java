package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import java.util.Comparator;
import java.util.List;

/** The rules of handing out that every dialect follows. */
final class ClaimOrder {
    /** The order in which jobs are handed out. */
    static final Comparator<Job> ORDER = Comparator.comparingInt(Job::priority)
            .reversed()
            .thenComparing(Job::runAt)
            .thenComparing(Job::id, IdOrder.ASCENDING);

    private ClaimOrder() {}

    /** The types of which jobs may be handed out; none stands for all. */
    static List<String> onlyTypes(ClaimRequest request) {
        return request.onlyTypes() ? request.typesTaken() : List.of();
    }

    /** How many workers a suspect, a job at its last try, has lost. With a cap of one all tries are last, and none is suspect. */
    static int suspectFrom(ClaimRequest request) {
        return request.lostWorkersCap() == 1 ? Integer.MAX_VALUE : request.lostWorkersCap() - 1;
    }
}
