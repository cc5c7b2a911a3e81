package io.forthwith.jdbc.internal.rows;

import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.StoredNameLists;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.ReadModelFactory;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Registers workers, renews their leases and reads what they say of themselves. Immutable and thread-safe. */
public class WorkerRows {
    /** Deletes what a worker has said of its types; its only parameter is the id of the worker. */
    public static final String DELETION_OF_TYPES = "DELETE FROM {job_worker_type} WHERE worker_id = ?";

    /** Renews a lease for the microseconds of the first parameter; the next three are the load. */
    protected static final String RENEWAL =
            "UPDATE {job_worker} SET lease_until = {after}, beat_at = {now}, running = ?, stopping = ?, degraded = ?";

    private final SqlDialect dialect;
    private final StatementText renew;
    private final StatementText insert;
    private final StatementText delete;
    private final StatementText held;
    private final StatementText toCancel;
    private final StatementText all;
    private final StatementText insertType;
    private final StatementText deleteTypes;
    private final StatementText typesOf;
    private final StatementText serving;

    public WorkerRows(SqlDialect dialect) {
        this(dialect, "DELETE FROM {job_worker} WHERE id = ?");
    }

    /**
     * With a statement of the database that deletes a worker.
     *
     * @param deletion its only parameter is the id of the worker
     */
    protected WorkerRows(SqlDialect dialect, String deletion) {
        this.dialect = dialect;
        this.renew = dialect.sql(RENEWAL + " WHERE id = ?");
        this.insert = dialect.sql("""
                INSERT INTO {job_worker} (id, name, host, pid, started_at, lease_until, beat_at, running, stopping, degraded,
                  queues, types, only_types, concurrency, library_version, schedule_owner, schedule_version)
                VALUES (?, ?, ?, ?, {now}, {after}, {now}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
        this.delete = dialect.sql(deletion);
        String processing = "SELECT id, claim, started_at FROM {job} WHERE worker_id = ? AND status = 'processing'";
        this.held = dialect.sql(processing);
        this.toCancel = dialect.sql(processing + " AND cancel_requested_at IS NOT NULL");
        this.all = dialect.sql("""
                SELECT id, name, host, pid, started_at, beat_at, lease_until,
                  CASE WHEN lease_until > {now} THEN 1 ELSE 0 END, running, stopping, queues, types, only_types,
                  concurrency, library_version, schedule_owner, schedule_version, degraded
                FROM {job_worker} ORDER BY started_at, id""");
        this.insertType = dialect.sql("INSERT INTO {job_worker_type} (worker_id, type) VALUES (?, ?)");
        this.deleteTypes = dialect.sql(DELETION_OF_TYPES);
        this.typesOf = dialect.sql("SELECT worker_id, type FROM {job_worker_type} WHERE worker_id {in}");
        // A worker of an older version has no rows of its types, but names them in its own row.
        this.serving = dialect.sql("""
                SELECT t.type, w.queues, NULL FROM {job_worker_type} t JOIN {job_worker} w ON w.id = t.worker_id
                WHERE t.type {in} AND w.lease_until > {now} AND w.id <> ?
                UNION SELECT NULL, w.queues, w.types FROM {job_worker} w
                WHERE w.lease_until > {now} AND w.id <> ? AND w.types IS NOT NULL
                  AND NOT EXISTS (SELECT 1 FROM {job_worker_type} t WHERE t.worker_id = w.id)""");
    }

    /** In a transaction. May be repeated: if the answer to an earlier call was lost, this call renews the row of that one. */
    public void register(Session session, WorkerInfo worker, Duration lease) throws SQLException {
        if (renew(session, worker.id(), lease, WorkerLoad.NONE, null)) {
            return;
        }
        WorkerInfo.Serves serves = worker.serves();
        WorkerInfo.Schedules schedules = worker.schedules();
        session.update(insert, binder -> {
            binder.id(worker.id()).text(worker.name()).text(worker.host()).number(worker.pid());
            load(binder.micros(lease), WorkerLoad.NONE);
            // Workers of an older version read the types here; those of this one read the rows.
            binder.text(serves == null ? null : joined(serves.queues()))
                    .text(serves == null ? null : joined(StoredNameLists.cut(serves.types(), WorkerInfo.Serves.CUT)))
                    .flagOrNull(serves == null ? null : serves.onlyTypes())
                    .number(serves == null ? null : (Integer) serves.concurrency())
                    .text(worker.libraryVersion())
                    .text(schedules == null ? null : schedules.owner())
                    .numberOrNull(schedules == null ? null : schedules.version());
        });
        if (serves != null) {
            session.batch(
                    insertType,
                    new TreeSet<>(serves.types()),
                    (binder, type) -> binder.id(worker.id()).text(type));
        }
    }

    /** Binds the load of a {@link #RENEWAL}. */
    protected static Binder load(Binder binder, WorkerLoad load) throws SQLException {
        return binder.number((Integer) load.running()).flag(load.isStopping()).flag(load.isDegraded());
    }

    /**
     * Renews the lease of a worker and records its load.
     *
     * @param signed the session that stands for this process, or null
     * @return what the worker has to know
     */
    public BeatAnswer beat(
            Session session, UUID workerId, Duration lease, WorkerLoad load, @Nullable ServerSessionId signed)
            throws SQLException {
        // Without a standby the server may still be told to go on. Then workers must not lose their leases: a beat
        // acknowledges nothing that has to survive.
        if (!renew(session.promisingNothing(), workerId, lease, load, signed)) {
            return BeatAnswer.DEAD;
        }
        return new BeatAnswer(true, load.running() == 0 ? List.of() : claims(session, toCancel, workerId));
    }

    /**
     * Renews the lease, and keeps what the beat says of the process where the database can look for it.
     *
     * @param signed the session that stands for this process, or null
     * @return whether the worker is there
     */
    protected boolean renew(
            Session session, UUID workerId, Duration lease, WorkerLoad load, @Nullable ServerSessionId signed)
            throws SQLException {
        return session.update(renew, binder -> load(binder.micros(lease), load).id(workerId)) > 0;
    }

    /** In a transaction. */
    public void deregister(Session session, UUID workerId) throws SQLException {
        // In the order of a take-over, which may come at the same moment.
        session.update(delete, binder -> binder.id(workerId));
        session.update(deleteTypes, binder -> binder.id(workerId));
    }

    /** Those of these jobs that a living worker other than this one serves. */
    public Set<QueuedType> servedByOthers(Session session, UUID workerId, Set<QueuedType> asked) throws SQLException {
        dialect.catchUp(session);
        List<String> types =
                asked.stream().map(QueuedType::type).distinct().sorted().toList();
        Set<QueuedType> served = new HashSet<>();
        session.query(serving, binder -> binder.texts(types).id(workerId).id(workerId), row -> {
            String type = row.getString(1);
            String queues = row.getString(2);
            List<String> known = type == null ? names(row.getString(3)) : List.of(type);
            if (queues != null) {
                List<String> itsQueues = names(queues);
                asked.stream()
                        .filter(each -> itsQueues.contains(each.queue()) && known.contains(each.type()))
                        .forEach(served::add);
            }
            return null;
        });
        return served;
    }

    public List<Claim> held(Session session, UUID workerId) throws SQLException {
        dialect.catchUp(session);
        return claims(session, held, workerId);
    }

    private List<Claim> claims(Session session, StatementText statement, UUID workerId) throws SQLException {
        return session.query(statement, binder -> binder.id(workerId), row -> {
            UUID job = dialect.readId(row, 1);
            Instant start = dialect.timeOrNull(row, 3);
            return job == null || start == null ? null : new Claim(job, row.getLong(2), workerId, start);
        });
    }

    /** All registered workers. */
    public List<RegisteredWorker> all(Session session) throws SQLException {
        dialect.catchUp(session);
        Map<ServedText, WorkerInfo.Serves> known = new HashMap<>();
        List<RegisteredWorker> workers = session.query(all, Binder.NONE, row -> state(row, known));
        return known.values().stream().anyMatch(WorkerRows::hasCutTypes) ? withAllTypes(session, workers) : workers;
    }

    /** Where the text of the types is cut, the rows have the rest. A worker of an older version has none. */
    private List<RegisteredWorker> withAllTypes(Session session, List<RegisteredWorker> workers) throws SQLException {
        List<UUID> cut = workers.stream()
                .filter(worker -> hasCutTypes(worker.info().serves()))
                .map(worker -> worker.info().id())
                .toList();
        Map<UUID, List<String>> types = new HashMap<>();
        session.queryByIds(typesOf, cut, row -> {
            UUID id = dialect.readId(row, 1);
            if (id != null) {
                types.computeIfAbsent(id, each -> new ArrayList<>()).addAll(names(row.getString(2)));
            }
            return id;
        });
        types.values().forEach(names -> names.sort(Comparator.naturalOrder()));
        return workers.stream()
                .map(worker -> withTypes(worker, types.get(worker.info().id())))
                .toList();
    }

    private static boolean hasCutTypes(WorkerInfo.@Nullable Serves serves) {
        return serves != null && serves.types().contains(WorkerInfo.Serves.CUT);
    }

    private static RegisteredWorker withTypes(RegisteredWorker worker, @Nullable List<String> types) {
        WorkerInfo info = worker.info();
        WorkerInfo.Serves serves = info.serves();
        if (types == null || serves == null) {
            return worker;
        }
        WorkerInfo whole = ReadModelFactory.workerInfo(
                info.id(),
                info.name(),
                info.host(),
                info.pid(),
                ReadModelFactory.workerServes(serves.queues(), types, serves.onlyTypes(), serves.concurrency()),
                info.libraryVersion(),
                info.schedules());
        return ReadModelFactory.registeredWorker(
                whole, worker.load(), worker.startedAt(), worker.lastBeatAt(), worker.leaseEndsAt(), worker.isAlive());
    }

    /** What a worker serves, as its row has it. Many workers of one application serve the same, and it may be hundreds of names. */
    private record ServedText(String queues, String types, boolean onlyTypes, int concurrency) {
        /** Texts that are equal have the same length; to hash thousands of characters of each row takes longer than to compare them. */
        @Override
        public int hashCode() {
            return 31 * queues.length() + types.length();
        }

        WorkerInfo.Serves read() {
            return ReadModelFactory.workerServes(names(queues), names(types), onlyTypes, concurrency);
        }
    }

    /** Null if a program has written the row and its id is none. */
    private @Nullable RegisteredWorker state(ResultSet row, Map<ServedText, WorkerInfo.Serves> known)
            throws SQLException {
        UUID id = dialect.readId(row, 1);
        if (id == null) {
            return null;
        }
        WorkerInfo info = ReadModelFactory.workerInfo(
                id,
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                serves(row, known),
                row.getString(15),
                schedules(row));
        return ReadModelFactory.registeredWorker(
                info,
                load(row),
                dialect.time(row, 5),
                dialect.timeOrNull(row, 6),
                dialect.time(row, 7),
                row.getInt(8) == 1);
    }

    private static @Nullable WorkerLoad load(ResultSet row) throws SQLException {
        int running = row.getInt(9);
        return row.wasNull()
                ? null
                : ReadModelFactory.workerLoad(Math.max(0, running), row.getBoolean(10), row.getBoolean(18));
    }

    private static WorkerInfo.@Nullable Serves serves(ResultSet row, Map<ServedText, WorkerInfo.Serves> known)
            throws SQLException {
        String queues = row.getString(11);
        String types = row.getString(12);
        return queues == null || types == null
                ? null
                : known.computeIfAbsent(
                        new ServedText(queues, types, row.getBoolean(13), row.getInt(14)), ServedText::read);
    }

    private static String joined(List<String> names) {
        return String.join(StoredNameLists.SEPARATOR, names);
    }

    private static List<String> names(String joined) {
        return Arrays.stream(joined.split(StoredNameLists.SEPARATOR))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static WorkerInfo.@Nullable Schedules schedules(ResultSet row) throws SQLException {
        String owner = row.getString(16);
        long version = row.getLong(17);
        return owner == null || row.wasNull() ? null : ReadModelFactory.workerSchedules(owner, version);
    }
}
