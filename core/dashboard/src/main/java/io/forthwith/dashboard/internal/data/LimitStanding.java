package io.forthwith.dashboard.internal.data;

import io.forthwith.Job;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import org.jspecify.annotations.Nullable;

/**
 * How a key of a limit stands. Immutable.
 *
 * @param declared what is declared for each key; null if nothing is
 * @param first the job of a sequence that comes first; null if there is none
 */
public record LimitStanding(
        LimitState state,
        @Nullable Limit declared,
        @Nullable Job first) {
    static LimitStanding read(JobClient client, LimitKey key) {
        LimitState state = client.limits().state(key);
        return new LimitStanding(
                state,
                state.isOverridden()
                        ? client.limits().list().stream()
                                .filter(limit -> limit.name().equals(key.limitName()))
                                .findFirst()
                                .orElse(null)
                        : state.limit(),
                state.first() == null ? null : client.find(state.first()).orElse(null));
    }
}
