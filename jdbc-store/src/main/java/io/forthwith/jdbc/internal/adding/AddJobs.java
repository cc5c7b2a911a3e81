package io.forthwith.jdbc.internal.adding;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.UniqueKey;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.Labels;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.rows.PlainInsertResult;
import io.forthwith.jdbc.internal.rows.PlainJobs;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.SavepointScope;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.NewFamilies;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Adds jobs. The unique indexes decide what is refused; only for refused jobs a query reads which job has the id or
 * the key. Immutable and thread-safe.
 *
 * <p>Rows are inserted in the order of their keys, then of their ids: two calls that wait for uncommitted rows of
 * each other wait in the same direction, and cannot deadlock.
 */
public final class AddJobs {
    /** How often the holder of a key may end just before the query for it. */
    static final int MOST_ROUNDS = 10;

    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final JobInserts inserts;
    private final FamilyLocks locks;
    private final AddFamilies addFamilies;
    private final StatementText existing;
    private final StatementText find;
    private final KeyHolders keyHolders;
    private final SequencePlaces places;
    private final Labels labels;

    public AddJobs(SqlDialect dialect, JobRowReader rows, FamilyLocks locks, JobInserts inserts) {
        this.dialect = dialect;
        this.rows = rows;
        this.inserts = inserts;
        this.locks = locks;
        this.labels = locks.writes().labels();
        this.keyHolders = new KeyHolders(dialect);
        this.places = new SequencePlaces(dialect);
        this.addFamilies = new AddFamilies(dialect, locks, inserts, keyHolders, this);
        this.existing = dialect.sql("SELECT id FROM {job} WHERE id {in} {latest}");
        this.find = dialect.sql("SELECT " + JobRowReader.COLUMNS_WITHOUT_TEXT + " FROM {job} WHERE id {in} {latest}");
    }

    /**
     * Adds one {@linkplain PlainJobs#isPlain plain} job, if it is new and the database has a cheaper way for that.
     *
     * @param word what its commit is to tell other processes, if it can; null for nothing
     */
    public PlainInsertResult addPlain(Database database, EncodedJob job, @Nullable String word) {
        return inserts.insertPlain(database, "add 1 job", job, word);
    }

    public AnswerWithNotices<List<Added>> add(Database database, List<EncodedJob> jobs) {
        NewFamilies families = NewFamilies.of(jobs);
        String what = "add " + jobs.size() + (jobs.size() == 1 ? " job" : " jobs");
        if (jobs.size() > 1 && families.isEmpty() && insertNew(database, what, jobs, families)) {
            return AnswerWithNotices.withoutNotices(
                    jobs.stream().map(AddJobs::added).toList());
        }
        return jobs.size() == 1
                        && families.isEmpty()
                        && !KeyHolders.changesRows(jobs.get(0))
                        && !SequencePlaces.areNeeded(jobs)
                        && (inserts.labelsAtOnce()
                                || labels.of(jobs.get(0).job().metadata()).isEmpty())
                ? database.once(what, session -> add(session, jobs, families))
                : database.transaction(what, session -> add(session, jobs, families));
    }

    private boolean insertNew(Database database, String what, List<EncodedJob> jobs, NewFamilies families) {
        long first = SequencePlaces.areNeeded(jobs) ? database.once(what, session -> places.first(session, jobs)) : 0;
        List<NewJobRow> rows = inInsertOrder(NewJobRow.of(jobs, families, Map.of(), first, labels));
        if (!labels.isNoted() && hasLabels(rows)) {
            database.transaction(what, session -> {
                labels.note(session);
                return true;
            });
        }
        return inserts.insertNew(database, what, rows);
    }

    /** The same within a transaction that has begun. */
    public AnswerWithNotices<List<Added>> add(Session session, List<EncodedJob> jobs, NewFamilies families)
            throws SQLException {
        AnswerWithNotices<List<Added>> added = families.isEmpty()
                ? AnswerWithNotices.withoutNotices(addEach(session, jobs, rows(session, jobs, families, Map.of())))
                : addFamilies.add(session, jobs, families);
        if (added.answer().stream().anyMatch(each -> each.outcome() != Added.Outcome.ADDED)) {
            dialect.awaitReplicas(session);
        }
        return added;
    }

    /** The rows of a call, in the order in which they are inserted. */
    List<NewJobRow> rows(Session session, List<EncodedJob> jobs, NewFamilies families, Map<UUID, Integer> lastPositions)
            throws SQLException {
        List<NewJobRow> rows = NewJobRow.of(jobs, families, lastPositions, places.first(session, jobs), labels);
        if (hasLabels(rows)) {
            labels.note(session);
        }
        return inInsertOrder(rows);
    }

    static boolean hasLabels(List<NewJobRow> rows) {
        return rows.stream().anyMatch(row -> !row.labels().isEmpty());
    }

    private static Added added(EncodedJob job) {
        return new Added(job.job().id(), Added.Outcome.ADDED);
    }

    private List<Added> addEach(Session session, List<EncodedJob> jobs, List<NewJobRow> rows) throws SQLException {
        if (jobs.stream().noneMatch(KeyHolders::rejects)) {
            return addUnlessTaken(session, jobs, rows);
        }
        try (SavepointScope scope = session.savepoint()) {
            List<Added> answers = addUnlessTaken(session, jobs, rows);
            for (int i = 0; i < jobs.size(); i++) {
                Added answer = answers.get(i);
                if (answer.outcome() == Added.Outcome.KEY_TAKEN && KeyHolders.rejects(jobs.get(i))) {
                    scope.rollBack();
                    // A job before it in the call is not there any more.
                    UUID holder = answers.contains(new Added(answer.id(), Added.Outcome.ADDED))
                            ? jobs.get(i).job().id()
                            : answer.id();
                    Added refusal = new Added(holder, Added.Outcome.CONFLICT);
                    return jobs.stream().map(job -> refusal).toList();
                }
            }
            return answers;
        }
    }

    private List<Added> addUnlessTaken(Session session, List<EncodedJob> jobs, List<NewJobRow> rows)
            throws SQLException {
        Map<UUID, Added> answers = new HashMap<>();
        List<NewJobRow> open = rows;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Map<UUID, Added> refused = new HashMap<>(takePeriodKeys(session, open));
            if (dialect.sharesLocksOfMetKeys()) {
                List<NewJobRow> replacing = KeyHolders.replacing(without(refused.keySet(), open));
                refused.putAll(lockedRefusals(session, replacing, open, refused));
            }
            List<NewJobRow> free = without(refused.keySet(), open);
            Set<UUID> inserted = free.isEmpty() ? Set.of() : inserts.insert(session, free);
            inserted.forEach(id -> answers.put(id, new Added(id, Added.Outcome.ADDED)));
            if (inserted.size() < free.size()) {
                refused.putAll(lockedRefusals(session, without(inserted, free), open, refused));
            }
            // Last: the job that has a key may be one of this call.
            answers.putAll(keyHolders.replaceInputs(session, refused, open));
            open = without(answers.keySet(), open);
            if (open.isEmpty()) {
                noteRefused(session, rows, answers);
                return jobs.stream().map(job -> answers.get(job.job().id())).toList();
            }
        }
        throw keysChangeHands(jobs.size());
    }

    /** A row that was to be the ready one of its limits is not there; the others of the call are parked, and somebody has to look at them. */
    void noteRefused(Session session, List<NewJobRow> rows, Map<UUID, Added> answers) throws SQLException {
        if (rows.size() > 1) {
            locks.writes()
                    .leaveNotes(
                            session,
                            rows.stream()
                                    .filter(row ->
                                            !new Added(row.id(), Added.Outcome.ADDED).equals(answers.get(row.id())))
                                    .map(row -> row.job().limits())
                                    .toList());
        }
    }

    /**
     * Why rows cannot be inserted; the jobs whose inputs are replaced are locked.
     *
     * @param refused why others cannot be
     */
    private Map<UUID, Added> lockedRefusals(
            Session session, List<NewJobRow> rows, List<NewJobRow> open, Map<UUID, Added> refused) throws SQLException {
        if (rows.isEmpty()) {
            return Map.of();
        }
        keyHolders.lockInOrder(session, rows, open, refused);
        return refusals(session, rows);
    }

    /**
     * Takes the keys for a period, before the jobs are inserted: of calls at the same moment one gets the key, and the others see that once it has
     * committed.
     *
     * @return why jobs are not to be inserted
     */
    private Map<UUID, Added> takePeriodKeys(Session session, List<NewJobRow> rows) throws SQLException {
        List<NewJobRow> keyed = rows.stream()
                .filter(row -> row.key(UniqueKey.Scope.PERIOD) != null)
                .toList();
        if (keyed.isEmpty()) {
            return Map.of();
        }
        // A job that is there does not take its key again: its period may be over.
        Set<UUID> there = existing(session, keyed);
        Map<UUID, Added> answers = new HashMap<>();
        there.forEach(id -> answers.put(id, new Added(id, Added.Outcome.ID_EXISTS)));
        answers.putAll(keyHolders.take(session, without(there, keyed)));
        return answers;
    }

    /** Those of these jobs that exist already. */
    Map<UUID, Job> find(Session session, List<EncodedJob> jobs) throws SQLException {
        Map<UUID, Job> found = new HashMap<>();
        List<UUID> ids =
                probable(session, jobs.stream().map(job -> job.job().id()).toList());
        session.query(find, binder -> binder.ids(ids), row -> {
            Job job = rows.job(row);
            return job == null ? null : found.put(job.id(), job);
        });
        return found;
    }

    /**
     * Those that may exist. In a transaction of the host on MariaDB, to look for an id that is not there locks the gap around it, and new ids lie at the end: nobody could add
     * a job until that transaction ends. So those that it does not see are left to the insert, which refuses them if they are there.
     */
    private List<UUID> probable(Session session, List<UUID> ids) throws SQLException {
        return session.readsLatest()
                ? session.snapshot().query(existing, binder -> binder.ids(ids), row -> dialect.readId(row, 1))
                : ids;
    }

    /** Those of these rows that exist already, as far as this transaction sees. */
    Set<UUID> probablyExisting(Session session, List<NewJobRow> rows) throws SQLException {
        List<UUID> ids = probable(session, rows.stream().map(NewJobRow::id).toList());
        return new HashSet<>(session.query(existing, binder -> binder.ids(ids), row -> dialect.readId(row, 1)));
    }

    static JobStoreException keysChangeHands(int jobs) {
        return new JobStoreException(
                JobStoreException.Kind.TRANSIENT,
                "Could not add " + jobs
                        + " jobs: whenever a unique key was taken, its holder had ended or started by the time we"
                        + " looked, " + MOST_ROUNDS + " times in a row",
                null);
    }

    static List<NewJobRow> without(Set<UUID> ids, List<NewJobRow> rows) {
        return rows.stream().filter(row -> !ids.contains(row.id())).toList();
    }

    static List<NewJobRow> inInsertOrder(List<NewJobRow> rows) {
        return rows.stream().sorted(AddJobs::insertOrder).toList();
    }

    private static int insertOrder(NewJobRow a, NewJobRow b) {
        UniqueKey keyOfA = a.job().uniqueKey();
        UniqueKey keyOfB = b.job().uniqueKey();
        if (keyOfA == null || keyOfB == null) {
            return keyOfA == null && keyOfB == null
                    ? IdOrder.ASCENDING.compare(a.id(), b.id())
                    : Boolean.compare(keyOfA == null, keyOfB == null);
        }
        int byType = a.type().compareTo(b.type());
        // Of two jobs of a call with the same key the first one gets it: the sort is stable.
        int byKey = byType != 0 ? byType : keyOfA.key().compareTo(keyOfB.key());
        return byKey != 0 ? byKey : keyOfA.scope().compareTo(keyOfB.scope());
    }

    static boolean isThere(@Nullable Added refusal) {
        return refusal != null && refusal.outcome() == Added.Outcome.ID_EXISTS;
    }

    /** Why rows were refused; no entry for a row whose key has become free again. */
    Map<UUID, Added> refusals(Session session, List<NewJobRow> refused) throws SQLException {
        Set<UUID> there = existing(session, refused);
        Map<UUID, UUID> holderOf = keyHolders.find(session, AddJobs.without(there, refused));
        Map<UUID, Added> refusals = new HashMap<>();
        for (NewJobRow row : refused) {
            UUID holder = holderOf.get(row.id());
            if (there.contains(row.id())) {
                refusals.put(row.id(), new Added(row.id(), Added.Outcome.ID_EXISTS));
            } else if (holder != null) {
                refusals.put(row.id(), new Added(holder, Added.Outcome.KEY_TAKEN));
            }
        }
        return refusals;
    }

    /** The ids of those rows that exist already. */
    Set<UUID> existing(Session session, List<NewJobRow> rows) throws SQLException {
        List<UUID> ids = rows.stream().map(NewJobRow::id).toList();
        return new HashSet<>(session.query(existing, binder -> binder.ids(ids), row -> dialect.readId(row, 1)));
    }
}
