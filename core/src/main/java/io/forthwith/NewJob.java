package io.forthwith;

import io.forthwith.internal.DelayRules;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.UuidV7;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A job to be enqueued. Immutable: every setting returns a new value with the same id.
 *
 * <p>The id is drawn when the value is built and makes enqueuing idempotent: a call whose answer was lost is repeated
 * with the same {@code NewJob}, and adds nothing if the first one arrived. This holds while the job's row exists.
 *
 * <pre>{@code
 * jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(configId)).user(userId).priority(8));
 * }</pre>
 */
public final class NewJob {
    /** The queue of a job that names none. */
    public static final String DEFAULT_QUEUE = "default";
    /** The priority of a job that names none. */
    public static final int DEFAULT_PRIORITY = 5;

    private static final int MAX_OWNER_LENGTH = 255;
    private static final Duration SHORTEST_TIME_LIMIT = Duration.ofMillis(1);
    private static final Duration LONGEST_TIME_LIMIT = Duration.ofDays(365);

    private final Draft values;

    /** {@code values} change no more. */
    private NewJob(Draft values) {
        this.values = values;
    }

    /**
     * A job of the given type with a new time-ordered id (UUIDv7), in the queue {@value #DEFAULT_QUEUE}, with
     * priority {@value #DEFAULT_PRIORITY}, due at once.
     *
     * @param input turned into JSON when the job is enqueued; not null
     */
    public static <I> NewJob of(JobType<I> type, I input) {
        return new NewJob(new Draft(UuidV7.next(), Objects.requireNonNull(type), Objects.requireNonNull(input)));
    }

    /**
     * Replaces the drawn id, for callers who derive ids from something of their own. Any UUID is accepted. An id is taken as long as the
     * job that has it is kept; with a retention of zero that is until it completes.
     *
     * @throws IllegalArgumentException if it is that of the job's parent, or of a job it waits for
     */
    public NewJob id(UUID id) {
        Objects.requireNonNull(id, "id");
        if (id.equals(values.parentId)) {
            throw new IllegalArgumentException(
                    "Job " + id + " cannot be its own " + (values.finishes ? "finisher" : "parent"));
        }
        if (values.predecessors.contains(id)) {
            throw new IllegalArgumentException("Job " + id + " cannot wait for itself");
        }
        return with(draft -> draft.id = id);
    }

    /** The user the job belongs to: at most 255 characters. By default none. */
    public NewJob user(String userId) {
        owner("User", userId);
        return with(draft -> draft.userId = userId);
    }

    /** The project the job belongs to: at most 255 characters. By default none. */
    public NewJob project(String projectId) {
        owner("Project", projectId);
        return with(draft -> draft.projectId = projectId);
    }

    /** The queue; a worker serves the queues it names. By default {@value #DEFAULT_QUEUE}. */
    public NewJob queue(String queue) {
        NameRules.requireOwn("Queue", queue);
        return with(draft -> draft.queue = queue);
    }

    /**
     * The priority within the queue, 0 to 9, higher first. By default {@value #DEFAULT_PRIORITY}.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public NewJob priority(int priority) {
        if (priority < 0 || priority > 9) {
            throw new IllegalArgumentException("Priority " + priority + " is out of range: 0 to 9, higher first");
        }
        return with(draft -> draft.priority = priority);
    }

    /**
     * How long after it is enqueued the job becomes due, by the store's clock. It counts from the call; a job that waits for others is due
     * when both are over. By default zero.
     *
     * @throws IllegalArgumentException if it is negative or longer than 100 years
     */
    public NewJob delay(Duration delay) {
        DelayRules.require(delay);
        return with(draft -> draft.delay = delay);
    }

    /**
     * At most one <em>open</em> job exists for a type and unique key: enqueuing another returns the open one. In a
     * call that holds a family or a graph a taken key is refused with {@code UniqueKeyTakenException}, and nothing is enqueued. By default
     * none.
     */
    public NewJob uniqueKey(String uniqueKey) {
        NameRules.require("Unique key", uniqueKey);
        return with(draft -> draft.uniqueKey = uniqueKey);
    }

    /**
     * Makes this job a child of {@code parent}, which is enqueued in the same call, or was enqueued {@linkplain #unsealed()
     * unsealed} before. A parent that has children from the start never runs itself: it waits for them, and becomes what
     * {@link #onChildFailure} says. For jobs that a running one spawns see {@link SpawnedJobs#add}.
     */
    public NewJob parent(NewJob parent) {
        return parent(parent.id());
    }

    /** Makes this job a child of the job {@code parentId}, as {@link #parent(NewJob)} does. */
    public NewJob parent(UUID parentId) {
        requireOther(parentId, "cannot be its own parent");
        return with(draft -> {
            draft.parentId = parentId;
            draft.finishes = false;
        });
    }

    /**
     * Makes this job the finisher of {@code parent}, which is enqueued in the same call: it is a child that runs when all
     * others have ended well enough for the parent not to fail, and sees what they returned
     * ({@link JobContext#siblings}). Its result becomes that of the parent, and so does its failure. A parent has at most one.
     */
    public NewJob finisherOf(NewJob parent) {
        return finisherOf(parent.id());
    }

    NewJob finisherOf(UUID parentId) {
        requireOther(parentId, "cannot be its own finisher");
        return with(draft -> {
            draft.parentId = parentId;
            draft.finishes = true;
        });
    }

    /**
     * Makes this job a group: a parent, also without children, to which later calls may add some, until it is sealed by
     * {@code JobClient.seal}. It does not complete before that.
     */
    public NewJob unsealed() {
        return with(draft -> draft.sealed = false);
    }

    /**
     * What becomes of this job when one of its children fails or is cancelled. By default {@link ChildFailurePolicy#FAIL_AT_ONCE}. For the
     * children that it spawns when it runs, {@link SpawnedJobs#onChildFailure} says otherwise.
     */
    public NewJob onChildFailure(ChildFailurePolicy policy) {
        Objects.requireNonNull(policy, "policy");
        return with(draft -> draft.onChildFailure = policy);
    }

    /**
     * When one of its children fails or is cancelled, its other children that are open are cancelled. By default they are left
     * alone.
     */
    public NewJob cancelSiblings() {
        return with(draft -> draft.cancelsSiblings = true);
    }

    /**
     * Makes this job wait until all of {@code predecessors} have completed, besides those it waits for already. They are
     * enqueued in the same call or were before. If one fails or is cancelled, {@link #onPredecessorFailure} decides.
     * For jobs that a running one spawns see {@link SpawnedJobs#add}.
     *
     * <p>Jobs that never run by themselves cannot come after others: parents that are enqueued with their children, and {@linkplain
     * #unsealed() unsealed} groups; nor can finishers, which come after all other children.
     */
    public NewJob after(NewJob... predecessors) {
        return after(Arrays.asList(predecessors));
    }

    /** The same for a list of jobs. */
    public NewJob after(List<NewJob> predecessors) {
        return afterAll(predecessors.stream().map(NewJob::id).toList());
    }

    /** The same for a job that was enqueued before. */
    public NewJob after(UUID predecessorId) {
        return afterAll(List.of(predecessorId));
    }

    private NewJob afterAll(List<UUID> more) {
        more.forEach(id -> requireOther(id, "cannot wait for itself"));
        Set<UUID> all = new LinkedHashSet<>(values.predecessors);
        all.addAll(more);
        return with(draft -> draft.predecessors = List.copyOf(all));
    }

    /** What becomes of this job when a job that it waits for fails or is cancelled. By default {@link PredecessorFailurePolicy#FAIL}. */
    public NewJob onPredecessorFailure(PredecessorFailurePolicy policy) {
        Objects.requireNonNull(policy, "policy");
        return with(draft -> draft.onPredecessorFailure = policy);
    }

    private void requireOther(UUID other, String rule) {
        if (other.equals(values.id)) {
            throw new IllegalArgumentException("Job " + other + " " + rule);
        }
    }

    /**
     * How often the job may be tried, overriding the retry policy of its processor. By default the policy decides.
     *
     * @throws IllegalArgumentException unless it is 1 to 1,000
     */
    public NewJob maxAttempts(int maxAttempts) {
        RetryPolicy.requireAttempts(maxAttempts);
        return with(draft -> draft.maxAttempts = maxAttempts);
    }

    /**
     * How long one attempt may take before it is interrupted and failed, overriding {@link Processor#timeLimit}; kept to the
     * millisecond. By default the processor decides.
     *
     * @throws IllegalArgumentException unless it is 1 ms to 365 days
     */
    public NewJob timeLimit(Duration timeLimit) {
        if (timeLimit.compareTo(SHORTEST_TIME_LIMIT) < 0 || timeLimit.compareTo(LONGEST_TIME_LIMIT) > 0) {
            throw new IllegalArgumentException("Time limit " + timeLimit + " is out of range: 1 ms to 365 days");
        }
        Duration kept = timeLimit.truncatedTo(ChronoUnit.MILLIS);
        return with(draft -> draft.timeLimit = kept);
    }

    /**
     * The language in which the library itself speaks to the job's user, in error messages it words: Chinese for {@code zh},
     * otherwise English. By default that of the worker; for a parent, of whoever ends its child; for a job that comes after others, of whoever ends
     * one of these.
     */
    public NewJob locale(Locale locale) {
        Objects.requireNonNull(locale, "locale");
        return with(draft -> draft.locale = locale);
    }

    /** The id, drawn when the job was built. */
    public UUID id() {
        return values.id;
    }

    /** The type. */
    public JobType<?> type() {
        return values.type;
    }

    /** The input, not yet turned into JSON. */
    public Object input() {
        return values.input;
    }

    /** The user the job belongs to. */
    public @Nullable String userId() {
        return values.userId;
    }

    /** The project the job belongs to. */
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

    /** The unique key. */
    public @Nullable String uniqueKey() {
        return values.uniqueKey;
    }

    /** The id of the parent. */
    public @Nullable UUID parentId() {
        return values.parentId;
    }

    /** Whether it is the finisher of its parent. */
    public boolean isFinisher() {
        return values.finishes;
    }

    /** Whether it takes no children but those of the call it is enqueued in, which it is unless said otherwise. */
    public boolean isSealed() {
        return values.sealed;
    }

    /** What becomes of it when a child fails. */
    public ChildFailurePolicy onChildFailure() {
        return values.onChildFailure;
    }

    /** Whether its open children are cancelled when one has failed. */
    public boolean cancelsSiblings() {
        return values.cancelsSiblings;
    }

    /** The ids of the jobs it waits for, in the order in which they were named. */
    public List<UUID> predecessors() {
        return values.predecessors;
    }

    /** What becomes of it when one of those fails. */
    public PredecessorFailurePolicy onPredecessorFailure() {
        return values.onPredecessorFailure;
    }

    /** How often the job may be tried, or null if the processor's retry policy decides. */
    public @Nullable Integer maxAttempts() {
        return values.maxAttempts;
    }

    /** How long one attempt may take, or null if the processor decides. */
    public @Nullable Duration timeLimit() {
        return values.timeLimit;
    }

    /** The language of the library's own messages, or null for that of the worker. */
    public @Nullable Locale locale() {
        return values.locale;
    }

    /** Type and id only: the input may hold secrets. */
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

    /** The values, changed only on their way into a new {@code NewJob}. */
    private static final class Draft {
        private UUID id;
        private final JobType<?> type;
        private final Object input;
        private @Nullable String userId;
        private @Nullable String projectId;
        private String queue = DEFAULT_QUEUE;
        private int priority = DEFAULT_PRIORITY;
        private Duration delay = Duration.ZERO;
        private @Nullable String uniqueKey;
        private @Nullable UUID parentId;
        private boolean finishes;
        private boolean sealed = true;
        private ChildFailurePolicy onChildFailure = ChildFailurePolicy.FAIL_AT_ONCE;
        private boolean cancelsSiblings;
        private List<UUID> predecessors = List.of();
        private PredecessorFailurePolicy onPredecessorFailure = PredecessorFailurePolicy.FAIL;
        private @Nullable Integer maxAttempts;
        private @Nullable Duration timeLimit;
        private @Nullable Locale locale;

        private Draft(UUID id, JobType<?> type, Object input) {
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
            this.parentId = from.parentId;
            this.finishes = from.finishes;
            this.sealed = from.sealed;
            this.onChildFailure = from.onChildFailure;
            this.cancelsSiblings = from.cancelsSiblings;
            this.predecessors = from.predecessors;
            this.onPredecessorFailure = from.onPredecessorFailure;
            this.maxAttempts = from.maxAttempts;
            this.timeLimit = from.timeLimit;
            this.locale = from.locale;
        }
    }
}
