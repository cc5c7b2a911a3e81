package io.forthwith.dashboard.internal.view;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.MatchingLabels;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.insight.JobPage;
import io.forthwith.internal.SafeText;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ReadModelFactory;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs somebody wants to see, as an address says it. Immutable.
 *
 * @param statuses those that are chosen; empty for all
 * @param values what can be read, by the names of the parameters
 * @param problems what is wrong with a value that cannot be read and is left out, by the names of the parameters
 */
public record JobFilter(Set<JobStatus> statuses, Map<String, String> values, Map<String, String> problems) {
    public static final String STATUS = "status";
    public static final String TYPE = "type";
    public static final String QUEUE = "queue";
    public static final String USER = "user";
    public static final String PROJECT = "project";
    public static final String CODE = "code";
    public static final String KEY = "key";
    public static final String LABEL = "label";
    public static final String SINCE = "since";
    public static final String UNTIL = "enqueuedUntil";
    public static final String ENDED_SINCE = "endedSince";
    public static final String ENDED_UNTIL = "endedUntil";
    public static final String LIMIT_KEY = "limitKey";
    public static final String WORKER = "worker";
    public static final String ID = "id";
    public static final String PARENT = "parent";

    /** The parameters that have one value, in the order in which people see them. */
    public static final List<String> NAMES = List.of(
            TYPE,
            QUEUE,
            USER,
            PROJECT,
            CODE,
            KEY,
            LABEL,
            SINCE,
            ID,
            UNTIL,
            ENDED_SINCE,
            ENDED_UNTIL,
            LIMIT_KEY,
            WORKER,
            PARENT);

    /** The filters whose values are times. */
    public static final Set<String> TIMES = Set.of(SINCE, UNTIL, ENDED_SINCE, ENDED_UNTIL);

    /** As long as a label with its name. */
    public static final int LONGEST = 265;

    private static final char EQUALS = '=';
    private static final int LONGEST_SHOWN = 40;
    private static final int FIRST_YEAR = 1970;
    private static final int LAST_YEAR = 9999;
    private static final Pattern AGO = Pattern.compile("(\\d{1,4})\\s?([mhdw])");
    private static final Pattern UUID_TEXT = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .optionalStart()
            .appendLiteral('T')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .optionalStart()
            .appendOffsetId()
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    /** Reads it from the address. */
    public static JobFilter of(View view) {
        Set<JobStatus> statuses = EnumSet.noneOf(JobStatus.class);
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, String> problems = new LinkedHashMap<>();
        for (String word : view.request().query().getOrDefault(STATUS, List.of())) {
            JobStatus status = status(word.strip());
            if (status != null) {
                statuses.add(status);
            } else if (!word.isBlank()) {
                problems.put(STATUS, view.say("jobs.bad.status", PageTexts.cut(word, LONGEST_SHOWN), everyStatus()));
            }
        }
        for (String name : NAMES) {
            String value = view.param(name);
            if (value != null) {
                String problem = problem(view, name, value);
                if (problem == null) {
                    values.put(name, value);
                } else {
                    problems.put(name, problem);
                }
            }
        }
        return new JobFilter(statuses, values, problems);
    }

    /** The filter that selects what a query selects; null if the jobs page has none. */
    public static @Nullable JobFilter of(JobQuery query) {
        if (query.onlyUndos()) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        put(values, TYPE, query.type());
        put(values, USER, query.userId());
        put(values, PROJECT, query.projectId());
        put(values, QUEUE, query.queue());
        put(values, PARENT, query.parentId());
        put(values, CODE, query.errorCode());
        put(values, KEY, query.uniqueKey());
        put(values, LABEL, query.label() == null ? null : text(query.label()));
        put(
                values,
                LIMIT_KEY,
                query.limitKey() == null ? null : query.limitKey().text());
        put(values, WORKER, query.workerId());
        put(values, SINCE, query.since());
        put(values, UNTIL, query.until());
        put(values, ENDED_SINCE, query.endedSince());
        put(values, ENDED_UNTIL, query.endedUntil());
        return new JobFilter(query.statuses(), values, Map.of());
    }

    private static void put(Map<String, String> values, String name, @Nullable Object value) {
        if (value != null) {
            values.put(name, value.toString());
        }
    }

    private static @Nullable JobStatus status(String word) {
        return Arrays.stream(JobStatus.values())
                .filter(status -> status.text().equals(word))
                .findFirst()
                .orElse(null);
    }

    private static String everyStatus() {
        return Arrays.stream(JobStatus.values()).map(JobStatus::text).collect(Collectors.joining(", "));
    }

    /** What is wrong with a value; null if nothing is. */
    public static @Nullable String problem(View view, String name, String value) {
        String shown = PageTexts.cut(value, LONGEST_SHOWN);
        if (value.length() > LONGEST || !SafeText.isStorable(value)) {
            return view.say("jobs.bad.text", LONGEST);
        }
        String only = onlyOf(view, name);
        if (only != null && !only.equals(value)) {
            return view.say("jobs.bad.scope", PageTexts.cut(only, LONGEST_SHOWN));
        }
        return switch (name) {
            case SINCE, UNTIL, ENDED_SINCE, ENDED_UNTIL ->
                since(view.now(), value) == null ? view.say("jobs.bad.since", shown) : null;
            case ID, PARENT, WORKER -> uuid(value) == null ? view.say("jobs.bad.id", shown) : null;
            case LIMIT_KEY -> limitKey(value) == null ? view.say("jobs.bad.limitKey", shown) : null;
            case LABEL ->
                !view.source().hasLabels()
                        ? view.say("jobs.bad.noLabels")
                        : label(value) == null ? view.say("jobs.bad.label", shown, JobQuery.Label.LONGEST_VALUE) : null;
            default -> null;
        };
    }

    /** The user or project that the viewer is bound to; null if this is free. */
    public static @Nullable String onlyOf(View view, String name) {
        return switch (name) {
            case USER -> view.access().user();
            case PROJECT -> view.access().project();
            default -> null;
        };
    }

    /** The label that a text is, as in {@code order=4711}; null if it is none. */
    public static JobQuery.@Nullable Label label(String text) {
        int equals = text.indexOf(EQUALS);
        return equals < 0 ? null : MatchingLabels.label(text.substring(0, equals), text.substring(equals + 1));
    }

    /** A label as {@link #label(String)} reads it. */
    public static String text(JobQuery.Label label) {
        return label.name() + EQUALS + label.value();
    }

    private static @Nullable LimitKey limitKey(String text) {
        try {
            return LimitKey.parse(text);
        } catch (IllegalArgumentException no) {
            return null;
        }
    }

    /** The id that a text is; null if it is none. */
    public static @Nullable UUID uuid(@Nullable String text) {
        return text != null && UUID_TEXT.matcher(text).matches() ? UUID.fromString(text) : null;
    }

    /** The time that {@code 15m}, {@code 7d} or a time in ISO's form means; null if a text is neither. It is cut to the minute, so that viewers share what is counted. */
    public static @Nullable Instant since(Instant now, String text) {
        Matcher ago = AGO.matcher(text);
        if (ago.matches()) {
            return now.truncatedTo(ChronoUnit.MINUTES).minus(length(Long.parseLong(ago.group(1)), ago.group(2)));
        }
        try {
            String iso = text.replaceFirst(" ?UTC$", "Z")
                    .replaceFirst(" (?=[+-]\\d\\d:\\d\\d$)", "")
                    .replace(' ', 'T');
            TemporalAccessor time = TIME.parseBest(iso, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
            OffsetDateTime at = time instanceof OffsetDateTime exact
                    ? exact
                    : time instanceof LocalDateTime local
                            ? local.atOffset(ZoneOffset.UTC)
                            : LocalDate.from(time).atStartOfDay().atOffset(ZoneOffset.UTC);
            return at.getYear() < FIRST_YEAR || at.getYear() > LAST_YEAR ? null : at.toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Reads a time to come, as {@link #since} reads one that has passed: a span is counted from now on. */
    public static @Nullable Instant until(Instant now, String text) {
        Matcher in = AGO.matcher(text);
        return in.matches() ? now.plus(length(Long.parseLong(in.group(1)), in.group(2))) : since(now, text);
    }

    private static Duration length(long number, String unit) {
        return switch (unit) {
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofDays(7 * number);
        };
    }

    public boolean isEmpty() {
        return statuses.isEmpty() && values.isEmpty();
    }

    /** The jobs that it selects of those that the viewer may see. */
    public JobQuery query(View view) {
        JobQuery query = JobQuery.all();
        if (!statuses.isEmpty()) {
            List<JobStatus> all = List.copyOf(statuses);
            query = query.status(all.get(0), all.subList(1, all.size()).toArray(new JobStatus[0]));
        }
        for (Map.Entry<String, String> each : values.entrySet()) {
            query = narrowed(query, each.getKey(), each.getValue(), view.now());
        }
        return view.scoped(query);
    }

    private static JobQuery narrowed(JobQuery query, String name, String value, Instant now) {
        return switch (name) {
            case TYPE -> query.type(value);
            case QUEUE -> query.queue(value);
            case USER -> query.user(value);
            case PROJECT -> query.project(value);
            case CODE -> query.errorCode(value);
            case KEY -> query.uniqueKey(value);
            case LABEL -> {
                JobQuery.Label label = label(value);
                yield label == null ? query : query.label(label.name(), label.value());
            }
            case LIMIT_KEY -> {
                LimitKey key = limitKey(value);
                yield key == null ? query : query.limitKey(key);
            }
            case WORKER -> query.worker(UUID.fromString(value));
            case PARENT -> query.parent(UUID.fromString(value));
            default -> {
                Instant time = TIMES.contains(name) ? since(now, value) : null;
                yield time == null ? query : withTime(query, name, time);
            }
        };
    }

    private static JobQuery withTime(JobQuery query, String name, Instant time) {
        return switch (name) {
            case SINCE -> query.since(time);
            case UNTIL -> query.until(time);
            case ENDED_SINCE -> query.endedSince(time);
            default -> query.endedUntil(time);
        };
    }

    /** This filter with fixed times: one that is relative to now would select other jobs later. */
    public JobFilter frozen(Instant now) {
        JobFilter frozen = this;
        for (String name : TIMES) {
            String value = values.get(name);
            Instant time = value == null ? null : since(now, value);
            frozen = time == null ? frozen : frozen.with(name, time.toString());
        }
        return frozen;
    }

    /** Looks for its jobs; for the one, if it names an id. */
    public JobPage look(JobClient client, JobQuery query) {
        UUID id = uuid(values.get(ID));
        return id == null
                ? client.search(query)
                : ReadModelFactory.jobPage(
                        client.find(id).filter(query::selects).stream().toList(), null, null);
    }

    /** A link to a page with this filter and these names and values. */
    public String link(View view, String page, @Nullable Object... more) {
        List<@Nullable Object> all = new ArrayList<>();
        statuses.forEach(status -> all.addAll(List.of(STATUS, status.text())));
        values.forEach((name, value) -> all.addAll(List.of(name, value)));
        all.addAll(Arrays.asList(more));
        return view.link(page, all.toArray());
    }

    /** This filter with another value. */
    public JobFilter with(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(values);
        changed.put(name, value);
        return new JobFilter(statuses, changed, problems);
    }

    /** This filter without a value, or without every status. */
    public JobFilter without(String name) {
        Map<String, String> changed = new LinkedHashMap<>(values);
        changed.remove(name);
        return new JobFilter(name.equals(STATUS) ? Set.of() : statuses, changed, problems);
    }

    /** This filter with one more status, or without it. */
    public JobFilter toggled(JobStatus status) {
        Set<JobStatus> changed = EnumSet.noneOf(JobStatus.class);
        changed.addAll(statuses);
        if (!changed.remove(status)) {
            changed.add(status);
        }
        return new JobFilter(changed, values, problems);
    }
}
