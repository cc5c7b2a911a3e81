package io.forthwith.jdbc.internal.rows;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.limit.LimitKey;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The conditions of a query: fixed text, and the values to bind to it. Not thread-safe. */
public final class JobConditions {
    /** The unique key that a job was enqueued with. Some databases have an index on this expression. */
    static final String KEY = "coalesce(unique_key, start_key, period_key)";

    private static final String NO_STATUS = ", '-'";

    private final List<String> texts = new ArrayList<>();
    private final List<Binder.Params> params = new ArrayList<>();

    /** All conditions of a query except its page, its label, its user and its parent. Statuses are literals: so the database can use the partial indexes. */
    public static JobConditions ofJobs(JobQuery query) {
        return of(query, "");
    }

    /** These conditions for a query that selects few jobs by another one: the database uses no partial index, also if it takes the few for many. */
    public static JobConditions ofFewJobs(JobQuery query) {
        return of(query, NO_STATUS);
    }

    private static JobConditions of(JobQuery query, String more) {
        JobConditions conditions = new JobConditions();
        if (!query.statuses().isEmpty()) {
            conditions.add(query.statuses().stream()
                    .map(JobStatus::text)
                    .sorted()
                    .collect(Collectors.joining("', '", "status IN ('", "'" + more + ")")));
        }
        conditions.addEqual("type", query.type());
        conditions.addEqual("project_id", query.projectId());
        conditions.addEqual("queue", query.queue());
        conditions.addEqual("error_code", query.errorCode());
        if (query.uniqueKey() != null) {
            conditions.add(KEY + " = ?", binder -> binder.text(query.uniqueKey()));
        }
        if (query.onlyUndos()) {
            conditions.add("undoes IS NOT NULL");
        }
        conditions.addEqual("worker_id", query.workerId());
        if (query.limitKey() != null) {
            conditions.addUnder(query.limitKey());
        }
        conditions.addTime("created_at >= ?", query.since());
        conditions.addTime("created_at < ?", query.until());
        conditions.addTime("completed_at >= ?", query.endedSince());
        conditions.addTime("completed_at < ?", query.endedUntil());
        return conditions;
    }

    private void addTime(String comparison, @Nullable Instant time) {
        if (time != null) {
            add(comparison, binder -> binder.time(time));
        }
    }

    /** The stored form of limits is one key, or several with costs. A pattern of LIKE would be blind to case on some databases, and {@code _} is a letter of names. */
    private void addUnder(LimitKey key) {
        if (key.name().equals(LimitKey.TYPE)) {
            addEqual("type", key.key());
            return;
        }
        String text = key.text();
        add(
                "(limits = ? OR replace(limits, ?, '') <> limits OR replace(limits, ?, '') <> limits)",
                binder -> binder.text(text).text("+" + text + "=").text(" " + text + "="));
    }

    /** The conditions about times, in a form in which no index answers them: the walk is to go by the ids. */
    void addTimesWithoutIndex(JobQuery query) {
        addTime("(created_at >= ?) IS TRUE", query.since());
        addTime("(created_at < ?) IS TRUE", query.until());
        addTime("(completed_at >= ?) IS TRUE", query.endedSince());
        addTime("(completed_at < ?) IS TRUE", query.endedUntil());
    }

    /** All conditions of a query except its page and its label. */
    public static JobConditions all(JobQuery query) {
        JobConditions conditions = ofJobs(query);
        conditions.addEqual("user_id", query.userId());
        conditions.addEqual("parent_id", query.parentId());
        return conditions;
    }

    public void addEqual(String column, @Nullable String value) {
        if (value != null) {
            add(column + " = ?", binder -> binder.text(value));
        }
    }

    public void addEqual(String column, @Nullable UUID value) {
        if (value != null) {
            add(column + " = ?", binder -> binder.id(value));
        }
    }

    void add(String text) {
        add(text, Binder.NONE);
    }

    public void add(String text, Binder.Params values) {
        texts.add(text);
        params.add(values);
    }

    String where() {
        return texts.isEmpty() ? "" : " WHERE " + String.join(" AND ", texts);
    }

    /** The same, after another condition. */
    String and() {
        return texts.isEmpty() ? "" : " AND " + String.join(" AND ", texts);
    }

    /** An expression that has a value if the conditions hold; this one if there are none. */
    public String orElse(String without) {
        return texts.isEmpty() ? without : "CASE WHEN " + String.join(" AND ", texts) + " THEN 1 END";
    }

    public void bind(Binder binder) throws SQLException {
        for (Binder.Params values : params) {
            values.bind(binder);
        }
    }
}
