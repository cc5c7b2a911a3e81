package io.forthwith.store.kit;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One row of the model. As text it says everything that a store's row must say as well. */
final class ModelJob {
    static final String CHILD_ERROR = "for its children";

    final String name;
    final @Nullable String parent;
    final @Nullable String key;
    final @Nullable Integer maxAttempts;
    final int priority;
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

    ModelJob(Cast.Role role) {
        this(role.name(), role.parent(), role.key(), role.maxAttempts(), role.priority());
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
    static ModelJob of(Job job, List<JobFailure> failures, Cast cast) {
        ModelJob row = new ModelJob(
                cast.name(job.id()),
                job.parentId() == null ? null : cast.name(job.parentId()),
                job.uniqueKey(),
                job.maxAttempts(),
                job.priority());
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

    void end(JobStatus how, String why, int now) {
        status = how;
        error = why;
        endedAt = now;
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
     * What a parent says of its children hangs on what else ended in the same atomic step, and a take-over may be one step or
     * several: that it failed for its children is all that is compared.
     */
    private static String error(JobError.@Nullable Kind kind, String code, @Nullable String message) {
        return code.startsWith("child_") ? CHILD_ERROR : kind + " " + code + " '" + message + "'";
    }

    private static String entry(long claim, int attempt, String worker, String error) {
        return "claim " + claim + " attempt " + attempt + " of " + worker + ": " + error;
    }

    @Override
    public String toString() {
        return name + " " + status.text() + (cancelRequested ? ", to be cancelled" : "") + ", claim " + claim + " of "
                + holder + (started ? "" : " (never started)") + ", attempt " + attempt + "/" + maxAttempts + ", lost "
                + lostWorkers + ", postponed " + postponements + (postponed ? " since" : "") + ", " + progress.percent()
                + "% " + progress.currentStep() + "/" + progress.totalSteps() + " "
                + Objects.requireNonNullElse(progress.message(), "-") + ", result " + result + ", error [" + error
                + "], history " + history + ", child of " + parent + ", key " + key + ", priority " + priority;
    }
}
