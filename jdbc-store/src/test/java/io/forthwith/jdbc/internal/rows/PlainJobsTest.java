package io.forthwith.jdbc.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlainJobsTest {
    private static final NewJob PLAIN = NewJob.of(JobType.of("plain", Integer.class), 1);

    /** The settings for which a plain row has no column. */
    static Stream<Arguments> settings() {
        return Stream.of(
                setting("user", job -> job.user("someone")),
                setting("project", job -> job.project("something")),
                setting("delay", job -> job.delay(Duration.ofSeconds(1))),
                setting("unique key", job -> job.uniqueKey("key")),
                setting("expires after", job -> job.expiresAfter(Duration.ofHours(1))),
                setting("parent", job -> job.parent(UUID.randomUUID())),
                setting("finisher", job -> job.finisherOf(NewJob.of(JobType.of("parent", Integer.class), 2))),
                setting("unsealed", NewJob::unsealed),
                setting("on child failure", job -> job.onChildFailure(ChildFailurePolicy.IGNORE)),
                setting("cancels siblings", NewJob::cancelOtherChildren),
                setting("predecessors", job -> job.after(UUID.randomUUID())),
                setting("max attempts", job -> job.maxAttempts(2)),
                setting("time limit", job -> job.timeLimit(Duration.ofSeconds(1))),
                setting("locale", job -> job.locale(Locale.GERMAN)),
                setting("metadata", job -> job.metadata("name", "value")),
                setting(
                        "trace context",
                        job -> job.traceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
                setting("limit", job -> job.limit("printer", "one")),
                setting("fair by", job -> job.fairBy("tenant")),
                setting("sequence", job -> job.sequence("account")));
    }

    private static Arguments setting(String name, UnaryOperator<NewJob> set) {
        return Arguments.of(Named.of(name, set));
    }

    @Test
    @DisplayName("a job with nothing but an id, a type, a queue, a priority and an input is plain")
    void plain() {
        assertThat(PlainJobs.isPlain(PLAIN.queue("other").priority(9))).isTrue();
    }

    @ParameterizedTest
    @MethodSource("settings")
    @DisplayName("a job with any other setting is not plain")
    void other(UnaryOperator<NewJob> set) {
        assertThat(PlainJobs.isPlain(set.apply(PLAIN))).isFalse();
    }

    @Test
    @DisplayName("the settings of jobs are these: for a new one it has to be decided whether a plain row can hold it")
    void all() {
        assertThat(Arrays.stream(NewJob.class.getDeclaredMethods())
                        .filter(method -> Modifier.isPublic(method.getModifiers())
                                && !Modifier.isStatic(method.getModifiers())
                                && method.getReturnType() == NewJob.class)
                        .map(Method::getName)
                        .distinct())
                .containsExactlyInAnyOrder(
                        "id",
                        "user",
                        "project",
                        "queue",
                        "priority",
                        "delay",
                        "uniqueKey",
                        "expiresAfter",
                        "parent",
                        "finisherOf",
                        "unsealed",
                        "onChildFailure",
                        "cancelOtherChildren",
                        "after",
                        "onPredecessorFailure",
                        "maxAttempts",
                        "timeLimit",
                        "locale",
                        "metadata",
                        "limit",
                        "fairBy",
                        "sequence",
                        "traceContext");
    }
}
