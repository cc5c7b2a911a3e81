package io.forthwith.jdbc.internal.family;

import java.util.Map;

/**
 * What stands for the relatives of jobs in statement text. Each of the first three goes on with AND. Databases whose planner needs it said
 * in another way have words of their own.
 */
public final class FamilyPhrases {
    /** The parents of those whose ids are the parameter, and the highest position among the children of each, if there is one. */
    public static final String LAST_POSITIONS =
            "SELECT p.id, (SELECT c.position FROM {job} c WHERE c.parent_id = p.id AND c.position IS NOT NULL"
                    + " ORDER BY c.position DESC LIMIT 1) FROM {ids}";

    /** For databases that go by the index of a column as soon as it is compared with a list. */
    public static final Map<String, String> STANDARD = Map.of(
            // The children c of the jobs whose ids are the next parameter.
            "children",
            "{job} c WHERE c.parent_id {in}",
            // The jobs s that come after those whose ids are the next parameter, with the ties e.
            "successors",
            "{job_predecessor} e JOIN {job} s ON s.id = e.job_id WHERE e.predecessor_id {in}",
            // The jobs p that those come after whose ids are the next parameter, with the ties e.
            "predecessors",
            "{job_predecessor} e JOIN {job} p ON p.id = e.predecessor_id WHERE e.job_id {in}",
            "last_positions",
            LAST_POSITIONS,
            // Locks the ties of the jobs whose ids are the next parameter, and the one after it, in the order of their
            // keys.
            "lock_ties",
            """
            SELECT job_id FROM {job_predecessor} WHERE job_id {in} OR predecessor_id {in}
            ORDER BY job_id, predecessor_id {for_update}""");

    private FamilyPhrases() {}
}
