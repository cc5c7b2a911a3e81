package io.forthwith.jdbc.internal.rows;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.UniqueKey;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.MetadataJson;
import io.forthwith.store.rules.NewFamilies;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A job that is to be inserted, with its relations to other jobs of the same call.
 *
 * @param parkedUnder the key of a limit if no claim is to find the job yet: of each key, queue and type, the first job of a call that is due is ready and the others are
 *     parked; null if it is ready, or not due
 * @param place its place in its sequence
 * @param labels its labels, by name
 */
public record NewJobRow(
        EncodedJob encoded,
        NewFamilies families,
        JobStatus status,
        JobRelations relations,
        @Nullable LimitKey parkedUnder,
        long place,
        SortedMap<String, String> labels) {
    /** When a parked job is due for claims, which is never. */
    public static final Instant NEVER = Instant.parse("9000-01-01T00:00:00Z");

    /**
     * The rows of the jobs of a call.
     *
     * @param lastPositions the highest position among the children that a parent already has; no entry for a parent
     *     without children
     * @param firstPlace the place in a sequence of the first job; those of the others follow
     * @param labels knows which metadata are labels
     */
    public static List<NewJobRow> of(
            List<EncodedJob> jobs,
            NewFamilies families,
            Map<UUID, Integer> lastPositions,
            long firstPlace,
            Labels labels) {
        Map<UUID, LimitKey> parked = parked(jobs, families);
        return IntStream.range(0, jobs.size())
                .mapToObj(i -> {
                    EncodedJob encoded = jobs.get(i);
                    NewJob job = encoded.job();
                    UUID parent = job.parentId();
                    JobRelations relations =
                            families.relations(job, parent == null ? 0 : lastPositions.getOrDefault(parent, 0));
                    return new NewJobRow(
                            encoded,
                            families,
                            families.status(job),
                            families.hasSuccessors(job.id()) ? relations.withSuccessors(LibraryOnly.KEY) : relations,
                            parked.get(job.id()),
                            firstPlace + i,
                            labels.of(job.metadata()));
                })
                .toList();
    }

    /** The first one of a call is that of the highest priority. */
    private static Map<UUID, LimitKey> parked(List<EncodedJob> jobs, NewFamilies families) {
        Map<UUID, LimitKey> parked = new HashMap<>();
        Set<String> firsts = new HashSet<>();
        jobs.stream()
                .map(EncodedJob::job)
                .filter(job -> !JobLimit.held(job.limits()).isEmpty()
                        && job.delay().isZero()
                        && families.status(job) == JobStatus.PENDING)
                .sorted(Comparator.<NewJob>comparingInt(NewJob::priority).reversed())
                .forEach(job -> {
                    LimitKey fair = fairKey(job);
                    boolean isFirst = false;
                    if (fair != null) {
                        // Claims look at all of these keys, so none of their jobs has to be ready.
                        parked.put(job.id(), fair);
                        return;
                    }
                    for (JobLimit limit : job.limits()) {
                        String lane = limit.key().text() + " " + job.queue() + " "
                                + job.type().name();
                        isFirst |= firsts.add(lane);
                    }
                    if (!isFirst) {
                        parked.put(job.id(), job.limits().get(0).key());
                    }
                });
        return parked;
    }

    private static @Nullable LimitKey fairKey(NewJob job) {
        return job.limits().stream()
                .map(JobLimit::key)
                .filter(LimitKey::isFair)
                .findFirst()
                .orElse(null);
    }

    /** The job as it is once the row is inserted. */
    public Job asJob(JobMoves transitions) {
        SequencePlace sequence = job().sequence();
        return transitions.add(encoded, families, 0).toBuilder()
                .relations(relations)
                .sequence(sequence == null ? null : sequence.at(place))
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
                .time(parkedUnder == null ? null : NEVER)
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
                .flag(relations.cancelsOtherChildren())
                .text(onPredecessorFailure())
                .flag(relations.hasSuccessors());
    }

    /** Binds the values of the columns that few jobs have: metadata, a trace, an unusual unique key, a deadline. */
    public void bindAdditions(Binder binder) throws SQLException {
        binder.text(metadata())
                .text(job().traceContext())
                .text(key(UniqueKey.Scope.UNTIL_STARTED))
                .text(key(UniqueKey.Scope.PERIOD))
                .micros(job().expiresAfter())
                .text(limits())
                .text(parked())
                .micros(parkedUnder == null ? null : Duration.ZERO)
                .number(parkedRank())
                .text(sequenceKey())
                .numberOrNull(sequencePlace())
                .text(sequenceFailure());
    }

    /** The stored value: null if the job is in no sequence. */
    @Nullable
    public String sequenceKey() {
        SequencePlace sequence = job().sequence();
        return sequence == null ? null : sequence.key();
    }

    /** The stored value: null if the job is in no sequence. */
    @Nullable
    public Long sequencePlace() {
        return job().sequence() == null ? null : place;
    }

    /** The stored value: null if the job is in no sequence. */
    @Nullable
    public String sequenceFailure() {
        SequencePlace sequence = job().sequence();
        return sequence == null ? null : sequence.onFailure().text();
    }

    /** The stored value: null if there are none. */
    @Nullable
    public String limits() {
        return JobLimit.text(job().limits());
    }

    /** The stored value: null if it is not parked. */
    @Nullable
    public String parked() {
        return parkedUnder == null ? null : parkedUnder.text();
    }

    /** The stored value: null if it is not parked. */
    @Nullable
    public Integer parkedRank() {
        return parkedUnder == null ? null : NewJob.HIGHEST_PRIORITY - job().priority();
    }

    /** Whether one of the columns of {@link #bindAdditions} has a value. */
    public boolean hasAdditions() {
        UniqueKey key = job().uniqueKey();
        return job().traceContext() != null
                || !job().metadata().isEmpty()
                || job().expiresAfter() != null
                || !job().limits().isEmpty()
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
