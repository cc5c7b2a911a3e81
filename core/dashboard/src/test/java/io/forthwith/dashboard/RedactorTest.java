package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.dashboard.internal.job.JobTab;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.count.JobFailures;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@DisplayName("The redactor of a dashboard")
class RedactorTest {
    private static final String SECRET = "k17zz";
    private static final JobType<String> SHIP = JobType.of("ship", String.class);
    private static final LimitKey TENANT = new LimitKey("tenant", "t-" + SECRET);
    private static final NewJob ALBUM = NewJob.of(JobType.of("album"));
    private static final Access ALL = Access.view("ada").payloads().actOnJobs().actOnQueues();

    private final Stand stand = new Stand();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final List<Logger> logs = Stream.of("io.forthwith.dashboard", "io.forthwith.dashboard.audit")
            .map(name -> (Logger) LoggerFactory.getLogger(name))
            .toList();
    private final Pages pages = pages(text -> text.replace(SECRET, "***"));
    private UUID failed;

    private Pages pages(UnaryOperator<String> redactor) {
        return Pages.of(
                Stand.dashboard(stand.store, stand.clock).access(request -> ALL).redactor(redactor));
    }

    /** Takes a step, and fails. */
    private static final class Ship extends BaseProcessor<String, String> {
        private final Step<String> charge =
                step("charge-" + SECRET, String.class).undo((result, key) -> {});

        Ship() {
            super(SHIP);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            job.run(charge, "part-" + SECRET, key -> "done");
            throw JobException.permanent("code-" + SECRET, "It broke by " + SECRET);
        }
    }

    @BeforeEach
    void fill() {
        lines.start();
        logs.forEach(log -> log.addAppender(lines));
        stand.jobs.limits().put(Limit.of("tenant").concurrency(1));
        failed = stand.jobs
                .enqueue(job().metadata("name-" + SECRET, "value-" + SECRET))
                .id();
        stand.jobs.enqueueAll(List.of(ALBUM, NewJob.of(SHIP, "x").parent(ALBUM)));
        Worker.of(stand.store, ProcessorRegistry.of(new Ship())).build().drain();
        stand.jobs.enqueue(job());
        stand.jobs.limits().pause(TENANT, Pause.by("ada"));
        stand.jobs.enqueue(NewJob.of(SHIP, "x").limit("tenant", "t-" + SECRET));
        stand.jobs.enqueue(NewJob.of(SHIP, "x").fairBy("f-" + SECRET));
        Instant at = stand.clock.instant().minusSeconds(120);
        stand.store
                .outcomes()
                .orElseThrow()
                .record(
                        UUID.randomUUID(),
                        List.of(),
                        List.of(new JobFailures(
                                "f1", "ship", "code-" + SECRET, null, "It broke by " + SECRET, 20, 0, failed, at, at)));
        stand.ended("default", "ship", JobOutcomes.Outcome.FAILED, 20, 2);
        stand.jobs
                .schedules()
                .put(Schedule.of("nightly", SHIP, "x")
                        .every(Duration.ofHours(1))
                        .job(job -> job.limit("tenant", "t-" + SECRET)));
        stand.jobs.schedules().runNow("nightly");
        String text = "text-" + SECRET;
        stand.store.audit().orElseThrow().record(new Author("ada", text, text), text, List.of(text), text);
        stand.store
                .acts()
                .orElseThrow()
                .begin(new NewAct(
                        UUID.randomUUID(),
                        Deed.retry(),
                        JobQuery.all().queue("q-" + SECRET),
                        null,
                        null,
                        new Author("ada", text, text)));
    }

    private static NewJob job() {
        return NewJob.of(SHIP, "x")
                .uniqueKey("order-" + UUID.randomUUID() + SECRET)
                .sequence("film:" + SECRET);
    }

    @AfterEach
    void stopListening() {
        logs.forEach(log -> log.detachAppender(lines));
    }

    private List<String> addresses() {
        List<String> all = new ArrayList<>();
        Dashboard.PAGES.stream().filter(Page::isInNavigation).map(Page::path).forEach(all::add);
        stand.jobs.scan(JobQuery.all()).forEach(job -> {
            for (JobTab tab : JobTab.values()) {
                all.add("job?id=" + job.id() + "&tab=" + tab.name().toLowerCase(Locale.ROOT));
            }
        });
        all.addAll(List.of(
                "family?id=" + ALBUM.id(),
                "queues?name=default",
                "runs?name=nightly",
                "limits?name=tenant",
                "limits?name=sequence",
                "limits?name=fair",
                "failures?span=24h",
                "failures?type=ship",
                "failures?cause=f1",
                "act?do=skip&id=" + failed,
                "act?do=retry&id=" + failed,
                "export.csv",
                "export.ndjson"));
        return all;
    }

    @Test
    @DisplayName(
            "has codes, names of steps, unique keys, keys of limits and sequences, and metadata, on every page and in every file")
    void all() {
        for (String address : addresses()) {
            assertThat(pages.text(address)).as(address).doesNotContain(SECRET);
        }

        assertThat(pages.words("job?tab=attempts&id=" + failed)).contains("code-***", "film:***");
        assertThat(pages.words("job?tab=steps&id=" + failed)).contains("charge-***", "part-***");
        assertThat(pages.words("job?tab=facts&id=" + failed)).contains("name-***", "value-***", "order-", "***");
        assertThat(pages.words("jobs")).contains("code-***");
        assertThat(pages.words("failures")).contains("code-***", "It broke by ***");
        assertThat(pages.words("family?id=" + ALBUM.id())).contains("It broke by ***");
        assertThat(pages.words("job?tab=family&id=" + ALBUM.id())).contains("It broke by ***");
        assertThat(pages.words("acts")).contains("text-***", "q-***");
        assertThat(pages.words("audit")).contains("text-***");
        assertThat(pages.words("limits")).contains("t-***", "film:***", "f-***");
        assertThat(pages.words("schedules")).contains("tenant:t-***");
        assertThat(pages.text("export.csv")).contains("code-***");
        assertThat(pages.words("")).contains("code-***", "film:***");
        assertThat(pages(UnaryOperator.identity()).text("jobs")).contains("jobs?code=code-" + SECRET);
    }

    @Test
    @DisplayName("has a key also where its name is written, and forms for those who know it go on")
    void known() {
        String page = pages.text("limit?key=" + TENANT.text());

        assertThat(Pages.wordsOf(page)).contains("tenant:t-***").doesNotContain(SECRET);
        assertThat(pages.post("act?do=resume-limit&key=" + TENANT.text(), "").headers())
                .containsEntry("Location", "limits?name=tenant");
        assertThat(stand.jobs.limits().state(TENANT).pause()).isNull();
    }

    @Test
    @DisplayName("has metadata with its name, which tells that a value is a secret")
    void metadata() {
        UUID id = stand.jobs
                .enqueue(NewJob.of(SHIP, "x").metadata("api_key", "k-99").metadata("tenant", "k-99"))
                .id();
        Pages redacted = pages(text -> text.replaceAll("(?i)(api[_-]?key\\W{1,5})[\\w-]+", "$1***"));

        assertThat(redacted.text("job?tab=facts&id=" + id))
                .containsPattern("api_key</bdi></th><td[^>]*><bdi>\\*\\*\\*<")
                .containsPattern("tenant</bdi></th><td[^>]*><bdi>k-99<");
    }

    @Test
    @DisplayName("has what goes to the log: what an act was about, what came of it, and messages of exceptions")
    void logged() {
        pages.post("act?do=pause-limit&key=" + TENANT.text(), "");
        pages.post("act?do=retry&code=code-" + SECRET + "&until=2000-01-01T00:00:00Z", "expected=1&confirm=1");
        Pages.of(Stand.dashboard(Stand.answering(stand.store, (call, arguments) -> {
                            if (call.equals("search")) {
                                throw new JobStoreException(
                                        JobStoreException.Kind.PERMANENT,
                                        "broken by " + SECRET,
                                        new IllegalStateException(SECRET));
                            }
                            return null;
                        }))
                        .access(request -> ALL)
                        .redactor(text -> text.replace(SECRET, "***")))
                .get("jobs");

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.startsWith("ada: pause-limit tenant:t-***: "));
        assertThat(lines.list).anySatisfy(event -> {
            assertThat(event.getThrowableProxy()).isNotNull();
            assertThat(event.getThrowableProxy().getMessage()).contains("broken by ***");
            assertThat(event.getThrowableProxy().getCause().getMessage())
                    .contains("***")
                    .doesNotContain(SECRET);
        });
        assertThat(lines.list).extracting(ILoggingEvent::getFormattedMessage).noneMatch(line -> line.contains(SECRET));
    }
}
