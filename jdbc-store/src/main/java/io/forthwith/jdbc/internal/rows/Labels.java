package io.forthwith.jdbc.internal.rows;

import io.forthwith.insight.LabelName;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.rules.LabelsOfMetadata;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The labels of jobs, and the names that were declared. Thread-safe.
 *
 * <p>No foreign key binds a label to its job: it would cost each deletion of a job a look-up, also where nobody uses labels. Who deletes jobs deletes their
 * labels, as soon as this store knows that there are any. Labels that others leave behind, such as a library of a version before, are found by {@link #sweep}.
 */
public final class Labels {
    /** Writes one label. A job with the same id may have left one that nobody has swept yet. */
    public static final String PUT =
            "{put} {job_label} (job_id, name, label_value) {by_name} VALUES (?, ?, ?) {instead_value}";

    /** How many labels one call of {@link #sweep} looks at. */
    private static final int SWEPT_AT_ONCE = 2_000;

    private static final int MOST_NAMES = 100;
    private static final IdPlace FIRST = IdPlace.of(new UUID(0, 0));
    /** Stands for any transaction of the host. */
    private static final Object OF_HOST = new Object();

    private final SqlDialect dialect;
    private final StatementText put;
    private final StatementText delete;
    private final StatementText known;
    private final StatementText note;
    private final StatementText any;
    private final StatementText names;
    private final StatementText next;
    private final StatementText existing;
    private final StatementText deleteLeft;

    private volatile Set<String> declared = Set.of();
    /** Whether the database has the declared names, and cannot lose them by a rollback. */
    private volatile boolean isNoted;
    /** The notes of this store that may be rolled back yet, with what stands for their transactions. */
    private final Map<UUID, Object> written = new ConcurrentHashMap<>();
    /** Whether jobs may have labels. */
    private volatile boolean areUsed;
    /** Whether a worker has asked if they have. */
    private volatile boolean hasAsked;
    /** Where the next sweep begins. */
    private volatile IdPlace lastSwept = FIRST;

    public Labels(SqlDialect dialect) {
        this.dialect = dialect;
        this.put = dialect.sql(PUT);
        this.delete = dialect.sql("DELETE FROM {job_label} WHERE {among job_id}");
        this.known = dialect.sql("SELECT name, declared_by FROM {job_label_name} WHERE name {in}");
        this.note = dialect.sql("INSERT INTO {job_label_name} (name, declared_by, declared_at) VALUES (?, ?, {now})");
        this.any = dialect.sql("SELECT name FROM {job_label_name} ORDER BY name, declared_by LIMIT 1");
        this.names = dialect.sql(
                "SELECT name, min(declared_at) FROM {job_label_name} GROUP BY name ORDER BY name LIMIT " + MOST_NAMES);
        this.next = dialect.sql("SELECT job_id FROM {job_label} WHERE job_id > ? ORDER BY job_id, name LIMIT ?");
        this.existing = dialect.sql("SELECT id FROM {job} WHERE id {in}");
        // Asked again: a job with the same id may have come.
        this.deleteLeft = dialect.sql("DELETE FROM {job_label} WHERE {among job_id}"
                + " AND NOT EXISTS (SELECT 1 FROM {job} j WHERE j.id = job_id)");
    }

    /** A label of a job. */
    public record Row(UUID jobId, String name, String value) {}

    /** Declares the names, before the store is used. */
    public void declare(Set<String> all) {
        declared = all;
        areUsed = !all.isEmpty();
    }

    /** The names that were declared to this store. */
    public Set<String> declared() {
        return declared;
    }

    /** The labels of a job with this metadata. */
    public SortedMap<String, String> of(Map<String, String> metadata) {
        return LabelsOfMetadata.labels(metadata, declared);
    }

    /** The labels of these rows, each label of a job once. */
    public static List<Row> of(Collection<NewJobRow> rows) {
        Map<List<Object>, Row> labels = new LinkedHashMap<>();
        for (NewJobRow row : rows) {
            row.labels()
                    .forEach((name, value) ->
                            labels.putIfAbsent(List.of(row.id(), name), new Row(row.id(), name, value)));
        }
        return List.copyOf(labels.values());
    }

    /** Writes those of the rows that were inserted. */
    public static void put(Session session, StatementText put, Collection<NewJobRow> rows, Set<UUID> inserted)
            throws SQLException {
        put(
                session,
                put,
                of(rows.stream().filter(row -> inserted.contains(row.id())).toList()));
    }

    private static void put(Session session, StatementText put, Collection<Row> labels) throws SQLException {
        session.batch(
                put,
                labels,
                (binder, label) -> binder.id(label.jobId).text(label.name).text(label.value));
    }

    /** Writes the labels of jobs with this metadata, and notes their names. */
    void put(Session session, Map<UUID, Map<String, String>> metadata) throws SQLException {
        List<Row> labels = new ArrayList<>();
        metadata.forEach((id, ofJob) -> of(ofJob).forEach((name, value) -> labels.add(new Row(id, name, value))));
        if (!labels.isEmpty()) {
            note(session);
        }
        put(session, put, labels);
    }

    /**
     * Notes the declared names in the database, unless they are there. Its own notes may be rolled back, so it asks until it finds some of which it knows that they are committed. It
     * waits for nobody: processes that note a name at the same moment write a row each.
     */
    public void note(Session session) throws SQLException {
        if (isNoted || declared.isEmpty()) {
            return;
        }
        List<Note> notes = session.snapshot()
                .query(
                        known,
                        binder -> binder.texts(declared),
                        row -> new Note(row.getString(1), dialect.readId(row, 2)));
        Set<String> missing = without(notes.stream(), declared);
        session.batch(note, missing.stream().sorted().toList(), (binder, name) -> {
            UUID id = UUID.randomUUID();
            written.put(id, Objects.requireNonNullElse(session.ownTransaction(), OF_HOST));
            binder.text(name).id(id);
        });
        if (without(notes.stream().filter(each -> isCommitted(each, session)), declared)
                .isEmpty()) {
            isNoted = true;
            written.clear();
        }
    }

    /** @param id null if it cannot be read */
    private record Note(String name, @Nullable UUID id) {}

    private static Set<String> without(Stream<Note> notes, Set<String> names) {
        Set<String> missing = new HashSet<>(names);
        notes.map(Note::name).forEach(missing::remove);
        return missing;
    }

    /** A session sees what its transaction has written, and otherwise only what is committed. One of the host may be in any transaction of the host. */
    private boolean isCommitted(Note note, Session session) {
        Object writtenIn = note.id == null ? null : written.get(note.id);
        Object own = session.ownTransaction();
        return writtenIn == null || (own != null && writtenIn != own);
    }

    /** Whether {@link #note} has nothing to do. */
    public boolean isNoted() {
        return isNoted || declared.isEmpty();
    }

    /** The names that were declared by any process. */
    public List<LabelName> names(Session session) throws SQLException {
        List<LabelName> all = session.query(
                names, Binder.NONE, row -> ReadModelFactory.labelName(row.getString(1), dialect.time(row, 2)));
        if (!all.isEmpty()) {
            areUsed = true;
        }
        return all;
    }

    /** What a worker needs before it runs jobs: that the declared names are noted and, for the first one of a store, whether there are labels. */
    public void begin(Session session) throws SQLException {
        note(session);
        if (!hasAsked) {
            learn(session);
        }
        hasAsked = true;
    }

    /** Finds out whether jobs may have labels. */
    private void learn(Session session) throws SQLException {
        if (!areUsed && session.first(any, Binder.NONE, row -> row.getString(1)).isPresent()) {
            areUsed = true;
        }
    }

    /** Whether jobs may have labels, as far as this store knows: declared here, or seen in the database. */
    public boolean areUsed() {
        return areUsed;
    }

    /** Deletes the labels of jobs that are deleted in the same transaction. */
    void delete(Session session, Collection<UUID> ids) throws SQLException {
        if (areUsed) {
            session.update(delete, binder -> binder.among(ids));
        }
    }

    /** Looks at some labels, and deletes those without a job; the next call goes on from there. */
    public void sweep(Session session) throws SQLException {
        learn(session);
        if (!areUsed) {
            return;
        }
        IdPlace from = lastSwept;
        List<IdPlace> seen = session.query(
                next, binder -> from.bind(binder).number(SWEPT_AT_ONCE), row -> IdPlace.read(dialect, row, 1));
        lastSwept = seen.size() < SWEPT_AT_ONCE ? FIRST : seen.get(seen.size() - 1);
        // A job without a usable id has nothing to do with the library, nor have its labels.
        List<UUID> ids = seen.stream()
                .map(IdPlace::id)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        Set<UUID> left = new HashSet<>(ids);
        session.queryByIds(existing, ids, row -> dialect.readId(row, 1)).forEach(left::remove);
        if (!left.isEmpty()) {
            session.update(deleteLeft, binder -> binder.among(left));
        }
    }
}
