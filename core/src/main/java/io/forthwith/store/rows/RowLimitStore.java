package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.internal.DelayRules;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.store.rules.PurgeRule;
import io.forthwith.store.rules.limit.NextStart;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The limits of an {@link AbstractJobStore}. */
final class RowLimitStore implements LimitStore {
    private static final int QUEUES = 200;
    private static final Instant FIRST = Instant.EPOCH;
    private static final Comparator<Job> CLAIM_ORDER =
            Comparator.comparingInt(Job::priority).reversed().thenComparing(JobRowAccess.DUE_ORDER);

    private static final Comparator<Job> SEQUENCE_ORDER = Comparator.<Job>comparingLong(
                    job -> Objects.requireNonNull(job.sequence()).number())
            .thenComparing(Job::id, JobRowAccess.ID_ORDER);

    private final Transactions transactions;
    private final NextStart nextStart;
    private final Runnable wake;

    /** @param wake tells workers that jobs may start */
    RowLimitStore(Transactions transactions, NextStart nextStart, Runnable wake) {
        this.transactions = transactions;
        this.nextStart = nextStart;
        this.wake = wake;
    }

    /** Runs a transaction. */
    @FunctionalInterface
    interface Transactions {
        <T> T run(Function<? super JobRowAccess, T> work);
    }

    @Override
    public void put(Limit limit) {
        limit.requireDeclarable();
        transactions.run(rows -> {
            rows.put(limit);
            return true;
        });
        wake.run();
    }

    @Override
    public List<Limit> list() {
        return transactions.run(rows ->
                rows.limits().stream().sorted(Comparator.comparing(Limit::name)).toList());
    }

    @Override
    public LimitChangeResult override(LimitKey key, @Nullable Limit limit) {
        LimitKeyRow.unused(key).with(limit);
        LimitChangeResult change = change(key, (rows, stored) -> stored.with(limit));
        wake.run();
        return change;
    }

    @Override
    public LimitChangeResult pause(LimitKey key, Pause pause) {
        return change(
                key,
                (rows, stored) -> stored.pause() == null
                        ? stored.with(new Pause(LibraryOnly.KEY, now(rows), pause.by(), pause.reason()))
                        : stored);
    }

    @Override
    public LimitChangeResult rest(LimitKey key, Duration duration) {
        DelayRules.require(duration);
        return change(
                key,
                (rows, stored) -> stored.restingUntil(now(rows).plus(duration).truncatedTo(ChronoUnit.MICROS)));
    }

    @Override
    public LimitChangeResult resume(LimitKey key) {
        LimitChangeResult change = change(key, (rows, stored) -> stored.resumed());
        wake.run();
        return change;
    }

    /** One transaction after the other: no claim is open meanwhile. */
    private LimitChangeResult change(LimitKey key, BiFunction<JobRowAccess, LimitKeyRow, LimitKeyRow> change) {
        return transactions.run(rows -> {
            LimitKeyRow before = stored(rows, key);
            LimitKeyRow after = change.apply(rows, before);
            rows.put(after);
            return ReadModelFactory.limitChangeResult(key, before.pause(), after.pause(), false);
        });
    }

    @Override
    public LimitState state(LimitKey key) {
        return transactions.run(rows -> state(rows, stored(rows, key)));
    }

    @Override
    public List<LimitState> states(String name, @Nullable String after, int atMost) {
        return transactions.run(rows -> keys(rows, name, after, atMost).stream()
                .map(stored -> state(rows, stored))
                .toList());
    }

    @Override
    public List<LimitState> paused(int atMost) {
        return transactions.run(rows -> rows.pausedLimitKeys()
                .limit(atMost)
                .map(stored -> state(rows, stored))
                .toList());
    }

    @Override
    public WaitingJobs waitingJobs(LimitKey key, int atMost) {
        return transactions.run(rows -> {
            List<Job> all = waiting(rows, key).limit(WaitingJobs.MOST + 1L).toList();
            Map<String, Map<String, Long>> parts = all.stream()
                    .collect(Collectors.groupingBy(
                            Job::queue,
                            TreeMap::new,
                            Collectors.groupingBy(Job::type, TreeMap::new, Collectors.counting())));
            boolean areAll = all.size() <= WaitingJobs.MOST;
            return new WaitingJobs(
                    LibraryOnly.KEY,
                    all.stream()
                            .sorted(key.isSequence() ? SEQUENCE_ORDER : CLAIM_ORDER)
                            .limit(atMost)
                            .map(Job::id)
                            .toList(),
                    parts.entrySet().stream()
                            .flatMap(queue -> queue.getValue().entrySet().stream()
                                    .map(type -> new WaitingJobs.Part(
                                            LibraryOnly.KEY,
                                            queue.getKey(),
                                            type.getKey(),
                                            type.getValue().intValue())))
                            .toList(),
                    areAll);
        });
    }

    @Override
    public List<BlockedSequence> blocked(@Nullable String after, int atMost) {
        return transactions.run(rows -> rows
                .blockingSequences(after)
                .collect(Collectors.toMap(RowLimitStore::key, job -> job, (first, other) -> first, LinkedHashMap::new))
                .values()
                .stream()
                .limit(atMost)
                .map(RowLimitStore::blocked)
                .toList());
    }

    @Override
    public boolean skip(UUID jobId) {
        boolean blocks = transactions.run(rows -> {
            Job job = rows.get(jobId);
            if (job == null || job.sequence() == null || !PurgeRule.blocksSequence(job)) {
                return false;
            }
            rows.put(job.toBuilder()
                    .sequence(job.sequence().onFailure(SequenceFailurePolicy.SKIP))
                    .build());
            return true;
        });
        wake.run();
        return blocks;
    }

    @Override
    public int waiting(String limitName) {
        return transactions.run(rows -> {
            RowLimits limits = new RowLimits(rows, now(rows));
            return (int) due(rows)
                    .filter(job -> limits.of(job).stream()
                            .anyMatch(limit -> limit.key().limitName().equals(limitName)))
                    .limit(LimitState.MOST)
                    .count();
        });
    }

    @Override
    public @Nullable Duration untilNextStart() {
        return nextStart.left();
    }

    /** Keys that jobs are fair by have no row unless somebody has changed them. */
    private static List<LimitKeyRow> keys(JobRowAccess rows, String name, @Nullable String after, int atMost) {
        List<LimitKeyRow> stored = rows.limitKeys(name, after).limit(atMost).toList();
        if (!name.equals(LimitKey.FAIR)) {
            return stored;
        }
        Map<LimitKey, LimitKeyRow> all = new TreeMap<>();
        pending(rows)
                .flatMap(job -> RowLimits.fairKey(job).stream())
                .filter(key -> after == null || key.key().compareTo(after) > 0)
                .forEach(key -> all.put(key, LimitKeyRow.unused(key)));
        stored.forEach(each -> all.put(each.key(), each));
        return all.values().stream().limit(atMost).toList();
    }

    private static String key(Job blocking) {
        return Objects.requireNonNull(blocking.sequence()).key();
    }

    private static BlockedSequence blocked(Job job) {
        return new BlockedSequence(
                LibraryOnly.KEY, key(job), job.id(), job.type(), job.completedAt(), job.errorMessage());
    }

    private static LimitKeyRow stored(JobRowAccess rows, LimitKey key) {
        LimitKeyRow stored = rows.limitKey(key);
        return stored == null ? LimitKeyRow.unused(key) : stored;
    }

    private static Instant now(JobRowAccess rows) {
        return rows.now().truncatedTo(ChronoUnit.MICROS);
    }

    private static LimitState state(JobRowAccess rows, LimitKeyRow stored) {
        LimitKey key = stored.key();
        RowLimits limits = new RowLimits(rows, now(rows));
        List<UUID> running = RowSituation.processing(rows).stream()
                .filter(job ->
                        job.limits().stream().anyMatch(limit -> limit.key().equals(key)))
                .map(Job::id)
                .sorted(JobRowAccess.ID_ORDER)
                .limit(LimitState.MOST)
                .toList();
        long waiting = waiting(rows, key).limit(LimitState.MOST).count();
        return new LimitState(
                LibraryOnly.KEY,
                key,
                stored.effective(rows.limit(key.limitName())),
                stored.override() != null,
                stored.pause(),
                running,
                (int) waiting,
                limits.nextStart(key).orElse(null),
                stored.restsAfter(now(rows)),
                key.isSequence() ? RowLimits.head(rows, key.key()).map(Job::id).orElse(null) : null);
    }

    private static Stream<Job> waiting(JobRowAccess rows, LimitKey key) {
        RowLimits limits = new RowLimits(rows, now(rows));
        return pending(rows)
                .filter(job ->
                        limits.of(job).stream().anyMatch(limit -> limit.key().equals(key)));
    }

    private static Stream<Job> pending(JobRowAccess rows) {
        return pending(rows, (queue, priority) -> rows.dueAfter(queue, priority, FIRST));
    }

    private static Stream<Job> due(JobRowAccess rows) {
        Instant now = rows.now();
        return pending(rows, (queue, priority) -> rows.due(queue, priority, now));
    }

    private static Stream<Job> pending(JobRowAccess rows, BiFunction<String, Integer, Stream<Job>> jobs) {
        return rows.pendingQueues(QUEUES).stream()
                .flatMap(queue -> IntStream.rangeClosed(0, NewJob.HIGHEST_PRIORITY)
                        .boxed()
                        .flatMap(priority -> jobs.apply(queue, priority)));
    }
}
