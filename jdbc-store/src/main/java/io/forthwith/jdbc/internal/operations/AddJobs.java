package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.NewFamilies;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
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
    private final AddFamilies addFamilies;
    private final StatementText existing;
    private final StatementText find;
    private final StatementText holders;

    public AddJobs(SqlDialect dialect, JobRowReader rows, FamilyLocks locks, JobInserts inserts) {
        this.dialect = dialect;
        this.rows = rows;
        this.inserts = inserts;
        this.addFamilies = new AddFamilies(dialect, locks, inserts, this);
        this.existing = dialect.sql("SELECT id FROM {job} WHERE id {in} {latest}");
        this.find = dialect.sql("SELECT " + JobRowReader.COLUMNS_WITHOUT_TEXT + " FROM {job} WHERE id {in} {latest}");
        this.holders = dialect.sql("""
                SELECT id, type, unique_key FROM {job}
                WHERE type {in} AND {open_key} {in} AND {open_key} IS NOT NULL
                  AND status IN ('pending', 'processing', 'waiting') {latest}""");
    }

    public AnswerWithNotices<List<Added>> add(Database database, List<EncodedJob> jobs) {
        NewFamilies families = NewFamilies.of(jobs);
        String what = "add " + jobs.size() + (jobs.size() == 1 ? " job" : " jobs");
        if (jobs.size() > 1 && families.isEmpty() && inserts.insertNew(database, what, rows(jobs, families))) {
            return AnswerWithNotices.withoutNotices(
                    jobs.stream().map(AddJobs::added).toList());
        }
        return jobs.size() == 1 && families.isEmpty()
                ? database.once(what, session -> add(session, jobs, families))
                : database.transaction(what, session -> add(session, jobs, families));
    }

    /** The same within a transaction that has begun. */
    public AnswerWithNotices<List<Added>> add(Session session, List<EncodedJob> jobs, NewFamilies families)
            throws SQLException {
        AnswerWithNotices<List<Added>> added = families.isEmpty()
                ? AnswerWithNotices.withoutNotices(addEach(session, jobs, rows(jobs, families)))
                : addFamilies.add(session, jobs, families);
        if (added.answer().stream().anyMatch(each -> each.outcome() != Added.Outcome.ADDED)) {
            dialect.awaitReplicas(session);
        }
        return added;
    }

    private static List<NewJobRow> rows(List<EncodedJob> jobs, NewFamilies families) {
        return inInsertOrder(NewJobRow.of(jobs, families, Map.of()));
    }

    private static Added added(EncodedJob job) {
        return new Added(job.job().id(), Added.Outcome.ADDED);
    }

    private List<Added> addEach(Session session, List<EncodedJob> jobs, List<NewJobRow> rows) throws SQLException {
        Map<UUID, Added> answers = new HashMap<>();
        List<NewJobRow> open = rows;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Set<UUID> inserted = inserts.insert(session, open);
            inserted.forEach(id -> answers.put(id, new Added(id, Added.Outcome.ADDED)));
            open = without(inserted, open);
            if (!open.isEmpty()) {
                answers.putAll(refusals(session, open));
                open = without(answers.keySet(), open);
            }
            if (open.isEmpty()) {
                return jobs.stream().map(job -> answers.get(job.job().id())).toList();
            }
        }
        throw keysChangeHands(jobs.size());
    }

    /** Those of these jobs that exist already. */
    Map<UUID, Job> find(Session session, List<EncodedJob> jobs) throws SQLException {
        Map<UUID, Job> found = new HashMap<>();
        List<UUID> ids = jobs.stream().map(job -> job.job().id()).toList();
        session.query(find, binder -> binder.ids(ids), row -> {
            Job job = rows.job(row);
            return job == null ? null : found.put(job.id(), job);
        });
        return found;
    }

    static JobStoreException keysChangeHands(int jobs) {
        return new JobStoreException(
                JobStoreException.Kind.TRANSIENT,
                "Could not add " + jobs + " jobs: whenever a unique key was taken, its holder had ended by the time we"
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
        String keyOfA = a.job().uniqueKey();
        String keyOfB = b.job().uniqueKey();
        if (keyOfA == null || keyOfB == null) {
            return keyOfA == null && keyOfB == null
                    ? IdOrder.ASCENDING.compare(a.id(), b.id())
                    : Boolean.compare(keyOfA == null, keyOfB == null);
        }
        int byType = a.type().compareTo(b.type());
        // Of two jobs of a call with the same key the first one gets it: the sort is stable.
        return byType != 0 ? byType : keyOfA.compareTo(keyOfB);
    }

    static boolean isThere(@Nullable Added refusal) {
        return refusal != null && refusal.outcome() == Added.Outcome.ID_EXISTS;
    }

    /** Why rows were refused; no entry for a row whose key has become free again. */
    Map<UUID, Added> refusals(Session session, List<NewJobRow> refused) throws SQLException {
        Set<UUID> there = existing(session, refused);
        List<NewJobRow> keyed =
                refused.stream().filter(row -> row.job().uniqueKey() != null).toList();
        Map<OpenKey, UUID> holderOf = keyed.isEmpty() ? Map.of() : holders(session, keyed);
        Map<UUID, Added> refusals = new HashMap<>();
        for (NewJobRow row : refused) {
            UUID holder = holderOf.get(new OpenKey(row.type(), row.job().uniqueKey()));
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

    private Map<OpenKey, UUID> holders(Session session, Collection<NewJobRow> keyed) throws SQLException {
        Set<String> types = keyed.stream().map(NewJobRow::type).collect(Collectors.toSet());
        Set<String> keys = keyed.stream().map(row -> row.job().uniqueKey()).collect(Collectors.toSet());
        Map<OpenKey, UUID> holderOf = new HashMap<>();
        session.query(holders, binder -> binder.texts(types).texts(keys), row -> {
            UUID id = dialect.readId(row, 1);
            return id == null ? null : holderOf.put(new OpenKey(row.getString(2), row.getString(3)), id);
        });
        return holderOf;
    }

    /** A unique key of a type, which one open job at most may have. */
    private record OpenKey(String type, @Nullable String key) {}
}
