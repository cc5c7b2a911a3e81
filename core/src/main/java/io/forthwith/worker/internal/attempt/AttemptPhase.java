package io.forthwith.worker.internal.attempt;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What has become of a claimed job in this worker. It moves from {@link #CLAIMED} to {@link #RUNNING} to
 * {@link #SETTLED}, and these other moves are possible: {@code CLAIMED} to {@code SETTLED}, if the job is given back
 * before it runs; {@code RUNNING} to {@code COMPLETING}, and from there to {@code COMPLETED} or, after a rollback, back
 * to {@code RUNNING}; {@code COMPLETED} to {@code SETTLED}.
 */
public enum AttemptPhase {
    /** In the buffer. No processor has been called. */
    CLAIMED,
    /** A thread has begun to run the processor, and may have returned. Nothing was decided about the job. */
    RUNNING,
    /** A transaction of the processor has written that the job is completed, and is not committed yet. */
    COMPLETING,
    /** That transaction is committed. The completion is not reported yet. */
    COMPLETED,
    /** The one settlement of this claim was handed over, or the completion was reported. */
    SETTLED;

    /** The phases in which the worker can still decide how the attempt ends. */
    static final Set<AttemptPhase> OPEN = Collections.unmodifiableSet(EnumSet.of(CLAIMED, RUNNING));
}
