package io.forthwith.store.kit.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One row of the model. Its text says everything that the row of a store must say too. */
final class ModelJob {
    static final String CHILD_ERROR = "for its children";
    static final String PREDECESSOR_ERROR = "for its predecessors";

    final String name;
    final @Nullable String parent;
    final @Nullable String key;
    final @Nullable Integer maxAttempts;
    final int priority;
    boolean isFinisher;
    boolean isParent;
    boolean isSealed = true;
    ChildFailurePolicy onChildFailure = ChildFailurePolicy.FAIL_AT_ONCE;

    @Nullable
    PredecessorFailurePolicy onPredecessorFailure;

    /** Its predecessors that have not been deleted. Not in the row. */
    final List<String> after = new ArrayList<>();

    /** Whether it ever had a successor. Not in the row. */
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

    @Nullable
    String result;

    String error = "";
    boolean cancelRequested;
    // In ticks, which no row shows.
    int dueAt;
    int endedAt;
    final List<String> history = new ArrayList<>();

    ModelJob(ScenarioJobs.Role role) {
        this(role.name(), role.relations().parent(), role.key(), role.maxAttempts(), role.priority());
        isFinisher = role.relations().isFinisher();
        isSealed = role.relations().isSealed();
        onChildFailure = role.relations().onChildFailure();
        onPredecessorFailure =
                role.relations().after().isEmpty() ? null : role.relations().onPredecessorFailure();
        after.addAll(role.relations().after());
    }

    private ModelJob(
            String name, @Nullable String parent, @Nullable String key, @Nullable Integer maxAttempts, int priority) {
        this.name = name;
        this.parent = parent;
        this.key = key;
        this.maxAttempts = maxAttempts;
        this.priority = priority;
    }

    ModelJob copy() {
        ModelJob copy = new ModelJob(name, parent, key, maxAttempts, priority);
        copy.isFinisher = isFinisher;
        copy.isParent = isParent;
        copy.isSealed = isSealed;
        copy.onChildFailure = onChildFailure;
        copy.onPredecessorFailure = onPredecessorFailure;
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
        copy.result = result;
        copy.error = error;
        copy.cancelRequested = cancelRequested;
        copy.dueAt = dueAt;
        copy.endedAt = endedAt;
        copy.history.addAll(history);
        return copy;
    }

    /** A store's row, to be compared as text. */
    static ModelJob of(Job job, List<JobFailure> failures, ScenarioJobs cast) {
        ModelJob row = new ModelJob(
                cast.name(job.id()),
                job.parentId() == null ? null : cast.name(job.parentId()),
                job.uniqueKey(),
                job.maxAttempts(),
                job.priority());
        row.isFinisher = job.relations().isFinisher();
        row.isParent = job.relations().isParent();
        row.isSealed = job.relations().isSealed();
        row.onChildFailure = job.relations().onChildFailure();
        row.onPredecessorFailure = job.relations().onPredecessorFailure();
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
        row.error = job.errorCode() == null ? "" : error(job.errorKind(), job.errorCode(), job.errorMessage());
        row.cancelRequested = job.cancelRequestedAt() != null;
        failures.forEach(failure -> row.history.add(entry(
                failure.claim(),
                failure.attempt(),
                cast.name(failure.workerId()),
                error(failure.kind(), failure.code(), failure.message()))));
        if ((job.completedAt() != null) != job.status().isFinal()) {
            row.error += " (completed_at is " + job.completedAt() + ")";
        }
        return row;
    }

    boolean isRetryable() {
        return status == JobStatus.FAILED || status == JobStatus.CANCELLED;
    }

    boolean hasRelatives() {
        return parent != null || isParent || onPredecessorFailure != null || hasSuccessors;
    }

    boolean isOpenGroup() {
        return status == JobStatus.WAITING && isParent && !isSealed;
    }

    void end(JobStatus how, String why, int now) {
        status = how;
        error = why;
        endedAt = now;
        if (how == JobStatus.COMPLETED) {
            progress = progress.withPercent(100);
        }
    }

    /** Keeps a failed attempt. */
    void remember(JobError failure) {
        history.add(entry(claim, attempt, holder, error(failure)));
    }

    String claimText() {
        return name + "#" + claim;
    }

    static String error(JobError error) {
        return error(error.kind(), error.code(), error.message());
    }

    /**
     * A job that failed because of others names them in its message. Which ones depends on what else ended in the same transaction, and a
     * take-over may be one transaction or several. So only the kind is compared: because of children, or because of predecessors.
     */
    private static String error(JobError.@Nullable Kind kind, String code, @Nullable String message) {
        if (code.startsWith("child_")) {
            return CHILD_ERROR;
        }
        return code.startsWith("predecessor_") ? PREDECESSOR_ERROR : kind + " " + code + " '" + message + "'";
    }

    private static String entry(long claim, int attempt, String worker, String error) {
        return "claim " + claim + " attempt " + attempt + " of " + worker + ": " + error;
    }

    private String percent() {
        return ScenarioJobs.mayBeParent(name) && status != JobStatus.COMPLETED ? "?" : progress.percent() + "%";
    }

    private String relations() {
        return (isFinisher ? "finisher" : "child") + " of " + parent
                + (isParent ? ", " + (isSealed ? "sealed" : "open") + " parent, " + onChildFailure.text() : "")
                + (onPredecessorFailure == null ? "" : ", comes after others: " + onPredecessorFailure.text());
    }

    @Override
    public String toString() {
        return name + " " + status.text() + (cancelRequested ? ", to be cancelled" : "") + ", claim " + claim + " of "
                + holder + (started ? "" : " (never started)") + ", attempt " + attempt + "/" + maxAttempts + ", lost "
                + lostWorkers + ", postponed " + postponements + (postponed ? " since" : "") + ", " + percent() + " "
                + progress.currentStep() + "/" + progress.totalSteps() + " "
                + Objects.requireNonNullElse(progress.message(), "-") + ", result " + result + ", error [" + error
                + "], history " + history + ", " + relations() + ", key " + key + ", priority " + priority;
    }
}
