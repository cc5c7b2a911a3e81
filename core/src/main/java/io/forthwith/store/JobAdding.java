package io.forthwith.store;

import io.forthwith.UniqueKey;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.NewFamilies;
import java.util.List;

/**
 * What an application may do with jobs also inside a database transaction of its own: add jobs, and wake workers afterwards. A role of
 * {@link JobStore}; alone with {@link JobReads} it is {@link JoinedStore}.
 */
public interface JobAdding {
    /**
     * Adds jobs: all of them, or none. Atomic.
     *
     * <p>A job adds nothing if a job with its id exists, or else if another job of its type has its unique key in the same {@linkplain UniqueKey.Scope
     * scope}; the answer then names that job. If the key {@linkplain UniqueKey#replacesInput replaces inputs} and no worker has claimed that job
     * yet, the same transaction gives it the input and the deadline of this one, and with {@link UniqueKey.IfTaken#DEBOUNCE} another due time; the answer is
     * {@link Added.Outcome#REPLACED}. Of calls at the same moment, in any process, exactly one adds a job. A call waits for a transaction that is
     * adding a job with the same key; if that is rolled back, this one adds its own.
     *
     * <p>A key for a period is taken in the transaction that adds its job, until the period has passed; also if the job is deleted. A job whose id
     * has such a key is answered with {@link Added.Outcome#ID_EXISTS}.
     *
     * <p>If the key of a job is taken that {@linkplain UniqueKey.IfTaken#REJECT rejects} this, also by a job of the same call, nothing is added, and every answer is
     * {@link Added.Outcome#CONFLICT}.
     *
     * <p>A job that waits for other jobs is added as {@code waiting}, and every such job is checked by {@link Cascade} after
     * all jobs of the call are there. Other jobs are added as {@code pending}. Children get positions in the order of the call, after the
     * children that their parent already has.
     *
     * <p>If the call holds a family or a graph, it is refused as a whole in two cases: {@link NewFamilies#refusal} refuses it, or the unique
     * key of one of its new jobs is taken, perhaps by another job of the same call. Then nothing is added, and every answer is that
     * {@linkplain Added.Outcome#isRefusal refusal}. The parents and predecessors that the call names are locked before they are read.
     *
     * @param jobs with distinct ids
     * @return one answer per job, in the same order
     * @throws IllegalArgumentException if the call contradicts itself ({@link NewFamilies#of}); nothing is added
     */
    List<Added> add(List<EncodedJob> jobs);

    /**
     * Whether calls of this thread take part in a transaction that the application commits. Then they must be made on this thread, and what
     * they add is durable only after that commit. By default {@code false}.
     */
    default boolean isInTransaction() {
        return false;
    }

    /**
     * Gives the hint of {@link StoreHints#onAdded} as if jobs had been added, in this process and wherever else the store gives it. Meant
     * for jobs that another program, or a transaction of the application, has committed. A hint: it may get lost, and no error is reported
     * if the store cannot give it. By default this does nothing.
     */
    default void wake() {}
}
