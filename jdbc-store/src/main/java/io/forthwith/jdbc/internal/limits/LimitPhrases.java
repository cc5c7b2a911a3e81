package io.forthwith.jdbc.internal.limits;

import java.util.Map;

/** What placeholders for limits stand for. PostgreSQL has phrases of its own, for the sake of its planner. */
public final class LimitPhrases {
    /** For databases that use the index of a column that is compared with a list. */
    public static final Map<String, String> STANDARD = Map.of(
            "locked_limit_keys",
            "{job_limit_key} WHERE limit_key {in} {for_update_skip_locked}",
            "existing_limit_keys",
            "{job_limit_key} WHERE limit_key {in}",
            // The running jobs that are under one limit, by the text of its key.
            "running_of_keys",
            "{job} WHERE {holding} {in}",
            // Those that are under several, or have a cost: their text begins with a plus, which is before the comma.
            "running_of_several",
            "{job} WHERE {holding} >= '+' AND {holding} < ','",
            // What makes the transaction plan its statements for indexes only.
            "by_index",
            "NULL");

    private LimitPhrases() {}
}
