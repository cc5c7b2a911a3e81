package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.page.WorkersPage;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The page of workers")
class WorkersPageTest {
    private static final Duration LEASE = Duration.ofSeconds(20);
    private final Stand stand = new Stand();

    private String worker(String name) {
        String page = stand.page("workers");
        int begin = page.lastIndexOf("<section", page.indexOf("<bdi>" + name + "</bdi>"));
        return Stand.words(page.substring(begin, page.indexOf("</section>", begin)));
    }

    @Test
    @DisplayName("shows how to start one if there is none")
    void none() {
        assertThat(stand.text("workers")).contains("Worker worker = Worker.of(store, processors)");
    }

    @Test
    @DisplayName("shows where a worker runs, how busy it is, and until when its lease lasts")
    void facts() {
        WorkerInfo info = stand.worker(
                "one", ReadModelFactory.workerServes(List.of("film"), List.of("mail"), true, 4), "1.2", LEASE);
        stand.later(Duration.ofSeconds(10));
        stand.store.beat(info.id(), LEASE, ReadModelFactory.workerLoad(3, false));
        stand.later(Duration.ofSeconds(5));

        assertThat(worker("one"))
                .contains("one ● alive", "3 / 4 slots", "host · process 7", "Version 1.2", "Started 15 s ago")
                .contains("Heartbeat 5 s ago", "Lease left 15 s", "Queues film", "Types mail")
                .contains("It leaves jobs of other types to other workers");
        assertThat(stand.text("workers")).contains("1 worker is alive, 3 of 4 slots busy");
        assertThat(stand.page("workers")).contains("<progress max=\"100\" value=\"75\"");
    }

    @Test
    @DisplayName(
            "says in words that a worker is silent, stops, or says that something is wrong with it; the silent ones first")
    void states() {
        stand.worker("b-dead", null, "1.0", LEASE);
        stand.load(stand.worker("c-degraded", List.of(), List.of()), ReadModelFactory.workerLoad(0, false, true));
        stand.load(stand.worker("d-stopping", List.of(), List.of()), ReadModelFactory.workerLoad(0, true, false));
        stand.worker("a-well", List.of(), List.of());
        stand.later(Duration.ofMinutes(1));

        assertThat(stand.text("workers"))
                .containsSubsequence(
                        "3 workers are alive",
                        "1 worker is silent",
                        "b-dead ✕ silent",
                        "Lease left over 40 s ago",
                        "c-degraded ⚠ something is wrong",
                        "d-stopping ◇ stopping",
                        "a-well ● alive");
    }

    @Test
    @DisplayName("a worker that missed three heartbeats of its own is late, though its lease is good, and a concern")
    void late() {
        stand.worker("slow", null, "1.0", Duration.ofHours(1));
        stand.later(Duration.ofMinutes(44));
        assertThat(worker("slow")).contains("● alive");
        assertThat(stand.concerns().toString()).doesNotContain("slow");

        stand.later(Duration.ofMinutes(6));
        assertThat(worker("slow"))
                .contains("⚠ late: silent for 50 min")
                .doesNotContain("alive")
                .contains("Lease left 10 min");
        assertThat(stand.text("")).contains("Worker slow has been silent for 50 min");
        assertThat(stand.text("workers?lang=zh")).contains("已有 50 分钟 没有心跳");
    }

    @Test
    @DisplayName("marks versions if several are alive")
    void versions() {
        stand.worker("one", null, "1.0", Duration.ofDays(1));
        assertThat(stand.text("workers")).contains("Version 1.0").doesNotContain("versions are alive");

        stand.worker("two", null, "1.1", Duration.ofDays(1));
        assertThat(stand.text("workers")).contains("Workers of 2 versions are alive 1.0, 1.1", "Version ⚠ 1.0");
    }

    @Test
    @DisplayName("folds many queues and types")
    void folds() {
        List<String> many = IntStream.range(0, 6).mapToObj(i -> "q" + i).toList();
        stand.worker("one", many, List.of("mail", "film"));

        assertThat(stand.page("workers"))
                .contains("<summary>6 queues</summary>")
                .doesNotContain("2 types");
    }

    @Test
    @DisplayName("shows the jobs that a worker runs, longest first, ten at the most")
    void runs() {
        UUID first = stand.running();
        stand.later(Duration.ofSeconds(30));
        IntStream.range(0, 10).forEach(i -> stand.running());
        stand.later(Duration.ofSeconds(20));

        String page = stand.page("workers");

        assertThat(Stand.words(page)).contains("1 more job runs on it").doesNotContain("not registered");
        assertThat(page.indexOf("job?id=")).isEqualTo(page.indexOf("job?id=" + first));
        assertThat(page.split("job\\?id=", -1)).hasSize(11);
        assertThat(Stand.words(page)).contains("shot_video_generation 50 s ago");
    }

    @Test
    @DisplayName("shows jobs of workers that are not registered, unless they have just begun")
    void strangers() {
        UUID id = stand.running();
        stand.store.deregister(stand.store.find(id).orElseThrow().workerId());
        assertThat(stand.text("workers")).doesNotContain("not registered");

        stand.later(Duration.ofMinutes(1));
        assertThat(stand.text("workers")).contains("Jobs of workers that are not registered");
        assertThat(stand.page("workers")).contains("job?id=" + id);
    }

    @Test
    @DisplayName("shows a real worker with the job that it runs")
    void realWorker() {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        CountDownLatch latch = new CountDownLatch(1);
        ProcessorRegistry processors = ProcessorRegistry.of().with(Stand.MAIL, context -> {
            context.progress(40, "page 4");
            latch.await();
            return "sent";
        });
        try (Worker worker = Worker.of(store, processors).name("real").start()) {
            UUID id = jobs.enqueue(NewJob.of(Stand.MAIL, "x")).id();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> jobs.find(id).orElseThrow().status() == JobStatus.PROCESSING);
            Pages pages = Pages.of(store);

            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(pages.text("workers"))
                            .contains("<bdi>real</bdi>", "job?id=" + id, "<bdi>page 4</bdi>", "value=\"40\""));
            latch.countDown();
        }
    }

    @Test
    @DisplayName("shows the workers of one queue")
    void ofQueue() {
        stand.worker("one", List.of("film"), List.of("mail"));
        stand.worker("two", List.of("mail"), List.of("mail"));

        assertThat(stand.text("workers?queue=film"))
                .contains("1 worker serves queue film", "one ● alive")
                .doesNotContain("two ● alive");
    }

    @Test
    @DisplayName("does not know the slots of a worker that does not say them")
    void doesNotSay() {
        stand.worker("old", null, null, Duration.ofDays(1));
        stand.worker("new", List.of("film"), List.of("mail"));

        assertThat(stand.text("workers")).contains("0 / ? slots", "It does not say", "0+ of 4+ slots busy");
    }

    @Test
    @DisplayName("shows names from the store as text")
    void hostile() {
        stand.worker("<script>x</script>\u202e", null, "1.0", Duration.ofDays(1));

        assertThat(stand.page("workers"))
                .contains("&lt;script&gt;x&lt;/script&gt;")
                .doesNotContain("<script>x")
                .doesNotContain("\u202e");
    }

    @Test
    @DisplayName("says that the store is too slow, not that no worker is registered")
    void tooSlow() {
        CountDownLatch latch = new CountDownLatch(1);
        stand.reading(Stand.waiting(stand.store, latch));
        View view = stand.view(Locale.ENGLISH, Duration.ZERO, text -> text);

        String text = Stand.words(new WorkersPage().content(view).body().toString());
        latch.countDown();

        assertThat(text).contains("did not answer within 2 s").doesNotContain("No worker is registered");
    }

    @Test
    @DisplayName("does not say that a worker is idle if the jobs that run could not be read")
    void runningUnknown() {
        stand.worker("one", List.of("film"), List.of("mail"));
        stand.reading(Stand.answering(stand.store, (call, arguments) -> {
            if (call.equals("search")) {
                throw new IllegalStateException("no connection");
            }
            return null;
        }));

        String text = Stand.words(new WorkersPage().content(stand.view()).body().toString());

        assertThat(text)
                .contains("Jobs that run: The store cannot be read", "one")
                .doesNotContain("It runs no job");
    }

    @Test
    @DisplayName("is closed to somebody who sees the jobs of one project only")
    void scoped() {
        stand.worker("secret", List.of("film"), List.of("mail"));

        DashboardResponse response = stand.get("workers", Access.view("me").onlyProject("p"));

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.text()).doesNotContain("secret");
    }

    @Test
    @DisplayName("speaks Chinese")
    void chinese() {
        stand.worker("one", List.of("film"), List.of("mail"));

        assertThat(stand.text("workers?lang=zh")).contains("1 个工作进程在线，4 个槽位中 0 个占用", "● 在线");
    }
}
