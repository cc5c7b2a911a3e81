package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.DelayRules;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.UuidV7;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A job to enqueue. Immutable: every setting returns a new value with the same id.
 *
 * <p>The id is made together with the value, and it makes enqueuing idempotent: if the answer of a call was lost,
 * repeat it with the same {@code NewJob}; nothing is added if the first call took effect. This holds as long as the
 * store keeps the job.
 *
 * <pre>{@code
 * jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(configId)).user(userId).priority(8));
 * }</pre>
 */
@CheckReturnValue
public final class NewJob {
    /** The queue of a job, by default. */
    public static final String DEFAULT_QUEUE = "default";
    /** The highest priority. A claim takes jobs of this priority first. */
    public static final int HIGHEST_PRIORITY = 9;

    /** The priority of a job, by default. */
    public static final int DEFAULT_PRIORITY = 5;

    private static final String NO_TYPE = "give the JobType that a processor is registered for";
    private static final int MAX_OWNER_LENGTH = 255;
    private static final int MAX_METADATA_KEYS = 20;
    private static final int MAX_METADATA_LENGTH = 1_000;
    private static final int MAX_TRACE_LENGTH = 600;
    private static final Duration SHORTEST_TIME_LIMIT = Duration.ofMillis(1);
    private static final Duration LONGEST_TIME_LIMIT = Duration.ofDays(365);
    private static final String NO_PARENT = "leave parent() out for a job without a parent";
    private static final String NO_PREDECESSORS = "leave after() out for a job that waits for no others";

    private final Draft values;

    /** {@code values} must not change any more. */
    private NewJob(Draft values) {
        this.values = values;
    }

    /**
     * A job of this type with a new time-ordered id (UUIDv7), in the queue {@value #DEFAULT_QUEUE}, with priority
     * {@value #DEFAULT_PRIORITY}, due at once.
     *
     * @param input turned into JSON when the job is enqueued; not null
     */
    public static <I> NewJob of(JobType<I> type, I input) {
        NullRules.require(type, "type", NO_TYPE);
        Objects.requireNonNull(
                input,
                () -> "The input of job type " + type.name() + " is null: a job without input is made by"
                        + " NewJob.of(type), of a type that is made by JobType.of(name)");
        return new NewJob(new Draft(UuidV7.next(), type, input));
    }

    /** A job without input, else like {@link #of(JobType, Object)}. */
    public static NewJob of(JobType<Void> type) {
        return new NewJob(new Draft(UuidV7.next(), NullRules.require(type, "type", NO_TYPE), null));
    }

    /**
     * Replaces the id, for callers that derive ids from data of their own. Any UUID is valid. An id is in use as long
     * as the store keeps its job; with a retention of zero, that is until the job completes.
     *
     * @throws IllegalArgumentException if it is the id of the parent, or of a predecessor
     */
    public NewJob id(UUID id) {
        NullRules.require(id, "id", "leave id() out, a new job has an id of its own");
        if (id.equals(values.parentId)) {
            throw new IllegalArgumentException(
                    "Job " + id + " cannot be its own " + (values.finishes ? "finisher" : "parent"));
        }
        if (values.predecessors.contains(id)) {
            throw new IllegalArgumentException("Job " + id + " cannot wait for itself");
        }
        return with(draft -> draft.id = id);
    }

    /** The user that the job belongs to, 1 to 255 characters. By default none. */
    public NewJob user(String userId) {
        NullRules.require(userId, "userId", "leave user() out for a job that belongs to no user");
        owner("User", userId);
        return with(draft -> draft.userId = userId);
    }

    /** The project that the job belongs to, 1 to 255 characters. By default none. */
    public NewJob project(String projectId) {
        NullRules.require(projectId, "projectId", "leave project() out for a job that belongs to no project");
        owner("Project", projectId);
        return with(draft -> draft.projectId = projectId);
    }

    /** The queue. A worker serves the queues that it is given. By default {@value #DEFAULT_QUEUE}. */
    public NewJob queue(String queue) {
        NameRules.requireOwn("Queue", queue);
        return with(draft -> draft.queue = queue);
    }

    /**
     * The priority, 0 to 9. Higher priorities run first, over all queues of a worker. By default {@value #DEFAULT_PRIORITY}.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public NewJob priority(int priority) {
        if (priority < 0 || priority > HIGHEST_PRIORITY) {
            throw new IllegalArgumentException(
                    "Priority " + priority + " is out of range: 0 to " + HIGHEST_PRIORITY + ", higher first");
        }
        return with(draft -> draft.priority = priority);
    }

    /**
     * How long after it is enqueued the job becomes due, by the clock of the store. A job that also waits for other
     * jobs runs when the delay has passed and they have ended. By default zero.
     *
     * @throws IllegalArgumentException if it is negative or longer than 100 years
     */
    public NewJob delay(Duration delay) {
        DelayRules.require(delay);
        return with(draft -> draft.delay = delay);
    }

    /**
     * A key that at most one <em>open</em> job of a type has. If an open job has it, enqueuing another returns that
     * one. A call that enqueues a family or a graph is refused instead, with {@code UniqueKeyTakenException}, and
     * enqueues nothing. By default none.
     */
    public NewJob uniqueKey(String uniqueKey) {
        return uniqueKey(UniqueKey.of(uniqueKey));
    }

    /**
     * A key that at most one job of a type has, until when, and what happens if it is taken. In a call that enqueues a family or a graph, and for
     * jobs that a job spawns, a key that is taken refuses the whole call, whatever {@link UniqueKey#ifTaken} says. By default none.
     */
    public NewJob uniqueKey(UniqueKey uniqueKey) {
        NullRules.require(uniqueKey, "uniqueKey", "leave uniqueKey() out for a job that needs none");
        if (uniqueKey.runsAgainAfter()) {
            requireOneSequence(sequenceOf(uniqueKey), values.sequence);
        }
        return with(draft -> draft.uniqueKey = uniqueKey);
    }

    /**
     * The latest start: a job that no worker has started so long after it was enqueued, by the clock of the store, fails with the code {@code
     * expired}, and its family follows as after any failure. A job that has started once, also if it then waits for another attempt, no longer
     * expires, nor does one that is retried by hand; one that a stopping worker has given back still does. It fails when a worker would start it, and otherwise within a minute, as long as a worker
     * runs. Workers before version 7 of the schema do not know deadlines. By default there is none.
     *
     * @throws IllegalArgumentException unless it is 1 ms to 100 years; it is cut to milliseconds
     */
    public NewJob expiresAfter(Duration time) {
        NullRules.require(time, "time", "leave expiresAfter() out for a job that may start at any time");
        DelayRules.require(time);
        if (time.toMillis() < 1) {
            throw new IllegalArgumentException("A job cannot expire after " + time + ": give 1 ms or more");
        }
        Duration kept = time.truncatedTo(ChronoUnit.MILLIS);
        return with(draft -> draft.expiresAfter = kept);
    }

    /**
     * Makes this job a child of {@code parent}. The parent is enqueued in the same call, or was enqueued before as an
     * {@linkplain #unsealed() unsealed} group. A parent that is enqueued with children never runs: it waits for them
     * and then completes or fails, as {@link #onChildFailure} says. For jobs that a running job spawns, see
     * {@link JobContext#spawn}.
     */
    public NewJob parent(NewJob parent) {
        return parent(NullRules.require(parent, "parent", NO_PARENT).id());
    }

    /** Makes this job a child of the job with this id, as {@link #parent(NewJob)} does. */
    public NewJob parent(UUID parentId) {
        NullRules.require(parentId, "parentId", NO_PARENT);
        requireOther(parentId, "cannot be its own parent");
        return with(draft -> {
            draft.parentId = parentId;
            draft.finishes = false;
        });
    }

    /**
     * Makes this job the finisher of {@code parent}, which is enqueued in the same call. A finisher is a child that
     * runs when all other children have ended, unless their failures make the parent fail. It can read their results
     * ({@link JobContext#siblings}). Its own result, or its failure, becomes that of the parent. A parent has at most
     * one finisher.
     */
    public NewJob finisherOf(NewJob parent) {
        return finisherOf(NullRules.require(parent, "parent", "leave finisherOf() out for a job that finishes no other")
                .id());
    }

    NewJob finisherOf(UUID parentId) {
        requireOther(parentId, "cannot be its own finisher");
        return with(draft -> {
            draft.parentId = parentId;
            draft.finishes = true;
        });
    }

    /**
     * Makes this job an unsealed group: a parent to which later calls can add children, until {@code JobClient.seal}
     * seals it. It can be enqueued without children. It does not complete before it is sealed.
     */
    public NewJob unsealed() {
        return with(draft -> draft.sealed = false);
    }

    /**
     * What happens to this job when one of its children fails or is cancelled. By default
     * {@link ChildFailurePolicy#FAIL_AT_ONCE}. For children that it spawns, {@link JobContext#onChildFailure} can
     * replace it.
     */
    public NewJob onChildFailure(ChildFailurePolicy policy) {
        NullRules.require(policy, "policy", "leave onChildFailure() out for FAIL_AT_ONCE");
        return with(draft -> draft.onChildFailure = policy);
    }

    /** If a child of this job fails or is cancelled, the other open children are cancelled. By default they go on. */
    public NewJob cancelOtherChildren() {
        return with(draft -> draft.cancelsOtherChildren = true);
    }

    /**
     * Makes this job wait until all of {@code predecessors} have completed. They are added to those that were named
     * before. They are enqueued in the same call, or were enqueued before. If one fails or is cancelled,
     * {@link #onPredecessorFailure} decides. For jobs that a running job spawns, see {@link JobContext#spawn}.
     *
     * <p>These jobs cannot have predecessors: parents that are enqueued with their children and
     * {@linkplain #unsealed() unsealed} groups, because they never run, and finishers, because they wait for all other
     * children anyway.
     */
    public NewJob after(NewJob... predecessors) {
        return after(Arrays.asList(NullRules.require(predecessors, "predecessors", NO_PREDECESSORS)));
    }

    /** As {@link #after(NewJob...)}, for a list of jobs. */
    public NewJob after(List<NewJob> predecessors) {
        NullRules.requireAll(predecessors, "predecessors", NO_PREDECESSORS);
        return afterAll(predecessors.stream().map(NewJob::id).toList());
    }

    /** As {@link #after(NewJob...)}, for a job that was enqueued before. */
    public NewJob after(UUID predecessorId) {
        return afterAll(List.of(NullRules.require(predecessorId, "predecessorId", NO_PREDECESSORS)));
    }

    private NewJob afterAll(List<UUID> more) {
        more.forEach(id -> requireOther(id, "cannot wait for itself"));
        Set<UUID> all = new LinkedHashSet<>(values.predecessors);
        all.addAll(more);
        return with(draft -> draft.predecessors = List.copyOf(all));
    }

    /**
     * What happens to this job when a predecessor fails or is cancelled. By default
     * {@link PredecessorFailurePolicy#FAIL}.
     */
    public NewJob onPredecessorFailure(PredecessorFailurePolicy policy) {
        NullRules.require(policy, "policy", "leave onPredecessorFailure() out for FAIL");
        return with(draft -> draft.onPredecessorFailure = policy);
    }

    private void requireOther(UUID other, String rule) {
        if (other.equals(values.id)) {
            throw new IllegalArgumentException("Job " + other + " " + rule);
        }
    }

    /**
     * How many attempts the job may have, the first included. It replaces that of the retry policy. By default the
     * policy of the processor decides.
     *
     * @throws IllegalArgumentException unless it is 1 to 1,000
     */
    public NewJob maxAttempts(int maxAttempts) {
        RetryPolicy.requireAttempts(maxAttempts);
        return with(draft -> draft.maxAttempts = maxAttempts);
    }

    /**
     * How long one attempt may take. After that, the attempt is interrupted and the job fails. It replaces
     * {@link Processor#timeLimit} and is cut to milliseconds. By default the processor decides.
     *
     * @throws IllegalArgumentException unless it is 1 ms to 365 days
     */
    public NewJob timeLimit(Duration timeLimit) {
        NullRules.require(timeLimit, "timeLimit", "leave timeLimit() out, then the processor decides");
        if (timeLimit.compareTo(SHORTEST_TIME_LIMIT) < 0 || timeLimit.compareTo(LONGEST_TIME_LIMIT) > 0) {
            throw new IllegalArgumentException("Time limit " + timeLimit + " is out of range: 1 ms to 365 days");
        }
        Duration kept = timeLimit.truncatedTo(ChronoUnit.MILLIS);
        return with(draft -> draft.timeLimit = kept);
    }

    /**
     * The language of the library's own error messages to the user of the job: Chinese for {@code zh}, otherwise
     * English. By default it is the language of the worker or client whose call ends the job; a parent or a successor
     * is ended by the call that ends its child or predecessor.
     */
    public NewJob locale(Locale locale) {
        NullRules.require(locale, "locale", "leave locale() out for the language of the worker");
        return with(draft -> draft.locale = locale);
    }

    /**
     * Adds metadata: a short text that belongs to the job and is no part of its input, such as a tenant. A {@link
     * io.forthwith.event.JobInterceptor} can add it to each job, and read it around each attempt. It is not passed on to jobs that this one
     * spawns. A value replaces an earlier one of the same key. By default there is none.
     *
     * @param key a name, as for a queue, of 1 to 64 characters
     * @param value up to 1,000 characters
     * @throws IllegalArgumentException if one is not valid, or the job would have more than 20 keys
     */
    public NewJob metadata(String key, String value) {
        NameRules.requireShort("Metadata key", key);
        NullRules.require(value, "value", "leave metadata() out for a job without this key");
        if (value.length() > MAX_METADATA_LENGTH || !SafeText.isStorable(value)) {
            throw new IllegalArgumentException("The metadata " + key + " = \"" + SafeText.line(value, 80)
                    + "\" is not valid: up to " + MAX_METADATA_LENGTH + " characters, without NUL or lone surrogates");
        }
        Map<String, String> more = new HashMap<>(values.metadata);
        more.put(key, value);
        if (more.size() > MAX_METADATA_KEYS) {
            throw new IllegalArgumentException("Job " + values.id + " would have " + more.size()
                    + " keys of metadata, with " + key + ": at most " + MAX_METADATA_KEYS
                    + "; put what the processor needs into the input");
        }
        return with(draft -> draft.metadata = Map.copyOf(more));
    }

    /** Puts the job under a limit, with a cost of 1; see {@link #limit(String, String, int)}. */
    public NewJob limit(String name, String key) {
        return limit(name, key, 1);
    }

    /**
     * Puts the job under a limit: it starts only when the {@link io.forthwith.limit.Limit} of this name lets another job of this key start. Under several
     * limits it starts only when all of them do. Until a limit of the name is declared, the job waits. By default a job is under none but that of its
     * type.
     *
     * @param name the name of the limit, such as {@code tenant}
     * @param key for whom or what the limit holds, of the characters of a name, 1 to 128
     * @param cost how many starts of a rate its start counts as, 1 to 1,000,000
     * @throws IllegalArgumentException if one is not valid, if it is under a limit of this name already, or if it would be under more than four
     */
    public NewJob limit(String name, String key, int cost) {
        JobLimit limit = new JobLimit(new LimitKey(name, key), cost);
        if (name.equals(LimitKey.TYPE)) {
            throw new IllegalArgumentException(
                    "Limit \"" + name + "\" holds for types: every job is under that of its type,"
                            + " declare it by Limit.onType(\"" + values.type.name() + "\")");
        }
        if (limit.key().isSequence()) {
            throw new IllegalArgumentException("Limit \"" + name + "\" is that of sequences: call sequence(\"" + key
                    + "\") to put the job into one");
        }
        if (limit.key().isFair()) {
            throw new IllegalArgumentException(
                    "Limit \"" + name + "\" is that of jobs that take turns: call fairBy(\"" + key + "\")");
        }
        return under(limit);
    }

    /**
     * Has the jobs of this key take turns with those of other keys: however many jobs one key has waiting, those of another one start in between. Of the jobs of one
     * key, the higher priority comes first; a key with high priorities gets no more turns. Keys get as many turns as they have {@linkplain
     * io.forthwith.limit.Limit#weight weight}. Jobs without a key are not held up by those with one. By default a job has no key.
     *
     * @param key who is to get a fair share, such as a tenant, of the characters of a name, 1 to 128
     * @throws IllegalArgumentException if it is not valid, if the job has such a key already, or if it would be under more than four limits with it
     */
    public NewJob fairBy(String key) {
        NullRules.require(key, "key", "leave fairBy() out for a job without a key");
        return under(new JobLimit(LimitKey.fairBy(key), 1));
    }

    private NewJob under(JobLimit limit) {
        String name = limit.key().name();
        List<JobLimit> more = new ArrayList<>(values.limits);
        more.add(limit);
        if (values.limits.stream().anyMatch(other -> other.key().name().equals(name))) {
            throw new IllegalArgumentException("Job " + values.id + " has a key of the limit \"" + name
                    + "\" already: a job has one key of each limit");
        }
        if (more.size() > JobLimit.MOST) {
            throw new IllegalArgumentException("Job " + values.id + " would be under " + more.size() + " limits, with "
                    + limit.key() + ": at most " + JobLimit.MOST);
        }
        return with(draft -> draft.limits = JobLimit.sorted(more));
    }

    /** Puts the job into a sequence that a failure blocks; see {@link #sequence(String, SequenceFailurePolicy)}. */
    public NewJob sequence(String key) {
        return sequence(key, SequenceFailurePolicy.BLOCK);
    }

    /**
     * Puts the job into a sequence, whose jobs run one after the other, of whatever type, in whatever queue and with whatever priority. If the call that
     * enqueues job A has returned before the call that enqueues job B begins, A runs first; calls at the same moment come in any order, and jobs of one call in
     * the order of the call. In a transaction of the application, the job takes its place at that call, and is there once the transaction has committed.
     *
     * <p>A job that waits for its delay or for its next attempt holds up those behind it. One that waits for other jobs does not: it joins when it no longer waits, at its
     * place. A job that has spawned children and waits for them has had its turn. By default a job is in no sequence.
     *
     * @param key the key of the sequence, of the characters of a name, 1 to 128
     * @param onFailure what happens to the jobs behind it when it fails for good
     * @throws IllegalArgumentException if the key is not valid, or the job has a unique key that is a sequence
     */
    public NewJob sequence(String key, SequenceFailurePolicy onFailure) {
        NullRules.require(key, "key", "leave sequence() out for a job that is in no sequence");
        NullRules.require(onFailure, "onFailure", "give BLOCK, SKIP or CANCEL_REST");
        SequencePlace sequence = new SequencePlace(key, 0, onFailure);
        UniqueKey uniqueKey = values.uniqueKey;
        requireOneSequence(sequence, uniqueKey != null && uniqueKey.runsAgainAfter() ? sequenceOf(uniqueKey) : null);
        return with(draft -> draft.sequence = sequence);
    }

    private void requireOneSequence(SequencePlace next, @Nullable SequencePlace other) {
        if (other != null) {
            throw new IllegalArgumentException("Job " + values.id + " would be in the sequences " + other.key()
                    + " and " + next.key() + ": a unique key with runAgainAfter() is a sequence, and a job is in one");
        }
    }

    private SequencePlace sequenceOf(UniqueKey runsAgainAfter) {
        return new SequencePlace(values.type.name() + "/" + runsAgainAfter.key(), 0, SequenceFailurePolicy.SKIP);
    }

    /**
     * The trace that this job belongs to, as a {@code traceparent} of <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>,
     * which a space and a {@code tracestate} may follow. A module for tracing sets it. By default none.
     *
     * @throws IllegalArgumentException unless it is 1 to 600 printable characters of ASCII
     */
    public NewJob traceContext(String traceContext) {
        NullRules.require(traceContext, "traceContext", "leave traceContext() out for a job without a trace");
        if (traceContext.isEmpty()
                || traceContext.length() > MAX_TRACE_LENGTH
                || traceContext.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IllegalArgumentException("The trace context \"" + SafeText.line(traceContext, 80)
                    + "\" is not valid: 1 to " + MAX_TRACE_LENGTH + " printable characters of ASCII");
        }
        return with(draft -> draft.traceContext = traceContext);
    }

    /** The id. */
    public UUID id() {
        return values.id;
    }

    /** The type. */
    public JobType<?> type() {
        return values.type;
    }

    /** The input, not yet turned into JSON; null for a job without input. */
    public @Nullable Object input() {
        return values.input;
    }

    /** The user that the job belongs to; null for none. */
    public @Nullable String userId() {
        return values.userId;
    }

    /** The project that the job belongs to; null for none. */
    public @Nullable String projectId() {
        return values.projectId;
    }

    /** The queue. */
    public String queue() {
        return values.queue;
    }

    /** The priority, 0 to 9. */
    public int priority() {
        return values.priority;
    }

    /** How long after it is enqueued the job becomes due. */
    public Duration delay() {
        return values.delay;
    }

    /** The unique key; null for none. */
    public @Nullable UniqueKey uniqueKey() {
        return values.uniqueKey;
    }

    /** How long after it is enqueued the job may start at the latest; null for at any time. */
    public @Nullable Duration expiresAfter() {
        return values.expiresAfter;
    }

    /** The id of the parent; null for none. */
    public @Nullable UUID parentId() {
        return values.parentId;
    }

    /** Whether the job is the finisher of its parent. */
    public boolean isFinisher() {
        return values.finishes;
    }

    /**
     * Whether children can be added only in the call that enqueues the job. True unless {@link #unsealed} was called.
     */
    public boolean isSealed() {
        return values.sealed;
    }

    /** What happens to the job when a child fails or is cancelled. */
    public ChildFailurePolicy onChildFailure() {
        return values.onChildFailure;
    }

    /** Whether the open children are cancelled when a child fails or is cancelled. */
    public boolean cancelsOtherChildren() {
        return values.cancelsOtherChildren;
    }

    /** The ids of the predecessors, in the order in which they were named. */
    public List<UUID> predecessors() {
        return values.predecessors;
    }

    /** What happens to the job when a predecessor fails or is cancelled. */
    public PredecessorFailurePolicy onPredecessorFailure() {
        return values.onPredecessorFailure;
    }

    /** How many attempts the job may have; null if the retry policy of the processor decides. */
    public @Nullable Integer maxAttempts() {
        return values.maxAttempts;
    }

    /** How long one attempt may take; null if the processor decides. */
    public @Nullable Duration timeLimit() {
        return values.timeLimit;
    }

    /** The language of the library's messages to the user; null for that of the worker or client that ends the job. */
    public @Nullable Locale locale() {
        return values.locale;
    }

    /** The metadata; empty for none. */
    public Map<String, String> metadata() {
        return values.metadata;
    }

    /** The trace that the job belongs to; null for none. */
    public @Nullable String traceContext() {
        return values.traceContext;
    }

    /** See {@link #limit(String, String, int)}; in the order of their keys, with that of the {@link #sequence}. */
    public List<JobLimit> limits() {
        SequencePlace sequence = sequence();
        if (sequence == null) {
            return values.limits;
        }
        List<JobLimit> all = new ArrayList<>(values.limits);
        all.add(new JobLimit(sequence.limitKey(), 1));
        return JobLimit.sorted(all);
    }

    /** See {@link #sequence(String, SequenceFailurePolicy)} and {@link UniqueKey#runAgainAfter}; without its place, which the store gives. */
    public @Nullable SequencePlace sequence() {
        UniqueKey uniqueKey = values.uniqueKey;
        return uniqueKey != null && uniqueKey.runsAgainAfter() ? sequenceOf(uniqueKey) : values.sequence;
    }

    /** Id and type. The input is left out, because it may hold secrets. */
    @Override
    public String toString() {
        return "NewJob " + values.id + " (" + values.type.name() + ")";
    }

    private NewJob with(Consumer<Draft> setting) {
        Draft draft = new Draft(values);
        setting.accept(draft);
        return new NewJob(draft);
    }

    private static void owner(String what, String value) {
        if (value.isEmpty() || value.length() > MAX_OWNER_LENGTH || !SafeText.isStorable(value)) {
            throw new IllegalArgumentException(what + " \"" + SafeText.line(value, 80)
                    + "\" is not valid: 1 to 255 characters, without NUL or lone surrogates");
        }
    }

    /** The values. They change only until they are given to a new {@code NewJob}. */
    private static final class Draft {
        private UUID id;
        private final JobType<?> type;
        private final @Nullable Object input;
        private @Nullable String userId;
        private @Nullable String projectId;
        private String queue = DEFAULT_QUEUE;
        private int priority = DEFAULT_PRIORITY;
        private Duration delay = Duration.ZERO;
        private @Nullable UniqueKey uniqueKey;
        private @Nullable Duration expiresAfter;
        private @Nullable UUID parentId;
        private boolean finishes;
        private boolean sealed = true;
        private ChildFailurePolicy onChildFailure = ChildFailurePolicy.FAIL_AT_ONCE;
        private boolean cancelsOtherChildren;
        private List<UUID> predecessors = List.of();
        private PredecessorFailurePolicy onPredecessorFailure = PredecessorFailurePolicy.FAIL;
        private @Nullable Integer maxAttempts;
        private @Nullable Duration timeLimit;
        private @Nullable Locale locale;
        private Map<String, String> metadata = Map.of();
        private @Nullable String traceContext;
        private List<JobLimit> limits = List.of();
        private @Nullable SequencePlace sequence;

        private Draft(UUID id, JobType<?> type, @Nullable Object input) {
            this.id = id;
            this.type = type;
            this.input = input;
        }

        private Draft(Draft from) {
            this(from.id, from.type, from.input);
            this.userId = from.userId;
            this.projectId = from.projectId;
            this.queue = from.queue;
            this.priority = from.priority;
            this.delay = from.delay;
            this.uniqueKey = from.uniqueKey;
            this.expiresAfter = from.expiresAfter;
            this.parentId = from.parentId;
            this.finishes = from.finishes;
            this.sealed = from.sealed;
            this.onChildFailure = from.onChildFailure;
            this.cancelsOtherChildren = from.cancelsOtherChildren;
            this.predecessors = from.predecessors;
            this.onPredecessorFailure = from.onPredecessorFailure;
            this.maxAttempts = from.maxAttempts;
            this.timeLimit = from.timeLimit;
            this.locale = from.locale;
            this.metadata = from.metadata;
            this.traceContext = from.traceContext;
            this.limits = from.limits;
            this.sequence = from.sequence;
        }
    }
}
