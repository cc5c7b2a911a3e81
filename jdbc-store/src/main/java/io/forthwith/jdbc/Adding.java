package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
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
 * Adds jobs. The unique indexes decide what is taken; only what they refuse is read again, to answer who holds it.
 *
 * <p>Rows are inserted in the order of their keys, then of their ids, so that two calls which wait for each other's
 * uncommitted rows wait in the same direction.
 */
final class Adding {
    /** How often a key may be given up by its holder just before we look who that is. */
    static final int MOST_ROUNDS = 10;

    private final Dialect dialect;
    private final AddingFamilies addingFamilies;
    private final String existing;
    private final String find;
    private final String holders;

    Adding(Dialect dialect, Kin kin) {
        this.dialect = dialect;
        this.addingFamilies = new AddingFamilies(dialect, kin, this);
        this.existing = dialect.sql("SELECT id FROM {job} WHERE id = ANY(?)");
        this.find = dialect.sql("SELECT " + JobRows.COLUMNS_WITHOUT_INPUT + " FROM {job} WHERE id = ANY(?)");
        this.holders = dialect.sql("""
                SELECT id, type, unique_key FROM {job}
                WHERE type = ANY(?) AND {open_key} = ANY(?) AND {open_key} IS NOT NULL
                  AND status IN ('pending', 'processing', 'waiting')""");
    }

    Moved<List<Added>> add(Database database, List<EncodedJob> jobs) {
        NewFamilies families = NewFamilies.of(jobs);
        String what = "add " + jobs.size() + (jobs.size() == 1 ? " job" : " jobs");
        if (jobs.size() > 1 && families.isEmpty() && dialect.insertNew(database, what, rows(jobs, families))) {
            return Moved.quietly(jobs.stream().map(Adding::added).toList());
        }
        return jobs.size() == 1 && families.isEmpty()
                ? database.once(what, session -> add(session, jobs, families))
                : database.transaction(what, session -> add(session, jobs, families));
    }

    /** As part of a transaction that is under way. */
    Moved<List<Added>> add(Session session, List<EncodedJob> jobs, NewFamilies families) throws SQLException {
        if (families.isEmpty()) {
            return Moved.quietly(addEach(session, jobs, rows(jobs, families)));
        }
        return addingFamilies.add(session, jobs, families);
    }

    private static List<NewRow> rows(List<EncodedJob> jobs, NewFamilies families) {
        return inInsertOrder(NewRow.of(jobs, families, Map.of()));
    }

    private static Added added(EncodedJob job) {
        return new Added(job.job().id(), Added.Outcome.ADDED);
    }

    private List<Added> addEach(Session session, List<EncodedJob> jobs, List<NewRow> rows) throws SQLException {
        Map<UUID, Added> answers = new HashMap<>();
        List<NewRow> open = rows;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Set<UUID> inserted = dialect.insert(session, open);
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

    /** Those of these jobs that exist. */
    Map<UUID, Job> find(Session session, List<EncodedJob> jobs) throws SQLException {
        Map<UUID, Job> found = new HashMap<>();
        List<UUID> ids = jobs.stream().map(job -> job.job().id()).toList();
        session.query(find, binder -> binder.ids(ids), row -> {
            Job job = dialect.rows().job(row);
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

    static List<NewRow> without(Set<UUID> ids, List<NewRow> rows) {
        return rows.stream().filter(row -> !ids.contains(row.id())).toList();
    }

    static List<NewRow> inInsertOrder(List<NewRow> rows) {
        return rows.stream().sorted(Adding::insertOrder).toList();
    }

    private static int insertOrder(NewRow a, NewRow b) {
        String keyOfA = a.job().uniqueKey();
        String keyOfB = b.job().uniqueKey();
        if (keyOfA == null || keyOfB == null) {
            return keyOfA == null && keyOfB == null
                    ? IdOrder.ASCENDING.compare(a.id(), b.id())
                    : Boolean.compare(keyOfA == null, keyOfB == null);
        }
        int byType = a.type().compareTo(b.type());
        // Of two with the same key the first one of the call gets it: sorting keeps their order.
        return byType != 0 ? byType : keyOfA.compareTo(keyOfB);
    }

    static boolean isThere(@Nullable Added refusal) {
        return refusal != null && refusal.outcome() == Added.Outcome.ID_EXISTS;
    }

    /** Why rows were refused; nothing for those whose key has become free again. */
    Map<UUID, Added> refusals(Session session, List<NewRow> refused) throws SQLException {
        Set<UUID> there = existing(session, refused);
        List<NewRow> keyed =
                refused.stream().filter(row -> row.job().uniqueKey() != null).toList();
        Map<OpenKey, UUID> holderOf = keyed.isEmpty() ? Map.of() : holders(session, keyed);
        Map<UUID, Added> refusals = new HashMap<>();
        for (NewRow row : refused) {
            UUID holder = holderOf.get(new OpenKey(row.type(), row.job().uniqueKey()));
            if (there.contains(row.id())) {
                refusals.put(row.id(), new Added(row.id(), Added.Outcome.ID_EXISTS));
            } else if (holder != null) {
                refusals.put(row.id(), new Added(holder, Added.Outcome.KEY_TAKEN));
            }
        }
        return refusals;
    }

    /** The ids of those that exist. */
    Set<UUID> existing(Session session, List<NewRow> rows) throws SQLException {
        List<UUID> ids = rows.stream().map(NewRow::id).toList();
        return new HashSet<>(session.query(existing, binder -> binder.ids(ids), row -> dialect.readId(row, 1)));
    }

    private Map<OpenKey, UUID> holders(Session session, Collection<NewRow> keyed) throws SQLException {
        Set<String> types = keyed.stream().map(NewRow::type).collect(Collectors.toSet());
        Set<String> keys = keyed.stream().map(row -> row.job().uniqueKey()).collect(Collectors.toSet());
        Map<OpenKey, UUID> holderOf = new HashMap<>();
        session.query(holders, binder -> binder.texts(types).texts(keys), row -> {
            UUID id = dialect.readId(row, 1);
            return id == null ? null : holderOf.put(new OpenKey(row.getString(2), row.getString(3)), id);
        });
        return holderOf;
    }

    /** What at most one open job may hold. */
    private record OpenKey(String type, @Nullable String key) {}
}
