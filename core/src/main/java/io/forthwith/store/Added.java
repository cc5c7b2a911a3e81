package io.forthwith.store;

import java.util.UUID;

/**
 * The answer for one job of a call to {@link JobAdding#add}. Immutable.
 *
 * @param id the job that now stands for it: its own id, or that of the job which has its unique key
 * @param outcome what happened
 */
public record Added(UUID id, Outcome outcome) {
    /** Whether a job may be due because of this, so that workers are told. */
    public boolean mayBeDue() {
        return outcome == Outcome.ADDED || outcome == Outcome.REPLACED;
    }

    /** What happened. */
    public enum Outcome {
        /** The job was added. */
        ADDED,
        /** A job with this id exists already; nothing changed. */
        ID_EXISTS,
        /** A job has the type and unique key, in the scope of this one; nothing changed, and {@link Added#id} is that job. */
        KEY_TAKEN,
        /** As {@link #KEY_TAKEN}, and the job {@link Added#id}, which no worker has claimed yet, has got the input and the deadline of this one. */
        REPLACED,
        /**
         * The call held a family or a graph, or a job that {@linkplain io.forthwith.UniqueKey.IfTaken#REJECT rejects} this, and the job {@link Added#id} holds the unique key of one of its jobs. The whole call added
         * nothing, and every job of it has this outcome.
         */
        CONFLICT,
        /**
         * The call held a new child of the job {@link Added#id}, which the call does not add and which takes no children: it does not exist,
         * is sealed or has ended. Or it held a finisher of that job, which can only be added together with its parent. The whole call
         * added nothing, and every job of it has this outcome.
         */
        PARENT_CLOSED,
        /**
         * The call held a new job that waits for the job {@link Added#id}, which does not exist. The whole call added nothing, and every
         * job of it has this outcome.
         */
        NO_PREDECESSOR,
        /**
         * The call held a new child of a group that waits for the job {@link Added#id}, which itself waits for the group, or would if it
         * were retried. The whole call added nothing, and every job of it has this outcome.
         */
        CYCLE;

        /** Whether the call as a whole was refused. */
        public boolean isRefusal() {
            return switch (this) {
                case ADDED, ID_EXISTS, KEY_TAKEN, REPLACED -> false;
                case CONFLICT, PARENT_CLOSED, NO_PREDECESSOR, CYCLE -> true;
            };
        }
    }
}
