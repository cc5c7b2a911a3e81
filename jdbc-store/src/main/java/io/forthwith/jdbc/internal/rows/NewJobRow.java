package io.forthwith.jdbc.internal.rows;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.UniqueKey;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.MetadataJson;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.Transitions;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job that is to be inserted, with its relations to other jobs of the same call. */
public record NewJobRow(EncodedJob encoded, NewFamilies families, JobStatus status, JobRelations relations) {
    /**
     * The rows of the jobs of a call.
     *
     * @param lastPositions the highest position among the children that a parent already has; no entry for a parent
     *     without children
     */
    public static List<NewJobRow> of(List<EncodedJob> jobs, NewFamilies families, Map<UUID, Integer> lastPositions) {
        return jobs.stream()
                .map(encoded -> {
                    NewJob job = encoded.job();
                    UUID parent = job.parentId();
                    JobRelations relations =
                            families.relations(job, parent == null ? 0 : lastPositions.getOrDefault(parent, 0));
                    return new NewJobRow(
                            encoded,
                            families,
                            families.status(job),
                            families.hasSuccessors(job.id()) ? relations.withSuccessors() : relations);
                })
                .toList();
    }

    /** The job as it is once the row is inserted. */
    public Job asJob(Transitions transitions) {
        return transitions.add(encoded, families, 0).toBuilder()
                .relations(relations)
                .build();
    }

    /** Whether the job waits for another job of the same call, as far as the call alone tells. */
    public boolean waitsForSure(Set<UUID> added) {
        NewJob job = job();
        if (families.isParent(job.id())) {
            return families.hasChildAmong(job.id(), added::contains) || !job.isSealed();
        }
        return job.isFinisher() || added.containsAll(job.predecessors());
    }

    public NewJob job() {
        return encoded.job();
    }

    public String input() {
        return encoded.input();
    }

    public UUID id() {
        return job().id();
    }

    public String type() {
        return job().type().name();
    }

    /** The stored value: null if the job is no parent. */
    @Nullable
    public Boolean sealed() {
        return relations.isParent() ? relations.isSealed() : null;
    }

    /** The stored value: null for the default. */
    @Nullable
    public String onChildFailure() {
        return text(relations.onChildFailure());
    }

    static @Nullable String text(ChildFailurePolicy policy) {
        return policy == ChildFailurePolicy.FAIL_AT_ONCE ? null : policy.text();
    }

    @Nullable
    public String onPredecessorFailure() {
        PredecessorFailurePolicy policy = relations.onPredecessorFailure();
        return policy == null ? null : policy.text();
    }

    /**
     * Binds the values of all columns that every job has, in the order in which all databases insert them; the delay
     * in microseconds.
     */
    public Binder bind(Binder binder) throws SQLException {
        NewJob job = job();
        return binder.id(id())
                .id(job.parentId())
                .text(job.userId())
                .text(job.projectId())
                .text(type())
                .text(job.queue())
                .number(job.priority())
                .text(status.text())
                .micros(job.delay())
                .text(key(UniqueKey.Scope.UNTIL_ENDED))
                .number(job.maxAttempts())
                .millis(job.timeLimit())
                .locale(job.locale())
                .text(input());
    }

    /** Binds the values of the columns that only members of families and graphs have. */
    public Binder bindRelations(Binder binder) throws SQLException {
        return binder.number(relations.position())
                .flagOrNull(sealed())
                .text(onChildFailure())
                .flag(relations.cancelsSiblings())
                .text(onPredecessorFailure())
                .flag(relations.hasSuccessors());
    }

    /** Binds the values of the columns that few jobs have: metadata, a trace, an unusual unique key, a deadline. */
    public void bindAdditions(Binder binder) throws SQLException {
        binder.text(metadata())
                .text(job().traceContext())
                .text(key(UniqueKey.Scope.UNTIL_STARTED))
                .text(key(UniqueKey.Scope.PERIOD))
                .micros(job().expiresAfter());
    }

    /** Whether one of the columns of {@link #bindAdditions} has a value. */
    public boolean hasAdditions() {
        UniqueKey key = job().uniqueKey();
        return job().traceContext() != null
                || !job().metadata().isEmpty()
                || job().expiresAfter() != null
                || (key != null && key.scope() != UniqueKey.Scope.UNTIL_ENDED);
    }

    /** The unique key if it has this scope; null otherwise. */
    @Nullable
    public String key(UniqueKey.Scope scope) {
        UniqueKey key = job().uniqueKey();
        return key == null || key.scope() != scope ? null : key.key();
    }

    /** About how many characters of text the row has. */
    public int length() {
        int length = input().length();
        for (Map.Entry<String, String> each : job().metadata().entrySet()) {
            length += each.getKey().length() + each.getValue().length();
        }
        return length;
    }

    /** The stored value: null if there is none. */
    @Nullable
    public String metadata() {
        return MetadataJson.write(job().metadata());
    }
}
