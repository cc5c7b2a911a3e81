package io.forthwith.jdbc.internal.acts;

import io.forthwith.ActResult;
import io.forthwith.jdbc.internal.operations.Beside;
import io.forthwith.jdbc.internal.operations.CancelSealRetry;
import io.forthwith.jdbc.internal.operations.ChangeJobs;
import io.forthwith.jdbc.internal.operations.ChangeNotices;
import io.forthwith.jdbc.internal.operations.RetryCancelPage;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditPage;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Acts and the audit in their tables. Thread-safe. */
public final class Acts implements ActStore, AuditStore {
    private static final int MOST_LISTED = 1_000;

    private final Database database;
    private final ActRows acts;
    private final AuditRows audit;
    private final ActParts parts;
    private final CancelSealRetry single;
    private final ChangeJobs changes;
    private final ChangeNotices notices;

    /** @param database whose transactions the server ends if this process goes silent in one of them */
    public Acts(
            Database database,
            JobSelects selects,
            RetryCancelPage pages,
            CancelSealRetry single,
            ChangeJobs changes,
            ChangeNotices notices) {
        SqlDialect dialect = database.dialect();
        this.database = database;
        this.acts = new ActRows(dialect);
        this.audit = new AuditRows(dialect);
        this.parts = new ActParts(database, acts, audit, selects, new ActParts.Deeds(pages, single, changes), notices);
        this.single = single;
        this.changes = changes;
        this.notices = notices;
    }

    @Override
    public boolean begin(NewAct act) {
        return database.transaction("begin to " + act.deed().text() + " jobs", session -> {
            if (acts.isKnown(session, act.id())) {
                database.dialect().awaitReplicas(session);
                return false;
            }
            Instant now = audit.time(session);
            acts.insert(session, act.beginning(now), now);
            // The act has the query.
            audit.insert(session, AuditRows.entry(now, act.author(), act.deed().text(), act.id(), List.of(), "begun"));
            return true;
        });
    }

    @Override
    public Optional<BulkAct> find(UUID id) {
        return database.read("find act " + id, session -> acts.find(session, id));
    }

    @Override
    public List<BulkAct> list(@Nullable UUID before, int atMost) {
        requireLimit(atMost);
        return database.read("list acts", session -> acts.list(session, before, atMost));
    }

    private static void requireLimit(int limit) {
        if (limit < 1 || limit > MOST_LISTED) {
            throw new IllegalArgumentException("Limit " + limit + " is out of range: 1 to " + MOST_LISTED
                    + "; fetch further pages with the last id of a page");
        }
    }

    @Override
    public boolean stop(UUID id, Author by) {
        return database.transaction("stop act " + id, session -> {
            Optional<String> what = acts.lockOpen(session, id);
            if (what.isEmpty()) {
                database.dialect().awaitReplicas(session);
                return false;
            }
            Instant now = audit.time(session);
            acts.stop(session, id, now, by.who());
            audit.insert(session, AuditRows.entry(now, by, what.get(), id, List.of(), "stopped"));
            return true;
        });
    }

    @Override
    public Remaining carryOn() {
        return parts.next();
    }

    @Override
    public ActResult actOn(UUID job, Deed deed, Author by) {
        return switch (deed.kind()) {
            case RETRY -> {
                ActResult answer = notices.told(single.retry(database, job, writing(job, deed, by)));
                if (answer.isDone()) {
                    notices.ofJobs();
                }
                yield answer;
            }
            case CANCEL -> {
                ActResult answer = notices.told(single.cancel(database, job, deed.locale(), writing(job, deed, by)));
                if (answer.outcome() == ActResult.Outcome.LOCKED) {
                    record(by, deed.text(), List.of(job.toString()), deed.answer(answer));
                }
                yield answer;
            }
            case CHANGE ->
                notices.told(
                        changes.change(database, job, Objects.requireNonNull(deed.change()), writing(job, deed, by)));
        };
    }

    private Beside<ActResult> writing(UUID job, Deed deed, Author by) {
        return (session, answer) -> write(session, by, deed.text(), List.of(job.toString()), deed.answer(answer));
    }

    private void write(Session session, Author by, String what, List<String> subjects, String answer)
            throws SQLException {
        audit.insert(session, AuditRows.entry(audit.time(session), by, what, null, subjects, answer));
    }

    @Override
    public void record(Author by, String what, List<String> subjects, String answer) {
        database.transaction("write into the audit", session -> {
            write(session, by, what, subjects, answer);
            return true;
        });
    }

    @Override
    public AuditPage search(@Nullable String who, @Nullable String subject, @Nullable UUID before, int atMost) {
        requireLimit(atMost);
        return database.read("search the audit", session -> audit.search(session, who, subject, before, atMost));
    }
}
