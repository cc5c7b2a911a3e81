package io.forthwith.store.rules;

import io.forthwith.ActResult;
import io.forthwith.Job;
import org.jspecify.annotations.Nullable;

/** What sealing does to a group: it takes no more children. A pure function of the locked row. */
public final class SealRule {
    private SealRule() {}

    /**
     * What the store has to do.
     *
     * @param answer the answer to the caller
     * @param sealed what the group becomes. If it has nothing left to wait for, it can end now, so pass it to {@link Cascade#look}. Null if
     *     nothing changes
     */
    public record Verdict(ActResult answer, @Nullable Job sealed) {}

    /**
     * Decides about one job.
     *
     * @param group the job as it is stored; null if there is none
     */
    public static Verdict decide(@Nullable Job group, JobMoves moves) {
        if (group == null) {
            return new Verdict(ActResult.NOT_FOUND, null);
        }
        if (!group.relations().isParent()) {
            return new Verdict(ActResult.NOT_A_GROUP, null);
        }
        return group.relations().isSealed()
                ? new Verdict(ActResult.ALREADY_SEALED, null)
                : new Verdict(ActResult.DONE, moves.seal(group));
    }
}
