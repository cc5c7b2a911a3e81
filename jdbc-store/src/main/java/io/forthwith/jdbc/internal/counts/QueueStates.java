package io.forthwith.jdbc.internal.counts;

import io.forthwith.NewJob;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.QueueState;
import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.operations.PauseQueues;
import io.forthwith.jdbc.internal.operations.PendingQueues;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.Pause;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.count.QueueDepth;
import io.forthwith.store.count.QueueTypes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the queues stand. It reads no more entries of an index than it counts: a thousand of each kind; of more, it takes what was counted in the last two minutes,
 * or else counts on as long as there is time. Thread-safe.
 */
public final class QueueStates {
    private static final int LANES = NewJob.HIGHEST_PRIORITY + 1;
    /** The first ones are those that were added first, so the oldest of a few is about the oldest of all. */
    private static final int OLDEST_TURNS = 100;
    /** How many jobs that run are counted. */
    private static final int MOST_RUNNING = 10_000;
    /** How long a look may take that counts more than a few. */
    private static final Duration LONGEST = Duration.ofMillis(300);

    private static final String BY_PLACE = "ORDER BY status, queue, priority, run_at, id";

    private final SqlDialect dialect;
    private final PendingQueues pending;
    private final PauseQueues pauses;
    private final QueueDepths depths;
    private final StatementText now;
    private final StatementText present;
    private final Map<List<Integer>, StatementText> types = new ConcurrentHashMap<>();
    /** By the priorities that jobs of a queue have, which are few: each of them costs seven looks into the index. */
    private final Map<List<Integer>, StatementText> counts = new ConcurrentHashMap<>();

    private final StatementText running;
    /** Empty where each queue takes statements of its own. */
    private final Optional<StatementText> together;

    public QueueStates(SqlDialect dialect, JobOperations operations, PauseQueues pauses, QueueDepths depths) {
        this.dialect = dialect;
        this.pending = operations.pendingQueues();
        this.pauses = pauses;
        this.depths = depths;
        this.together = operations.queuesTogether().map(dialect::sql);
        // The statement has so many parts that a plan for values, or a compiled one, would take longer than its work.
        this.now = dialect.sql(together.isPresent() ? "SELECT {now}, {by_index}" : "SELECT {now}");
        this.present = dialect.sql(lanes(
                "SELECT %2$d AS priority FROM (SELECT run_at FROM {job} WHERE status = 'pending' AND queue = ? AND priority = %2$d "
                        + BY_PLACE + " LIMIT 1) AS any%2$d",
                IntStream.range(0, LANES).boxed().toList(),
                "",
                "",
                ""));
        this.running = dialect.sql("SELECT queue, COUNT(*) FROM (SELECT queue FROM {job} WHERE status = 'processing'"
                + " ORDER BY worker_id LIMIT ?) AS held GROUP BY queue");
    }

    private static String sumIf(String condition) {
        return "SUM(CASE WHEN " + condition + " THEN 1 ELSE 0 END)";
    }

    private StatementText types(List<Integer> priorities) {
        String lane = "SELECT * FROM (SELECT type, run_at, due_at, parked_under FROM {job}"
                + " WHERE status = 'pending' AND queue = ? AND priority = %2$d " + BY_PLACE + " LIMIT ?) AS lane%2$d";
        String isParked = "run_at > {far} AND parked_under IS NOT NULL AND ";
        return dialect.sql(
                "SELECT type, " + sumIf("run_at <= {now} OR (" + isParked + ParkedJobs.TAKES_TURNS + ")") + ", "
                        + sumIf(isParked + "NOT (" + ParkedJobs.TAKES_TURNS + ")") + ", COUNT(*) FROM ("
                        + lanes(lane, priorities, "", "", "")
                        + " LIMIT ?) AS pending_ones GROUP BY type ORDER BY COUNT(*) DESC, type");
    }

    private StatementText counts(List<Integer> priorities) {
        String lane = "SELECT %s FROM (SELECT run_at FROM {job}"
                + " WHERE status = 'pending' AND queue = ? AND priority = %d AND run_at %s {now} %s LIMIT ?) AS lane%d";
        // Of the jobs that claims do not find by their time, those that only wait for their turn are due, and the
        // others are held up.
        String parked = "SELECT due_at AS run_at FROM (SELECT due_at, parked_under FROM {job}"
                + " WHERE status = 'pending' AND queue = ? AND priority = %2$d AND run_at > {far} " + BY_PLACE
                + " LIMIT ?) AS parked%2$d";
        String turns = parked + " WHERE " + ParkedJobs.TAKES_TURNS;
        String held = parked + " WHERE parked_under IS NOT NULL AND NOT (" + ParkedJobs.TAKES_TURNS + ")";
        String due = lanes(lane, priorities, "run_at", "<=", BY_PLACE) + " UNION ALL "
                + lanes(turns, priorities, "", "", "");
        return dialect.sql("SELECT (SELECT COUNT(*) FROM (" + due
                + " LIMIT ?) AS due_ones), (SELECT COUNT(*) FROM ("
                + lanes(lane, priorities, "1 AS one", "< {far} AND run_at >", BY_PLACE)
                + " LIMIT ?) AS later_ones), (SELECT COUNT(*) FROM (" + lanes(held, priorities, "", "", "")
                + " LIMIT ?) AS held_ones), (SELECT MIN(run_at) FROM (" + due + ") AS firsts), (SELECT COUNT(*) FROM ("
                + lanes(parked, priorities, "", "", "") + ") AS parked_ones)");
    }

    private static String lanes(String lane, List<Integer> priorities, String column, String comparison, String order) {
        return priorities.stream()
                .map(priority -> lane.formatted(column, priority, comparison, order, priority))
                .collect(Collectors.joining(" UNION ALL "));
    }

    /**
     * How many jobs of a queue wait.
     *
     * @param oldest when the one became due that has been due longest; null if none is
     */
    private record Waiting(
            BoundedCount due,
            BoundedCount scheduled,
            BoundedCount limited,
            @Nullable Instant oldest) {
        static final Waiting NONE = new Waiting(BoundedCount.NONE, BoundedCount.NONE, BoundedCount.NONE, null);

        boolean isExact() {
            return due.isExact() && scheduled.isExact() && limited.isExact();
        }

        /** Whether to count again would say no more. */
        boolean isCounted() {
            return isCounted(due) && isCounted(scheduled) && isCounted(limited);
        }

        private static boolean isCounted(BoundedCount count) {
            return count.isExact() || count.jobs() >= QueueState.MOST_COUNTED;
        }

        /** What was counted a moment ago stands in for what is not known now. */
        Waiting or(QueueDepth lately) {
            return new Waiting(
                    better(due, lately.due()),
                    better(scheduled, lately.scheduled()),
                    better(limited, lately.limited()),
                    oldest);
        }

        private static BoundedCount better(BoundedCount now, BoundedCount lately) {
            // Where counting has stopped at so many, there is at least one more.
            int atLeast = now.jobs() >= QueueState.MOST ? now.jobs() + 1 : now.jobs();
            return now.isExact() || lately.jobs() < atLeast ? now : lately;
        }
    }

    public List<QueueState> all(Database database) {
        return look(database, "look at the queues", this::all);
    }

    /** How the database plans one statement for all queues is set for a transaction. */
    private <T> T look(Database database, String what, Session.Work<T> work) {
        return together.isPresent() ? database.transaction(what, work) : database.read(what, work);
    }

    public QueueTypes types(Database database, String queue) {
        return database.read("count the jobs of queue " + queue + " by type", session -> types(session, queue));
    }

    private QueueTypes types(Session session, String queue) throws SQLException {
        List<Integer> priorities = priorities(session, queue);
        if (priorities.isEmpty()) {
            return new QueueTypes(List.of(), true);
        }
        List<QueueTypes.OfType> counted = session.query(
                types.computeIfAbsent(priorities, this::types),
                binder -> {
                    bindLanes(binder, priorities.size(), queue, QueueState.MOST_COUNTED);
                    binder.number(QueueState.MOST_COUNTED);
                },
                row -> {
                    int due = row.getInt(2);
                    int limited = row.getInt(3);
                    return new QueueTypes.OfType(row.getString(1), due, row.getInt(4) - due - limited, limited);
                });
        int jobs = counted.stream().mapToInt(QueueTypes.OfType::jobs).sum();
        return new QueueTypes(counted, jobs < QueueState.MOST_COUNTED);
    }

    private List<QueueState> all(Session session) throws SQLException {
        Instant at = time(session);
        Map<String, Pause> paused = new HashMap<>();
        pauses.first(session, PendingQueues.MOST).forEach(pause -> paused.put(pause.queue(), pause.pause()));
        List<Held> running = running(session);
        boolean areAllRunningSeen = running.stream().mapToInt(Held::jobs).sum() <= MOST_RUNNING;
        Map<String, BoundedCount> held = running.stream()
                .collect(Collectors.toMap(Held::queue, each -> new BoundedCount(each.jobs, areAllRunningSeen)));
        Map<String, Waiting> waiting = waiting(session, depths.lately(session, at));
        Set<String> names = new HashSet<>(waiting.keySet());
        names.addAll(paused.keySet());
        names.addAll(held.keySet());
        List<QueueState> states = new ArrayList<>();
        for (String name : names) {
            Waiting jobs = waiting.getOrDefault(name, Waiting.NONE);
            states.add(ReadModelFactory.queueState(
                    name,
                    jobs.due,
                    jobs.scheduled,
                    jobs.limited,
                    held.getOrDefault(name, new BoundedCount(0, areAllRunningSeen)),
                    age(jobs.oldest, at),
                    paused.get(name)));
        }
        states.sort(Comparator.comparing(QueueState::queue));
        return states;
    }

    private Instant time(Session session) throws SQLException {
        return session.first(now, Binder.NONE, row -> dialect.time(row, 1)).orElseThrow();
    }

    private record Held(String queue, int jobs) {}

    private List<Held> running(Session session) throws SQLException {
        return session.query(
                running, binder -> binder.number(MOST_RUNNING + 1), row -> new Held(row.getString(1), row.getInt(2)));
    }

    /**
     * A first look at a queue.
     *
     * @param priorities those that its pending jobs have, in their order
     * @param few what was counted up to a thousand
     */
    private record Look(String queue, List<Integer> priorities, Waiting few) {}

    /** Counts a few of each queue first, so that there is a number of all of them. */
    private Map<String, Waiting> waiting(Session session, Map<String, QueueDepth> lately) throws SQLException {
        long begun = System.nanoTime();
        Map<String, Waiting> found = new TreeMap<>();
        Map<String, List<Integer>> priorities = new HashMap<>();
        for (Look look : looks(session)) {
            priorities.put(look.queue, look.priorities);
            QueueDepth before = lately.get(look.queue);
            found.put(look.queue, look.few.isExact() || before == null ? look.few : look.few.or(before));
        }
        List<String> left = new ArrayList<>(found.keySet());
        left.removeIf(queue -> found.getOrDefault(queue, Waiting.NONE).isCounted());
        // Where there is no time for all of them, another one comes first each time; one is always counted.
        Collections.shuffle(left, ThreadLocalRandom.current());
        for (String queue : left) {
            found.put(queue, count(session, queue, priorities.getOrDefault(queue, List.of()), QueueState.MOST_COUNTED));
            if (System.nanoTime() - begun > LONGEST.toNanos()) {
                break;
            }
        }
        return found;
    }

    private List<Look> looks(Session session) throws SQLException {
        if (together.isPresent()) {
            return session.query(together.get(), binder -> bindTimes(binder, QueueState.MOST + 1, 5), this::look);
        }
        List<Look> looks = new ArrayList<>();
        for (String queue : pending.first(session)) {
            List<Integer> ofQueue = priorities(session, queue);
            looks.add(new Look(queue, ofQueue, count(session, queue, ofQueue, QueueState.MOST)));
        }
        return looks;
    }

    private Look look(ResultSet row) throws SQLException {
        List<Integer> priorities = Stream.of(row.getString(2).split(",", -1))
                .map(Integer::valueOf)
                .sorted()
                .toList();
        int most = QueueState.MOST;
        boolean areAllSeen = row.getInt(7) <= most;
        Waiting few = new Waiting(
                upTo(row.getInt(3) + row.getInt(5), most, areAllSeen),
                upTo(row.getInt(4), most, true),
                upTo(row.getInt(6), most, areAllSeen),
                dialect.timeOrNull(row, 8));
        return new Look(row.getString(1), priorities, few);
    }

    /** The priorities that pending jobs of a queue have, in their order. */
    private List<Integer> priorities(Session session, String queue) throws SQLException {
        return session
                .query(
                        present,
                        binder -> {
                            for (int lane = 0; lane < LANES; lane++) {
                                binder.text(queue);
                            }
                        },
                        row -> row.getInt(1))
                .stream()
                .sorted()
                .toList();
    }

    private Waiting count(Session session, String queue, List<Integer> priorities, int most) throws SQLException {
        if (priorities.isEmpty()) {
            return Waiting.NONE;
        }
        int lanes = priorities.size();
        return session.first(
                        counts.computeIfAbsent(priorities, this::counts),
                        binder -> {
                            bindLanes(binder, lanes, queue, most + 1);
                            bindLanes(binder, lanes, queue, most + 1);
                            binder.number(most + 1);
                            bindLanes(binder, lanes, queue, most + 1);
                            binder.number(most + 1);
                            bindLanes(binder, lanes, queue, most + 1);
                            binder.number(most + 1);
                            bindLanes(binder, lanes, queue, 1);
                            bindLanes(binder, lanes, queue, OLDEST_TURNS);
                            bindLanes(binder, lanes, queue, most + 1);
                        },
                        row -> {
                            // Those that wait for their turn, and those that are held up, were sought among so many
                            // only.
                            boolean areAllSeen = row.getInt(5) <= most;
                            return new Waiting(
                                    upTo(row.getInt(1), most, areAllSeen),
                                    upTo(row.getInt(2), most, true),
                                    upTo(row.getInt(3), most, areAllSeen),
                                    dialect.timeOrNull(row, 4));
                        })
                .orElseThrow();
    }

    private static BoundedCount upTo(int found, int most, boolean areAllSeen) {
        return new BoundedCount(Math.min(found, most), found <= most && areAllSeen);
    }

    private static @Nullable Duration age(@Nullable Instant oldest, Instant at) {
        if (oldest == null) {
            return null;
        }
        // The time was asked first: a job may have become due since.
        return oldest.isAfter(at) ? Duration.ZERO : Duration.between(oldest, at);
    }

    private static void bindTimes(Binder binder, int most, int times) throws SQLException {
        for (int i = 0; i < times; i++) {
            binder.number(most);
        }
    }

    private static void bindLanes(Binder binder, int lanes, String queue, int most) throws SQLException {
        for (int lane = 0; lane < lanes; lane++) {
            binder.text(queue).number(most);
        }
    }

    /** Counts all that wait, as long as there is time; with queues in which jobs waited a moment ago. */
    List<QueueDepth> count(Database database) {
        return look(database, "count the jobs that wait", this::count);
    }

    private List<QueueDepth> count(Session session) throws SQLException {
        Instant now = time(session);
        Map<String, Waiting> pendingOnes = waiting(session, Map.of());
        QueueDepths.Others others = depths.waiting(session);
        Set<String> names = new TreeSet<>(pendingOnes.keySet());
        names.addAll(others.queues().keySet());
        depths.lately(session, now).values().stream()
                .filter(each -> each.all().jobs() > 0)
                .forEach(each -> names.add(each.queue()));
        List<QueueDepth> all = new ArrayList<>();
        for (String name : names) {
            Waiting jobs = pendingOnes.getOrDefault(name, Waiting.NONE);
            all.add(new QueueDepth(
                    now.truncatedTo(ChronoUnit.MINUTES),
                    name,
                    jobs.due,
                    jobs.scheduled,
                    jobs.limited,
                    others.of(name)));
        }
        return all;
    }
}
