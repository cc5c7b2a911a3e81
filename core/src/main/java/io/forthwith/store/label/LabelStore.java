package io.forthwith.store.label;

import io.forthwith.insight.LabelName;
import java.util.List;

/**
 * Metadata by which jobs are found. A store may have it: {@link io.forthwith.store.JobReads#labels}. The host declares up to five names to the store. From then on, each
 * job that is added with such a name in its metadata has a label, if the value has 1 to 200 characters: also a child, a job of a schedule, and an undo
 * job. The label is written in the transaction that adds the job, and goes with the job. {@link io.forthwith.JobQuery#label} selects by it, and
 * finds the jobs without looking at others. Implementations are thread-safe.
 *
 * <p>Jobs that a program has written by SQL, and those that a store without the declaration has added, have no labels.
 */
public interface LabelStore {
    /** The names that were ever declared to a store on these jobs, by name. */
    List<LabelName> names();
}
