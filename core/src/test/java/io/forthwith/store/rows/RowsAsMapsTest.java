package io.forthwith.store.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.UniqueKey;
import io.forthwith.insight.PausedQueue;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitKeyRow;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Every part of every row comes back, also through JSON. */
class RowsAsMapsTest {
    private static final UUID ID = new UUID(1, 2);
    private static final Instant T = Instant.parse("2026-03-04T05:06:07.123456Z");
    private static final Pause PAUSE = ReadModelFactory.pause(T.plusSeconds(9), "ada", "no paper");
    private static final Limit LIMIT = ReadModelFactory.limit("tenant", 3, 5, Duration.ofSeconds(7), 2);

    /** No part has the value that it has by default. */
    private static final Job JOB = Job.builder(ID, "film", T)
            .parentId(new UUID(3, 4))
            .userId("u1")
            .projectId("p1")
            .queue("slow")
            .priority(7)
            .uniqueKey("key", UniqueKey.Scope.UNTIL_STARTED)
            .maxAttempts(4)
            .timeLimit(Duration.ofMinutes(5))
            .locale(Locale.forLanguageTag("zh-Hans-CN"))
            .status(JobStatus.FAILED)
            .claim(Long.MAX_VALUE)
            .workerId(new UUID(5, 6))
            .attempt(8)
            .lostWorkers(2)
            .postponements(3)
            .postponedSince(T.plusSeconds(1))
            .progress(ReadModelFactory.jobProgress(50, 2, 4, "half"))
            .input("{\"a\": 1}")
            .result("[1]")
            .error("It broke", JobError.Kind.USER, "broken")
            .runAt(T.plusSeconds(2))
            .startedAt(T.plusSeconds(3))
            .completedAt(T.plusSeconds(4))
            .cancelRequestedAt(T.plusSeconds(5))
            .updatedAt(T.plusSeconds(6))
            .hasUndo(true)
            .undoes(new UUID(7, 8))
            .relations(ReadModelFactory.jobRelations(
                    3, true, true, ChildFailurePolicy.FAIL_AT_END, true, PredecessorFailurePolicy.RUN, true))
            .metadata(Map.of("order", "4711"))
            .traceContext("00-1-2-01")
            .expiresAt(T.plusSeconds(7))
            .limits(List.of(new JobLimit(new LimitKey("tenant", "acme:1"), 3)))
            .sequence(new SequencePlace("s", 12, SequenceFailurePolicy.BLOCK))
            .build();

    private static final StoredSchedule SCHEDULE = ReadModelFactory.storedSchedule(
            "nightly",
            ID,
            T,
            ReadModelFactory.scheduleDefinition(
                    "film",
                    "{}",
                    "0 3 * * *",
                    "PT1H",
                    "Europe/Berlin",
                    "skip",
                    "first",
                    "latest",
                    "skip",
                    "PT1M",
                    "slow",
                    7,
                    "u1",
                    "p1",
                    4,
                    Duration.ofMinutes(5),
                    Locale.CHINA,
                    "{\"a\":\"b\"}",
                    Duration.ofHours(2),
                    "tenant:acme"),
            ReadModelFactory.scheduleDeclaration("app", 3, T, T.plusSeconds(1)),
            PAUSE,
            ReadModelFactory.scheduleProgress(
                    T, "print", T.plusSeconds(1), T.plusSeconds(2), 5, 6, "wrong", List.of(ID)));

    private static final FailedAttempt FAILURE = ReadModelFactory.failedAttempt(
            ID,
            3,
            2,
            JobError.Kind.USER,
            "code",
            "message",
            "java.lang.Error",
            "trace",
            new UUID(5, 6),
            T,
            T.plusSeconds(1));
    private static final JobStep STEP = ReadModelFactory.jobStep(
            ID, 3, "charge", "part", 4, true, "{}", T, T.plusSeconds(1), new UUID(9, 9), T.plusSeconds(2));
    private static final LimitKeyRow LIMIT_KEY =
            new LimitKeyRow(new LimitKey("tenant", "acme"), LIMIT, PAUSE, T, T.plusSeconds(1));
    private static final TimedUniqueKey PERIOD_KEY = new TimedUniqueKey("film", "key", ID, T);
    private static final PausedQueue PAUSED_QUEUE = ReadModelFactory.pausedQueue("slow", PAUSE);

    private record Row(Object value, Map<String, Object> values, Function<Map<String, ?>, Object> read) {}

    static Stream<Row> rows() {
        return Stream.of(
                new Row(JOB, RowsAsMaps.of(JOB), RowsAsMaps::job),
                new Row(SCHEDULE, RowsAsMaps.of(SCHEDULE), RowsAsMaps::schedule),
                new Row(FAILURE, RowsAsMaps.of(FAILURE), RowsAsMaps::failedAttempt),
                new Row(STEP, RowsAsMaps.of(STEP), RowsAsMaps::step),
                new Row(LIMIT, RowsAsMaps.of(LIMIT), RowsAsMaps::limit),
                new Row(LIMIT_KEY, RowsAsMaps.of(LIMIT_KEY), RowsAsMaps::limitKey),
                new Row(PERIOD_KEY, RowsAsMaps.of(PERIOD_KEY), RowsAsMaps::periodKey),
                new Row(PAUSED_QUEUE, RowsAsMaps.of(PAUSED_QUEUE), RowsAsMaps::pausedQueue));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void each_comes_back_also_through_json(Row row) {
        assertThat(row.read.apply(row.values)).isEqualTo(row.value);
        JsonMapper json = new JsonMapper();
        String text = json.writeValueAsString(row.values);
        assertThat(row.read.apply(json.readValue(text, new TypeReference<Map<String, Object>>() {})))
                .isEqualTo(row.value);
    }

    /** A part that is added later is null in the sample, so this test asks for it, and the one above for its value. */
    @ParameterizedTest
    @MethodSource("rows")
    void the_sample_sets_every_part(Row row) throws Exception {
        assertThat(row.values).doesNotContainValue(null);
        for (Field part : row.value.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(part.getModifiers())) {
                part.setAccessible(true);
                assertThat(part.get(row.value)).as(part.getName()).isNotNull();
                assertThat(row.values).as("values of the row").containsKey(part.getName());
            }
        }
    }

    @Test
    void a_job_of_which_little_is_known_has_the_defaults_and_unknown_names_are_passed_over() {
        Map<String, Object> little = Map.of(
                "id", ID.toString(), "type", "film", "createdAt", T.toString(), "of a later version", List.of(1));

        assertThat(RowsAsMaps.job(little)).isEqualTo(Job.builder(ID, "film", T).build());
    }

    @Test
    void what_is_missing_or_cannot_be_read_is_named() {
        Map<String, Object> row = new HashMap<>(RowsAsMaps.of(JOB));
        row.put("runAt", "yesterday");
        assertThatThrownBy(() -> RowsAsMaps.job(row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The value runAt of the row");
        row.put("runAt", 5);
        assertThatThrownBy(() -> RowsAsMaps.job(row)).hasMessageContaining("The value runAt of the row is a Integer");
        row.remove("type");
        assertThatThrownBy(() -> RowsAsMaps.job(row)).hasMessage("The row has no value type");
    }
}
