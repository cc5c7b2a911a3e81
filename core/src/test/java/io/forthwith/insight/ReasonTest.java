package io.forthwith.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.store.ReadModelFactory;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReasonTest {
    private static final UUID ID = new UUID(0, 7);
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");
    private static final List<Reason> ALL = List.of(
            new Reason.NotFound(LibraryOnly.KEY),
            new Reason.Ended(LibraryOnly.KEY, JobStatus.COMPLETED, NOON, null),
            new Reason.Ended(LibraryOnly.KEY, JobStatus.FAILED, NOON, "The printer's paper is {0}"),
            new Reason.Ended(LibraryOnly.KEY, JobStatus.CANCELLED, null, null),
            new Reason.Running(
                    LibraryOnly.KEY,
                    "w1",
                    Duration.ofSeconds(90),
                    Duration.ofSeconds(40),
                    Duration.ofMillis(12_345),
                    false),
            new Reason.Running(LibraryOnly.KEY, "w1", Duration.ofHours(30), Duration.ofHours(30), Duration.ZERO, true),
            new Reason.WorkerDead(LibraryOnly.KEY, "w1", Duration.ofSeconds(4)),
            new Reason.WorkerDead(LibraryOnly.KEY, "w1", null),
            new Reason.GroupUnsealed(LibraryOnly.KEY),
            new Reason.ChildrenOpen(LibraryOnly.KEY, 1, 1_500),
            new Reason.SiblingsOpen(LibraryOnly.KEY, ID),
            new Reason.PredecessorsOpen(LibraryOnly.KEY, List.of(ID), 1),
            new Reason.PredecessorsOpen(LibraryOnly.KEY, List.of(ID, ID), 12),
            new Reason.NotDue(LibraryOnly.KEY, NOON, Duration.ofMinutes(5), Reason.NotDue.Cause.DELAYED, 0, ""),
            new Reason.NotDue(LibraryOnly.KEY, NOON, Duration.ofMinutes(5), Reason.NotDue.Cause.RETRY, 2, "no paper"),
            new Reason.NotDue(
                    LibraryOnly.KEY, NOON, Duration.ofMinutes(5), Reason.NotDue.Cause.POSTPONED, 1, "no image"),
            new Reason.NotDue(LibraryOnly.KEY, NOON, Duration.ofMinutes(5), Reason.NotDue.Cause.LOST, 1, ""),
            new Reason.NothingFound(LibraryOnly.KEY, null),
            new Reason.QueuePaused(LibraryOnly.KEY, "slow", new Pause(LibraryOnly.KEY, NOON, "ada", "no paper")),
            new Reason.QueuePaused(LibraryOnly.KEY, "slow", new Pause(LibraryOnly.KEY, NOON, null, null)),
            limited(Limit.of("tenant").concurrency(1), null, null),
            limited(Limit.of("tenant").rate(1, Duration.ofMinutes(1)), null, NOON),
            limited(Limit.of("tenant"), ReadModelFactory.pause(NOON, "ada", "no paper"), null),
            limited(null, null, null),
            new Reason.Limited(
                    LibraryOnly.KEY,
                    ReadModelFactory.limitState(
                            new LimitKey("tenant", "acme"),
                            Limit.of("tenant"),
                            false,
                            null,
                            List.of(),
                            3,
                            NOON,
                            NOON,
                            null)),
            new Reason.QueueUnserved(LibraryOnly.KEY, "invoice", List.of("invoices", "mails")),
            new Reason.QueueUnserved(LibraryOnly.KEY, "invoice", List.of()),
            new Reason.TypeSkipped(LibraryOnly.KEY, "report", "default"),
            new Reason.TypeUnknown(LibraryOnly.KEY, "report"),
            new Reason.TypeLeft(LibraryOnly.KEY, "report", 1),
            new Reason.TypeLeft(LibraryOnly.KEY, "report", 3),
            new Reason.WorkersStopping(LibraryOnly.KEY, 1),
            new Reason.WorkersStopping(LibraryOnly.KEY, 3),
            new Reason.WorkersSilent(LibraryOnly.KEY, 2),
            new Reason.LastTry(LibraryOnly.KEY, 2),
            new Reason.SlotsBusy(
                    LibraryOnly.KEY, 1, 2, List.of(ReadModelFactory.runningJob(ID, "report", ID, NOON, 0))),
            new Reason.Behind(LibraryOnly.KEY, 1),
            new Reason.Behind(LibraryOnly.KEY, 1_000),
            new Reason.Behind(LibraryOnly.KEY, 7, Duration.ofMinutes(3)),
            new Reason.TakesTurns(LibraryOnly.KEY, "acme", 1),
            new Reason.TakesTurns(LibraryOnly.KEY, "acme", 12),
            new Reason.WorkersDegraded(LibraryOnly.KEY, 1),
            new Reason.WorkersDegraded(LibraryOnly.KEY, 2),
            new Reason.BehindInSequence(LibraryOnly.KEY, "film:42", new UUID(1, 2)),
            new Reason.RowLocked(LibraryOnly.KEY),
            new Reason.Expires(LibraryOnly.KEY, Instant.parse("2026-05-04T13:00:00Z"), Duration.ofMinutes(12)),
            new Reason.Expires(LibraryOnly.KEY, Instant.parse("2026-05-04T13:00:00Z"), Duration.ZERO),
            new Reason.AboutToStart(LibraryOnly.KEY, Duration.ofMillis(80)),
            new Reason.NothingFound(LibraryOnly.KEY, Duration.ofDays(2)));

    private static Reason.Limited limited(@Nullable Limit limit, @Nullable Pause pause, @Nullable Instant nextStart) {
        LimitKey acme = new LimitKey("tenant", "acme");
        return new Reason.Limited(
                LibraryOnly.KEY,
                ReadModelFactory.limitState(
                        acme, limit, false, pause, List.of(new UUID(1, 2)), 3, nextStart, null, null));
    }

    @Test
    void every_reason_is_a_sentence_in_both_languages() {
        for (Reason reason : ALL) {
            for (Locale locale : List.of(Locale.ENGLISH, Locale.CHINA)) {
                assertThat(reason.text(locale))
                        .as("%s", reason)
                        .doesNotContain("null", "  ", "{1", "{2", "{3", "{4")
                        .containsPattern("[.。]");
                assertThat(reason.remedy(locale)).doesNotContain("null", "  ", "{");
            }
            assertThat(reason.text(Locale.CHINA)).isNotEqualTo(reason.text(Locale.ENGLISH));
        }
    }

    @Test
    void there_is_a_sample_of_every_reason() {
        Set<Class<?>> sampled = ALL.stream().map(Object::getClass).collect(Collectors.toSet());
        assertThat(sampled)
                .containsExactlyInAnyOrderElementsOf(Stream.of(Reason.class.getDeclaredClasses())
                        .filter(Reason.class::isAssignableFrom)
                        .toList());
    }

    @Test
    void says_what_is_so_and_what_to_do() {
        assertThat(text(new Reason.Ended(LibraryOnly.KEY, JobStatus.FAILED, NOON, "The printer's paper is {0}")))
                .isEqualTo("The job has failed at 2026-11-27T12:00:00Z. The printer's paper is {0}");
        assertThat(text(new Reason.Running(
                        LibraryOnly.KEY,
                        "w1",
                        Duration.ofSeconds(90),
                        Duration.ofSeconds(40),
                        Duration.ofMillis(12_345),
                        false)))
                .isEqualTo(
                        "The job has been running for 1 min 30 s, on worker w1, whose lease lasts 12.3 s more. Its row last changed 40.0 s ago."
                                + " → If it takes too long, give it a time limit, or cancel it.");
        assertThat(text(new Reason.QueuePaused(
                        LibraryOnly.KEY, "slow", new Pause(LibraryOnly.KEY, NOON, "ada", "no paper"))))
                .isEqualTo(
                        "The queue slow has been paused since 2026-11-27T12:00:00Z by ada. no paper → Resume the queue.");
        assertThat(text(new Reason.WorkersStopping(LibraryOnly.KEY, 1)))
                .isEqualTo("The only worker that would take the job is stopping. → Start a worker.");
        assertThat(text(new Reason.Behind(LibraryOnly.KEY, 1_000)))
                .startsWith("1,000 due jobs of its queue go first, if workers take them.");
        assertThat(text(new Reason.Behind(LibraryOnly.KEY, 7, Duration.ofMinutes(3))))
                .isEqualTo(
                        "7 due jobs of its queue go first, if workers take them. As the queue went in the last ten minutes,"
                                + " that takes about 3 min 0 s. → Wait, start another worker, or give the job a higher priority.");
        assertThat(text(new Reason.TypeLeft(LibraryOnly.KEY, "report", 1)))
                .startsWith(
                        "Left to workers that serve the type report: one living one. The other workers of the queue");
        assertThat(text(new Reason.TypeLeft(LibraryOnly.KEY, "report", 3))).contains(": 3 living ones.");
        assertThat(text(new Reason.WorkersDegraded(LibraryOnly.KEY, 1)))
                .isEqualTo("The worker that takes the job says that something is wrong with it."
                        + " → Look into the health and the log of these workers.");
    }

    private static String text(Reason reason) {
        return new Diagnosis(LibraryOnly.KEY, ID, NOON, List.of(reason), List.of()).toString();
    }

    @Test
    void both_languages_have_every_sentence() throws IOException {
        assertThat(keys("reasons_zh.properties")).isEqualTo(keys("reasons.properties"));
        assertThat(keys("reasons.properties"))
                .containsAll(Arrays.stream(Reason.NotDue.Cause.values())
                        .map(cause -> "NotDue." + cause)
                        .toList());
    }

    private static Set<String> keys(String file) throws IOException {
        Properties sentences = new Properties();
        try (InputStreamReader reader = new InputStreamReader(
                Objects.requireNonNull(Reason.class.getResourceAsStream("/io/forthwith/text/" + file)),
                StandardCharsets.UTF_8)) {
            sentences.load(reader);
        }
        return sentences.stringPropertyNames();
    }

    @Test
    void texts_of_others_stay_in_one_line_and_are_cut() {
        String hostile = "a\nb\u202ec" + "x".repeat(600);
        for (Locale language : List.of(Locale.ENGLISH, Locale.CHINESE)) {
            for (Reason reason : List.of(
                    new Reason.Ended(LibraryOnly.KEY, JobStatus.FAILED, NOON, hostile),
                    new Reason.QueueUnserved(LibraryOnly.KEY, "q", List.of(hostile)))) {
                assertThat(reason.text(language) + reason.remedy(language))
                        .contains("a")
                        .doesNotContain("\n", "\u202e", "x".repeat(500));
            }
        }
    }
}
