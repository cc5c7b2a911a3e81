package io.forthwith.store.act;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StringsAsJson;
import io.forthwith.limit.LimitKey;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A query as a JSON object of strings, for stores that keep it in one column. What cannot be kept is refused: an act must never reach more jobs than its query. */
final class QueryText {
    private static final String STATUS = "status";
    private static final String TYPE = "type";
    private static final String USER = "user";
    private static final String PROJECT = "project";
    private static final String QUEUE = "queue";
    private static final String PARENT = "parent";
    private static final String CODE = "code";
    private static final String KEY = "key";
    private static final String UNDOS = "undos";
    private static final String SINCE = "since";
    private static final String LABEL_NAME = "labelName";
    private static final String LABEL_VALUE = "labelValue";
    private static final String LIMIT_KEY = "limitKey";
    private static final String WORKER = "worker";
    private static final String UNTIL = "until";
    private static final String ENDED_SINCE = "endedSince";
    private static final String ENDED_UNTIL = "endedUntil";

    private QueryText() {}

    /**
     * The text. How many at most is left out.
     *
     * @throws IllegalArgumentException if something of the query cannot be kept, or it does not begin at the first page
     */
    static String write(JobQuery query) {
        Map<String, String> values = new LinkedHashMap<>();
        if (!query.statuses().isEmpty()) {
            values.put(
                    STATUS,
                    query.statuses().stream().map(JobStatus::text).sorted().collect(Collectors.joining(",")));
        }
        put(values, TYPE, query.type());
        put(values, USER, query.userId());
        put(values, PROJECT, query.projectId());
        put(values, QUEUE, query.queue());
        put(values, PARENT, query.parentId());
        put(values, CODE, query.errorCode());
        put(values, KEY, query.uniqueKey());
        put(values, UNDOS, query.onlyUndos() ? "true" : null);
        put(values, SINCE, query.since());
        JobQuery.Label label = query.label();
        if (label != null) {
            values.put(LABEL_NAME, label.name());
            values.put(LABEL_VALUE, label.value());
        }
        put(
                values,
                LIMIT_KEY,
                query.limitKey() == null ? null : query.limitKey().text());
        put(values, WORKER, query.workerId());
        put(values, UNTIL, query.until());
        put(values, ENDED_SINCE, query.endedSince());
        put(values, ENDED_UNTIL, query.endedUntil());
        String text = StringsAsJson.write(values);
        // How many at most is not kept: an act is done to all.
        if (!parse(text).atMost(1).equals(query.atMost(1))) {
            throw new IllegalArgumentException("The query " + SafeText.line(query.toString(), 500)
                    + " cannot be kept as a text, which would select other jobs: leave out before() and every filter that this version"
                    + " cannot keep");
        }
        return text;
    }

    private static void put(Map<String, String> values, String name, @Nullable Object value) {
        if (value != null) {
            values.put(name, value.toString());
        }
    }

    /**
     * The query, for all jobs that it selects.
     *
     * @throws IllegalArgumentException if a later version, or another program, has written something that this one does not know: then it must not be used
     */
    static JobQuery parse(String text) {
        JobQuery query = JobQuery.all();
        try {
            Map<String, String> values = new LinkedHashMap<>(StringsAsJson.parse(text));
            String label = values.remove(LABEL_NAME);
            String value = values.remove(LABEL_VALUE);
            if (label != null && value != null) {
                query = query.label(label, value);
            } else if (label != null || value != null) {
                throw new IllegalArgumentException("The query " + text + " has half a label");
            }
            for (Map.Entry<String, String> each : values.entrySet()) {
                query = narrowed(query, each.getKey(), each.getValue());
            }
        } catch (DateTimeException unreadable) {
            throw new IllegalArgumentException("The query " + text + " cannot be read", unreadable);
        }
        return query;
    }

    private static JobQuery narrowed(JobQuery query, String name, String value) {
        return switch (name) {
            case STATUS -> {
                List<JobStatus> all = Arrays.stream(value.split(",", -1))
                        .map(JobStatus::parse)
                        .toList();
                yield query.status(all.get(0), all.subList(1, all.size()).toArray(new JobStatus[0]));
            }
            case TYPE -> query.type(value);
            case USER -> query.user(value);
            case PROJECT -> query.project(value);
            case QUEUE -> query.queue(value);
            case PARENT -> query.parent(UUID.fromString(value));
            case CODE -> query.errorCode(value);
            case KEY -> query.uniqueKey(value);
            case UNDOS -> query.undos();
            case SINCE -> query.since(Instant.parse(value));
            case LIMIT_KEY -> query.limitKey(LimitKey.parse(value));
            case WORKER -> query.worker(UUID.fromString(value));
            case UNTIL -> query.until(Instant.parse(value));
            case ENDED_SINCE -> query.endedSince(Instant.parse(value));
            case ENDED_UNTIL -> query.endedUntil(Instant.parse(value));
            default ->
                throw new IllegalArgumentException("The query names \"" + SafeText.line(name, 80)
                        + "\", which this version cannot select jobs by: a later version has written it");
        };
    }
}
