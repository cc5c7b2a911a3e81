package io.forthwith.jdbc.families;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job as the model knows it. */
final class Node {
    final String name;
    final UUID id;
    final @Nullable String parent;
    /** 0 for a finisher. */
    final int place;

    /** As far as they are there. */
    final List<String> predecessors;

    final boolean isSuccessor;
    final PredecessorFailurePolicy onPredecessorFailure;
    final @Nullable String key;
    boolean isParent;
    boolean isSealed;
    ChildFailurePolicy onChildFailure;
    boolean cancelsSiblings;
    JobStatus status = JobStatus.WAITING;
    long claim;
    String worker = "nobody";
    int attempt;
    int lostWorkers;
    boolean isToBeCancelled;

    @Nullable
    String result;

    @Nullable
    Why why;

    /** The step in which it ended. */
    int endedAt;

    /** Unknown while it waits for its children: nobody promises when it is written. */
    @Nullable
    Integer percent = 0;

    Node(Role role, UUID id, boolean isParent, int place) {
        this.name = role.name();
        this.id = id;
        this.parent = role.parent();
        this.place = place;
        this.predecessors = new ArrayList<>(role.after());
        this.isSuccessor = !predecessors.isEmpty();
        this.onPredecessorFailure = role.onPredecessorFailure();
        this.key = role.key();
        this.isParent = isParent;
        this.isSealed = !role.isUnsealed();
        this.onChildFailure = role.onChildFailure();
        this.cancelsSiblings = role.cancelsSiblings();
    }

    /** A copy. */
    Node(Node node) {
        this.name = node.name;
        this.id = node.id;
        this.parent = node.parent;
        this.place = node.place;
        this.predecessors = new ArrayList<>(node.predecessors);
        this.isSuccessor = node.isSuccessor;
        this.onPredecessorFailure = node.onPredecessorFailure;
        this.key = node.key;
        this.isParent = node.isParent;
        this.isSealed = node.isSealed;
        this.onChildFailure = node.onChildFailure;
        this.cancelsSiblings = node.cancelsSiblings;
        this.status = node.status;
        this.claim = node.claim;
        this.worker = node.worker;
        this.attempt = node.attempt;
        this.lostWorkers = node.lostWorkers;
        this.isToBeCancelled = node.isToBeCancelled;
        this.result = node.result;
        this.why = node.why;
        this.endedAt = node.endedAt;
        this.percent = node.percent;
    }

    boolean isFinisher() {
        return parent != null && place == 0;
    }

    boolean isOpen() {
        return status.isOpen();
    }

    boolean waits() {
        return status == JobStatus.WAITING;
    }

    boolean hasFailed() {
        return status == JobStatus.FAILED;
    }

    /** Failed or cancelled. */
    boolean isBad() {
        return status == JobStatus.FAILED || status == JobStatus.CANCELLED;
    }
}
