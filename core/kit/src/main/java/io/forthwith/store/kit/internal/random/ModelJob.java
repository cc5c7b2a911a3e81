package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One row of the model. Its texts say everything that a store's row must say as well. */
final class ModelJob {
    final String name;
    final UUID id;
    final @Nullable String parent;
    final @Nullable String key;
    final @Nullable Integer maxAttempts;
    final int priority;
    final boolean isFinisher;
    boolean isParent;
    boolean isSealed;
    ChildFailurePolicy onChildFailure;
    boolean cancelsOtherChildren;

    /** Null for a job that comes after no other. */
    final @Nullable PredecessorFailurePolicy onPredecessorFailure;

    /** The order among the children of its parent; 0 for a finisher and for a job without parent. Rows may have gaps. */
    int position;

    /** The jobs that it comes after, and that have not been deleted since. Not in the row. */
    final List<String> after = new ArrayList<>();

    /** Whether another job has ever come after it. Not in the row. */
    boolean hasSuccessors;

    JobStatus status = JobStatus.PENDING;
    long claim;
    String holder = "nobody";
    boolean started;
    int attempt;
    int lostWorkers;
    int postponements;
    boolean postponed;
    JobProgress progress = JobProgress.NONE;
    /** False while it waits for its children: the contract does not say when a store writes it. */
    boolean knowsPercent = true;

    @Nullable
    String result;

    @Nullable
    ModelError error;

    boolean cancelRequested;
    // In ticks, which no row shows.
    int dueAt;
    int endedAt;
    /** Counts the transactions of the model. */
    int endedInStep;

    final List<String> history = new ArrayList<>();

    /** What is wrong with a store's row by itself; empty in the model. */
    private String contradiction = "";

    ModelJob(PlannedJob planned, UUID id) {
        this(
                planned.name(),
                id,
                planned.parent(),
                planned.key(),
                planned.maxAttempts(),
                planned.priority(),
                planned.isFinisher(),
                planned.after().isEmpty() ? null : planned.onPredecessorFailure());
        isSealed = planned.isSealed();
        onChildFailure = planned.onChildFailure();
        cancelsOtherChildren = planned.cancelsOtherChildren();
        after.addAll(planned.after());
    }

    private ModelJob(
            String name,
            UUID id,
            @Nullable String parent,
            @Nullable String key,
            @Nullable Integer maxAttempts,
            int priority,
            boolean isFinisher,
            @Nullable PredecessorFailurePolicy onPredecessorFailure) {
        this.name = name;
        this.id = id;
        this.parent = parent;
        this.key = key;
        this.maxAttempts = maxAttempts;
        this.priority = priority;
        this.isFinisher = isFinisher;
        this.onPredecessorFailure = onPredecessorFailure;
        this.isSealed = true;
        this.onChildFailure = ChildFailurePolicy.FAIL_AT_ONCE;
    }

    ModelJob copy() {
        ModelJob copy = new ModelJob(name, id, parent, key, maxAttempts, priority, isFinisher, onPredecessorFailure);
        copy.isParent = isParent;
        copy.isSealed = isSealed;
        copy.onChildFailure = onChildFailure;
        copy.cancelsOtherChildren = cancelsOtherChildren;
        copy.position = position;
        copy.after.addAll(after);
        copy.hasSuccessors = hasSuccessors;
        copy.status = status;
        copy.claim = claim;
        copy.holder = holder;
        copy.started = started;
        copy.attempt = attempt;
        copy.lostWorkers = lostWorkers;
        copy.postponements = postponements;
        copy.postponed = postponed;
        copy.progress = progress;
        copy.knowsPercent = knowsPercent;
        copy.result = result;
        copy.error = error;
        copy.cancelRequested = cancelRequested;
        copy.dueAt = dueAt;
        copy.endedAt = endedAt;
        copy.endedInStep = endedInStep;
        copy.history.addAll(history);
        return copy;
    }

    /** A store's row, to be compared as text. */
    static ModelJob of(Job job, List<FailedAttempt> failures, ScenarioJobs cast) {
        ModelJob row = new ModelJob(
                cast.name(job.id()),
                job.id(),
                job.parentId() == null ? null : cast.name(job.parentId()),
                job.uniqueKey(),
                job.maxAttempts(),
                job.priority(),
                job.relations().isFinisher(),
                job.relations().onPredecessorFailure());
        row.isParent = job.relations().isParent();
        row.isSealed = job.relations().isSealed();
        row.onChildFailure = job.relations().onChildFailure();
        row.cancelsOtherChildren = job.relations().cancelsOtherChildren();
        row.status = job.status();
        row.claim = job.claim();
        row.holder = cast.name(job.workerId());
        row.started = job.startedAt() != null;
        row.attempt = job.attempt();
        row.lostWorkers = job.lostWorkers();
        row.postponements = job.postponements();
        row.postponed = job.postponedSince() != null;
        row.progress = job.progress();
        row.result = job.result();
        row.error = ModelError.of(job);
        row.cancelRequested = job.cancelRequestedAt() != null;
        failures.forEach(failure -> row.history.add(entry(
                failure.claim(),
                failure.attempt(),
                cast.name(failure.workerId()),
                ModelError.of(failure.code(), failure.kind(), failure.message()))));
        if ((job.completedAt() != null) != job.status().isFinal()) {
            row.contradiction = ", though completed_at is " + job.completedAt();
        }
        return row;
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
    boolean isRetryable() {
        return status == JobStatus.FAILED || status == JobStatus.CANCELLED;
    }

    boolean isSuccessor() {
        return onPredecessorFailure != null;
    }

    boolean hasRelatives() {
        return parent != null || isParent || isSuccessor() || hasSuccessors;
    }

    boolean isOpenGroup() {
        return waits() && isParent && !isSealed;
    }

    /** Keeps a failed attempt. */
    void remember(ModelError failure) {
        history.add(entry(claim, attempt, holder, failure));
    }

    String claimText() {
        return name + "#" + claim;
    }

    private static String entry(long claim, int attempt, String worker, ModelError error) {
        return "claim " + claim + " attempt " + attempt + " of " + worker + ": " + error.withoutDetails();
    }

    /** What is compared where the order of transactions is known. The history of attempts is not part of it. */
    String exactText() {
        return text(knowsPercent ? progress.percent() + "%" : "?", String.valueOf(error));
    }

    private String text(String percent, String failure) {
        return name + " " + status.text() + (cancelRequested ? ", to be cancelled" : "") + ", claim " + claim + " of "
                + holder + (started ? "" : " (never started)") + ", attempt " + attempt + "/" + maxAttempts + ", lost "
                + lostWorkers + ", postponed " + postponements + (postponed ? " since" : "") + ", " + percent + " "
                + progress.currentStep() + "/" + progress.totalSteps() + " "
                + Objects.requireNonNullElse(progress.message(), "-") + ", result " + result + ", error [" + failure
                + "], " + ties() + ", key " + key + ", priority " + priority + contradiction;
    }

    private String ties() {
        return (isFinisher ? "finisher" : "child") + " of " + parent
                + (isParent
                        ? ", " + (isSealed ? "sealed" : "open") + " parent, " + onChildFailure.text()
                                + (cancelsOtherChildren ? ", cancels siblings" : "")
                        : "")
                + (onPredecessorFailure == null ? "" : ", comes after others: " + onPredecessorFailure.text());
    }

    /** What is compared where calls race: without what depends on the order of their transactions. */
    @Override
    public String toString() {
        boolean isOpenParent = ScenarioJobs.mayBeParent(name) && status != JobStatus.COMPLETED;
        return text(isOpenParent ? "?" : progress.percent() + "%", error == null ? "" : error.withoutDetails())
                + ", history " + history;
    }

    void end(JobStatus how, @Nullable ModelError why) {
        status = how;
        error = why;
        if (how == JobStatus.COMPLETED) {
            progress = progress.withPercent(100);
            knowsPercent = true;
        }
    }
}
