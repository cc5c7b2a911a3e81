package io.forthwith.jdbc.internal.limits;

import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.store.ReadModelFactory;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Parks jobs where claims do not find them, finds them again and makes them ready. They stay pending: their time lies in the year 9000. Immutable and thread-safe.
 */
public class ParkedJobs {
    /** The condition of jobs that wait for their turn. */
    public static final String TAKES_TURNS =
            "parked_under > '" + LimitKey.FAIR + ":' AND parked_under < '" + LimitKey.FAIR + ";'";

    /** Finds a job that waits for its turn. */
    public static final String ANY_FAIR = "SELECT 1 FROM {job} WHERE {filter status} = 'pending' AND " + TAKES_TURNS
            + " ORDER BY parked_under LIMIT 1";

    private static final int FEW_KEYS = 20;

    private final SqlDialect dialect;
    private final AskedTogether firstLanes;
    private final AskedTogether nextLanes;
    private final AskedTogether heads;
    private final StatementText lock;
    private final StatementText park;
    private final StatementText ready;
    private final StatementText count;
    private final StatementText countOfLimit;
    private final StatementText nextKey;
    private final StatementText first;
    private final StatementText firstOfKey;
    private final StatementText firstOfSequence;
    private final StatementText parts;

    public ParkedJobs(SqlDialect dialect) {
        this.dialect = dialect;
        String parked =
                " FROM {job} WHERE {filter status} = 'pending' AND parked_under = ? AND due_at IS NOT NULL AND run_at > {far}";
        String lane =
                "SELECT * FROM (SELECT %1$d AS asked, queue, type FROM {job} WHERE {filter status} = 'pending' AND parked_under = ?";
        this.firstLanes =
                new AskedTogether(dialect, lane + " ORDER BY parked_under, queue, type LIMIT 1) AS first%1$d");
        this.nextLanes = new AskedTogether(
                dialect,
                lane
                        + " AND queue = ? AND type {above} ORDER BY parked_under, queue, type LIMIT 1) AS of_queue%1$d UNION ALL "
                        + lane + " AND queue {above} ORDER BY parked_under, queue, type LIMIT 1) AS of_next%1$d");
        this.heads = new AskedTogether(
                dialect,
                "SELECT * FROM (SELECT %1$d AS asked, id, parked_rank, due_at" + parked
                        + " AND queue = ? AND type = ? ORDER BY parked_under, queue, type, parked_rank, due_at, id LIMIT ?) AS head%1$d");
        this.lock = dialect.sql("SELECT " + LimitedJob.PARKED + " FROM {job} WHERE id {in} AND " + IS_PARKED
                + " ORDER BY id {for_update_skip_locked}");
        this.park = dialect.sql("""
                UPDATE {job} SET due_at = ?, run_at = ?, parked_under = ?, parked_rank = ?, limits = ? WHERE id = ?""");
        this.ready = dialect.sql("""
                UPDATE {job} SET run_at = due_at, due_at = NULL, parked_under = NULL, parked_rank = NULL WHERE id {in}""");
        this.count = dialect.sql("SELECT count(*) FROM (SELECT id" + parked + " LIMIT ?) AS counted");
        this.first = dialect.sql("SELECT id, " + PARKED_UNDER
                + ", queue, type FROM {job} WHERE {open_sequence} = ? AND "
                + IN_THE_WAY + " ORDER BY sequence_place, id LIMIT 1");
        String some = " FROM (SELECT id, queue, type, parked_rank, due_at, sequence_place" + parked
                + " LIMIT ?) AS waiting_ones";
        this.firstOfSequence = dialect.sql("SELECT id" + some + " ORDER BY sequence_place, id LIMIT ?");
        this.firstOfKey = dialect.sql("SELECT id" + some + " ORDER BY parked_rank, due_at, id LIMIT ?");
        this.parts = dialect.sql("SELECT queue, type, count(*)" + some + " GROUP BY queue, type ORDER BY queue, type");
        this.countOfLimit = dialect.sql("""
                SELECT count(*) FROM (
                  SELECT id FROM {job} WHERE {filter status} = 'pending' AND parked_under >= ? AND parked_under < ?
                  ORDER BY parked_under LIMIT ?) AS counted""");
        this.nextKey = dialect.sql("""
                SELECT parked_under FROM {job} WHERE {filter status} = 'pending' AND parked_under {above}
                ORDER BY parked_under LIMIT 1""");
    }

    /**
     * The condition of the jobs that stand in the way of those behind them in their sequence: what is pending, processing, or has failed and blocks the others.
     */
    protected static final String IN_THE_WAY =
            "(status IN ('pending', 'processing') OR (status = 'failed' AND sequence_failure = 'block'))";

    /** The condition of jobs that nobody has made ready by hand. IS TRUE keeps PostgreSQL from partial indexes: without statistics it would read all of one to find an id. */
    protected static final String IS_PARKED =
            "(status = 'pending' AND run_at > {far} AND due_at IS NOT NULL AND parked_under IS NOT NULL) IS TRUE";

    /** The key under which a job is parked; null if somebody has made it ready by hand. */
    protected static final String PARKED_UNDER =
            "CASE WHEN run_at > {far} AND due_at IS NOT NULL THEN parked_under END";

    /**
     * The job that comes first in a sequence.
     *
     * @param parked the lane in which it is parked under the key of the sequence; null if it is not
     * @param locked the job, if it was also locked
     */
    public record First(
            UUID id,
            LimitKey key,
            @Nullable Lane parked,
            @Nullable LimitedJob locked) {}

    /** Parked jobs of a key with the same queue and type: which worker runs one of them runs them all. */
    public record Lane(LimitKey key, String queue, String type) {}

    /**
     * A parked job.
     *
     * @param rank lower ones come first
     * @param locked the job, if it was locked; null if it was not, or if somebody else has locked it
     */
    public record Found(
            UUID id,
            Lane lane,
            int rank,
            Instant dueAt,
            @Nullable LimitedJob locked) {
        /** The only one that is looked for. */
        Found(UUID id, Lane lane, @Nullable LimitedJob locked) {
            this(id, lane, 0, Instant.EPOCH, locked);
        }

        /** The same job with what was locked. */
        public Found locked(@Nullable LimitedJob job) {
            return new Found(id, lane, rank, dueAt, job);
        }
    }

    /**
     * Some keys that have parked jobs.
     *
     * @param next behind which text there may be more; null if there are none
     */
    public record Keys(List<LimitKey> keys, @Nullable String next) {}

    /**
     * The first parked jobs of some keys, of each lane so many.
     *
     * @param jobs those that were locked
     * @param missed the keys of those that others have locked
     * @param full the lanes that may have more
     */
    record Heads(List<LimitedJob> jobs, Set<LimitKey> missed, Set<Lane> full) {}

    /**
     * Locks the first parked jobs.
     *
     * @param firsts parked jobs that come first in sequences
     */
    Heads lockHeads(Session session, Map<LimitKey, Integer> ofEachLane, List<Found> firsts) throws SQLException {
        List<Found> found = new ArrayList<>(withLocks(session, firsts));
        if (!ofEachLane.isEmpty()) {
            found.addAll(findAndLock(session, ofEachLane));
        }
        Map<Lane, Integer> ofLane = new HashMap<>();
        Set<LimitKey> missed = new TreeSet<>();
        List<LimitedJob> jobs = new ArrayList<>();
        for (Found each : found) {
            ofLane.merge(each.lane(), 1, Integer::sum);
            LimitedJob job = each.locked();
            if (job != null && each.lane().key().equals(job.parkedUnder())) {
                jobs.add(job);
            } else {
                missed.add(each.lane().key());
            }
        }
        Set<Lane> full = new HashSet<>();
        ofLane.forEach((lane, jobsOfLane) -> {
            if (jobsOfLane.equals(ofEachLane.get(lane.key()))) {
                full.add(lane);
            }
        });
        return new Heads(jobs, missed, full);
    }

    /** Finds the first parked jobs of each lane, and locks them. */
    protected List<Found> findAndLock(Session session, Map<LimitKey, Integer> ofEachLane) throws SQLException {
        return withLocks(session, find(session, ofEachLane));
    }

    /** Locks those that are not locked yet. */
    private List<Found> withLocks(Session session, List<Found> found) throws SQLException {
        Map<UUID, LimitedJob> locked = lock(
                session, found.stream().filter(each -> each.locked() == null).toList());
        return found.stream()
                .map(each -> each.locked() == null ? each.locked(locked.get(each.id())) : each)
                .toList();
    }

    /** Locks those of these jobs that are parked still, and that no other transaction has locked. */
    final Map<UUID, LimitedJob> lock(Session session, List<Found> found) throws SQLException {
        if (found.isEmpty()) {
            return Map.of();
        }
        List<UUID> ids = IdOrder.sorted(found.stream().map(Found::id).toList());
        Map<UUID, LimitedJob> locked = new HashMap<>();
        session.query(lock, binder -> binder.ids(ids), row -> LimitedJob.read(dialect, row))
                .forEach(job -> locked.put(job.id(), job));
        return locked;
    }

    /** The first parked jobs of each lane, without locks. */
    protected List<Found> find(Session session, Map<LimitKey, Integer> ofEachLane) throws SQLException {
        List<Lane> all = new ArrayList<>();
        List<Lane> lanes = firstLanes.ask(
                session,
                List.copyOf(ofEachLane.keySet()),
                (binder, key) -> binder.text(key.text()),
                (key, row) -> new Lane(key, row.getString(2), row.getString(3)));
        while (!lanes.isEmpty()) {
            all.addAll(lanes);
            lanes = next(session, lanes);
        }
        return heads.ask(
                session,
                all,
                (binder, lane) -> binder.text(lane.key().text())
                        .text(lane.queue())
                        .text(lane.type())
                        .number(ofEachLane.getOrDefault(lane.key(), 1)),
                (lane, row) -> found(dialect.readId(row, 2), lane, row, 3));
    }

    /** Behind each of these lanes the next one of its key: of the same queue, or else of the next one. */
    private List<Lane> next(Session session, List<Lane> lanes) throws SQLException {
        Map<LimitKey, String> queues = new TreeMap<>();
        lanes.forEach(lane -> queues.put(lane.key(), lane.queue()));
        Map<LimitKey, Lane> next = new TreeMap<>();
        nextLanes
                .ask(
                        session,
                        lanes,
                        (binder, lane) -> binder.text(lane.key().text())
                                .text(lane.queue())
                                .text(lane.type())
                                .text(lane.key().text())
                                .text(lane.queue()),
                        (lane, row) -> new Lane(lane.key(), row.getString(2), row.getString(3)))
                .forEach(lane -> next.merge(
                        lane.key(), lane, (one, other) -> one.queue().equals(queues.get(lane.key())) ? one : other));
        return List.copyOf(next.values());
    }

    /**
     * Null if the row has no usable id.
     *
     * @param rank in which column the rank is; the time comes behind it
     */
    protected final @Nullable Found found(@Nullable UUID id, Lane lane, ResultSet row, int rank) throws SQLException {
        return id == null ? null : new Found(id, lane, row.getInt(rank), dialect.time(row, rank + 1), null);
    }

    /** Queries for the jobs that come first in sequences. They answer nothing for one in which nothing is in the way. Where it costs no statement, they lock those that are parked, and leave out sequences whose key another claim has locked. */
    protected List<Session.Query<First>> firsts(Collection<LimitKey> sequences) {
        return sequences.stream().map(this::firstOf).toList();
    }

    private Session.Query<First> firstOf(LimitKey key) {
        return new Session.Query<>(
                first,
                binder -> binder.text(key.key()),
                row -> first(key, dialect.readId(row, 1), row.getString(2), row.getString(3), row.getString(4), null));
    }

    /** The job that comes first in a sequence, not locked. */
    Optional<First> first(Session session, LimitKey key) throws SQLException {
        Session.Query<First> query = firstOf(key);
        session.ask(List.of(query));
        return query.rows().stream().findFirst();
    }

    /** Null if the row has no usable id. */
    protected static @Nullable First first(
            LimitKey key,
            @Nullable UUID id,
            @Nullable String parkedUnder,
            String queue,
            String type,
            @Nullable LimitedJob locked) {
        return id == null
                ? null
                : new First(id, key, key.text().equals(parkedUnder) ? new Lane(key, queue, type) : null, locked);
    }

    /** Parks jobs that this transaction has locked, each under a key. */
    protected void park(Session session, Map<LimitedJob, LimitKey> jobs) throws SQLException {
        session.batch(park, jobs.entrySet(), (binder, entry) -> {
            LimitedJob job = entry.getKey();
            binder.time(job.dueAt())
                    .time(NewJobRow.NEVER)
                    .text(entry.getValue().text())
                    .number(NewJob.HIGHEST_PRIORITY - job.priority())
                    .text(JobLimit.text(job.limits()))
                    .id(job.id());
        });
    }

    void makeReady(Session session, Collection<UUID> ids) throws SQLException {
        if (!ids.isEmpty()) {
            session.update(ready, binder -> binder.ids(IdOrder.sorted(ids)));
        }
    }

    int count(Session session, LimitKey key, int most) throws SQLException {
        return session.first(count, binder -> binder.text(key.text()).number(most), row -> row.getInt(1))
                .orElse(0);
    }

    /** Finds the jobs that wait for a key. */
    WaitingJobs waiting(Session session, LimitKey key, int limit) throws SQLException {
        List<UUID> ids = session.query(
                key.isSequence() ? firstOfSequence : firstOfKey,
                binder -> binder.text(key.text()).number(WaitingJobs.MOST).number(limit),
                row -> dialect.readId(row, 1));
        List<WaitingJobs.Part> counted = session.query(
                parts,
                binder -> binder.text(key.text()).number(WaitingJobs.MOST + 1),
                row -> ReadModelFactory.waitingPart(row.getString(1), row.getString(2), row.getInt(3)));
        boolean areAll = counted.stream().mapToInt(WaitingJobs.Part::jobs).sum() <= WaitingJobs.MOST;
        return ReadModelFactory.waitingJobs(ids, counted, areAll);
    }

    /** Counts the parked jobs of the keys from one text on, and before another one. */
    int count(Session session, String from, String to, int most) throws SQLException {
        return session.first(countOfLimit, binder -> binder.text(from).text(to).number(most), row -> row.getInt(1))
                .orElse(0);
    }

    /** How many keys one look reads. */
    protected int keysOfALook() {
        return FEW_KEYS;
    }

    /**
     * The keys that have parked jobs, between two texts.
     *
     * @param before only keys whose text comes before this one
     */
    protected Keys keys(Session session, String after, String before, int atMost) throws SQLException {
        List<String> texts = new ArrayList<>();
        Optional<String> next = next(session, after);
        while (next.isPresent() && texts.size() < atMost && next.get().compareTo(before) < 0) {
            texts.add(next.get());
            next = next(session, next.get());
        }
        return keys(texts, atMost);
    }

    /** Without what somebody has written by hand and is no key. */
    protected static Keys keys(List<String> texts, int atMost) {
        return new Keys(
                texts.stream().map(LimitRows::key).filter(Objects::nonNull).toList(),
                texts.size() < atMost ? null : texts.get(atMost - 1));
    }

    private Optional<String> next(Session session, String after) throws SQLException {
        return session.first(nextKey, binder -> binder.text(after), row -> row.getString(1));
    }
}
