package io.forthwith.jdbc.internal.family;

import java.util.Map;

/**
 * What placeholders for the relatives of jobs stand for. The text after the first three begins with AND. PostgreSQL
 * has phrases of its own, for the sake of its planner.
 */
public final class FamilyPhrases {
    /** The parents whose ids are the parameter, and the highest position among the children of each, if there is one. */
    public static final String LAST_POSITIONS =
            "SELECT p.id, (SELECT c.position FROM {job} c WHERE c.parent_id = p.id AND c.position IS NOT NULL"
                    + " ORDER BY c.parent_id DESC, c.position DESC LIMIT 1) FROM {ids}";

    /** For databases that use the index of a column that is compared with a list. */
    public static final Map<String, String> STANDARD = Map.of(
            // The children c of the jobs whose ids are the next parameter.
            "children",
            "{job} c WHERE c.parent_id {in}",
            // The jobs s that wait for the jobs whose ids are the next parameter, with the rows e of job_predecessor.
            "successors",
            "{job_predecessor} e JOIN {job} s ON s.id = e.job_id WHERE e.predecessor_id {in}",
            // The predecessors p of the jobs whose ids are the next parameter, with the rows e of job_predecessor.
            "predecessors",
            "{job_predecessor} e JOIN {job} p ON p.id = e.predecessor_id WHERE e.job_id {in}",
            "last_positions",
            LAST_POSITIONS,
            // Locks the rows of job_predecessor for the jobs whose ids are the next two parameters, in the order of
            // their keys.
            "lock_predecessor_rows",
            """
            SELECT job_id FROM {job_predecessor} WHERE job_id {in} OR predecessor_id {in}
            ORDER BY job_id, predecessor_id {for_update}""");

    private FamilyPhrases() {}
}
