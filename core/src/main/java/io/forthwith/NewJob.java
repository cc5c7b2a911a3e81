package io.forthwith;

import io.forthwith.text.Delays;
import io.forthwith.text.Names;
import io.forthwith.text.SafeText;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
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

    private final UUID id;
    private final JobType<?> type;
    private final Object input;
    private final @Nullable String userId;
    private final @Nullable String projectId;
    private final String queue;
    private final int priority;
    private final Duration delay;
    private final @Nullable String uniqueKey;
    private final @Nullable UUID parentId;
    private final @Nullable Integer maxAttempts;
    private final @Nullable Duration timeLimit;
    private final @Nullable Locale locale;

    private NewJob(Draft draft) {
        this.id = draft.id;
        this.type = draft.type;
        this.input = draft.input;
        this.userId = draft.userId;
        this.projectId = draft.projectId;
        this.queue = draft.queue;
        this.priority = draft.priority;
        this.delay = draft.delay;
        this.uniqueKey = draft.uniqueKey;
        this.parentId = draft.parentId;
        this.maxAttempts = draft.maxAttempts;
        this.timeLimit = draft.timeLimit;
        this.locale = draft.locale;
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

    /** Replaces the drawn id, for callers who derive ids from something of their own. Any UUID is accepted. */
    public NewJob id(UUID id) {
        Draft draft = new Draft(this);
        draft.id = Objects.requireNonNull(id, "id");
        return new NewJob(draft);
    }

    /** The user the job belongs to: at most 255 characters. By default none. */
    public NewJob user(String userId) {
        Draft draft = new Draft(this);
        draft.userId = owner("User", userId);
        return new NewJob(draft);
    }

    /** The project the job belongs to: at most 255 characters. By default none. */
    public NewJob project(String projectId) {
        Draft draft = new Draft(this);
        draft.projectId = owner("Project", projectId);
        return new NewJob(draft);
    }

    /** The queue; a worker serves the queues it names. By default {@value #DEFAULT_QUEUE}. */
    public NewJob queue(String queue) {
        Draft draft = new Draft(this);
        draft.queue = Names.requireOwn("Queue", queue);
        return new NewJob(draft);
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
        Draft draft = new Draft(this);
        draft.priority = priority;
        return new NewJob(draft);
    }

    /**
     * How long after it is enqueued the job becomes due, by the store's clock. By default zero.
     *
     * @throws IllegalArgumentException if it is negative or longer than 100 years
     */
    public NewJob delay(Duration delay) {
        Draft draft = new Draft(this);
        draft.delay = Delays.require(delay);
        return new NewJob(draft);
    }

    /**
     * At most one <em>open</em> job exists for a type and unique key: enqueuing another returns the open one. By default
     * none.
     */
    public NewJob uniqueKey(String uniqueKey) {
        Draft draft = new Draft(this);
        draft.uniqueKey = Names.require("Unique key", uniqueKey);
        return new NewJob(draft);
    }

    /**
     * Makes this job a child of {@code parent}, which must be enqueued in the same call. A parent never runs itself: it
     * waits for its children, completes when all have completed, and fails as soon as one has failed or was cancelled.
     */
    public NewJob parent(NewJob parent) {
        if (parent.id.equals(id)) {
            throw new IllegalArgumentException("Job " + id + " cannot be its own parent");
        }
        Draft draft = new Draft(this);
        draft.parentId = parent.id;
        return new NewJob(draft);
    }

    /**
     * How often the job may be tried, overriding the retry policy of its processor. By default the policy decides.
     *
     * @throws IllegalArgumentException unless it is 1 to 1,000
     */
    public NewJob maxAttempts(int maxAttempts) {
        RetryPolicy.requireAttempts(maxAttempts);
        Draft draft = new Draft(this);
        draft.maxAttempts = maxAttempts;
        return new NewJob(draft);
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
        Draft draft = new Draft(this);
        draft.timeLimit = timeLimit.truncatedTo(ChronoUnit.MILLIS);
        return new NewJob(draft);
    }

    /**
     * The language in which the library itself speaks to the job's user, in error messages it words: Chinese for {@code zh},
     * otherwise English. By default that of the worker; for a parent, of whoever ends its child.
     */
    public NewJob locale(Locale locale) {
        Draft draft = new Draft(this);
        draft.locale = Objects.requireNonNull(locale, "locale");
        return new NewJob(draft);
    }

    /** The id, drawn when the job was built. */
    public UUID id() {
        return id;
    }

    /** The type. */
    public JobType<?> type() {
        return type;
    }

    /** The input, not yet turned into JSON. */
    public Object input() {
        return input;
    }

    /** The user the job belongs to. */
    public @Nullable String userId() {
        return userId;
    }

    /** The project the job belongs to. */
    public @Nullable String projectId() {
        return projectId;
    }

    /** The queue. */
    public String queue() {
        return queue;
    }

    /** The priority, 0 to 9. */
    public int priority() {
        return priority;
    }

    /** How long after it is enqueued the job becomes due. */
    public Duration delay() {
        return delay;
    }

    /** The unique key. */
    public @Nullable String uniqueKey() {
        return uniqueKey;
    }

    /** The id of the parent. */
    public @Nullable UUID parentId() {
        return parentId;
    }

    /** How often the job may be tried, or null if the processor's retry policy decides. */
    public @Nullable Integer maxAttempts() {
        return maxAttempts;
    }

    /** How long one attempt may take, or null if the processor decides. */
    public @Nullable Duration timeLimit() {
        return timeLimit;
    }

    /** The language of the library's own messages, or null for that of the worker. */
    public @Nullable Locale locale() {
        return locale;
    }

    /** Type and id only: the input may hold secrets. */
    @Override
    public String toString() {
        return "NewJob " + id + " (" + type.name() + ")";
    }

    private static String owner(String what, String value) {
        if (value.isEmpty() || value.length() > MAX_OWNER_LENGTH || !SafeText.isStorable(value)) {
            throw new IllegalArgumentException(what + " \"" + SafeText.line(value, 80)
                    + "\" is not valid: 1 to 255 characters, without NUL or lone surrogates");
        }
        return value;
    }

    /** The values on their way into a new {@code NewJob}; never shared. */
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
        private @Nullable Integer maxAttempts;
        private @Nullable Duration timeLimit;
        private @Nullable Locale locale;

        private Draft(UUID id, JobType<?> type, Object input) {
            this.id = id;
            this.type = type;
            this.input = input;
        }

        private Draft(NewJob from) {
            this(from.id, from.type, from.input);
            this.userId = from.userId;
            this.projectId = from.projectId;
            this.queue = from.queue;
            this.priority = from.priority;
            this.delay = from.delay;
            this.uniqueKey = from.uniqueKey;
            this.parentId = from.parentId;
            this.maxAttempts = from.maxAttempts;
            this.timeLimit = from.timeLimit;
            this.locale = from.locale;
        }
    }
}
