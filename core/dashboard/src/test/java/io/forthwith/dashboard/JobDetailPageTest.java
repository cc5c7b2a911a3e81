package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Processor;
import io.forthwith.Step;
import io.forthwith.UniqueKey;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.Claim;
import io.forthwith.store.StepName;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try") // a worker works without being mentioned
class JobDetailPageTest {
    private static final JobType<String> SHIP = JobType.of("order_ship", String.class);

    private static final JobType<String> MAIL = JobType.of("mail", String.class);
    private static final String HOSTILE = "<script>alert(1)</script>\u202egpj.exe";

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private Dashboard dashboard = Stand.dashboard(store).access(request -> Access.view("me"));

    @AfterEach
    void releaseJobs() {
        release.countDown();
    }

    private Worker worker(Processor processor) {
        return Worker.of(store, ProcessorRegistry.of().with(MAIL, processor))
                .name("worker-1")
                .concurrency(1)
                .pollInterval(Duration.ofMillis(100))
                .gracePeriod(Duration.ofMillis(200))
                .start();
    }

    private UUID ended(Processor processor) throws InterruptedException {
        try (Worker worker = worker(processor)) {
            UUID id = jobs.enqueue(NewJob.of(MAIL, "x")).id();
            jobs.await(id, Duration.ofMinutes(1));
            return id;
        }
    }

    private UUID until(UUID id, JobStatus status, int attempts) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> jobs.find(id)
                        .filter(job -> job.status() == status && begun.get() >= attempts)
                        .isPresent());
        return id;
    }

    private String text(UUID id) {
        return Pages.of(dashboard).words("job?id=" + id);
    }

    private String tab(UUID id, String tab) {
        return Pages.of(dashboard).text("job?id=" + id + "&tab=" + tab);
    }

    @Test
    @DisplayName("A failed job: after how many attempts, when, and the error; its attempt with class and folded trace")
    void failed() throws InterruptedException {
        UUID id = ended(job -> {
            throw JobException.permanent("refused", "The image service refused the API key")
                    .causedBy(new IllegalStateException("x"));
        });

        assertThat(text(id)).contains("Failed after 1 attempt, ", ": The image service refused the API key");
        assertThat(text(id))
                .contains("refused", "Attempt 1 failed with refused")
                .doesNotContain("Why it does not end");
        assertThat(tab(id, "attempts"))
                .contains("io.forthwith.JobException", "<details id=\"trace-1\">")
                .contains("t-run s-failed");
    }

    @Test
    @DisplayName("A completed job: how long it ran")
    void completed() throws InterruptedException {
        UUID id = ended(job -> "sent");

        assertThat(text(id)).containsPattern("Completed in \\d+ ms, now").contains("No attempt has failed.");
    }

    @Test
    @DisplayName(
            "A running job: for how long, where, how far, and what it does; then that its cancellation is requested")
    void running() {
        try (Worker worker = worker(job -> {
            job.progress(40, "frame 4");
            begun.incrementAndGet();
            waitUninterruptibly();
            return null;
        })) {
            UUID id = until(jobs.enqueue(NewJob.of(MAIL, "x")).id(), JobStatus.PROCESSING, 1);
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(
                            () -> assertThat(text(id)).containsPattern("Running for .* on worker-1, 40 %: frame 4"));
            assertThat(text(id))
                    .contains("whose lease lasts", "If it takes too long, give it a time limit, or cancel it.");

            jobs.cancel(id);

            assertThat(text(id)).containsPattern("Cancellation requested now; running for .* on worker-1");
            release.countDown();
            until(id, JobStatus.CANCELLED, 1);
            assertThat(text(id)).contains("Cancelled now, after 1 attempt");
        }
    }

    private void waitUninterruptibly() {
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                // A processor that does not stop when it is asked to.
            }
        }
    }

    @Test
    @DisplayName(
            "A job that waits for its next attempt: the attempt that failed, when the next one is due, and the error after redaction")
    void retried() {
        try (Worker worker = worker(job -> {
            begun.incrementAndGet();
            throw JobException.retryable("password=hunter2").after(Duration.ofHours(1));
        })) {
            UUID id = until(jobs.enqueue(NewJob.of(MAIL, "x")).id(), JobStatus.PENDING, 1);
            dashboard = dashboard.redactor(text -> text.replace("hunter2", "***"));

            assertThat(text(id))
                    .contains(
                            "Attempt 1 failed, the next one is due in ",
                            "password=***",
                            "Mend the cause, or it fails again.");
            for (String tab : List.of("attempts", "steps", "family", "payload", "facts")) {
                assertThat(tab(id, tab)).doesNotContain("hunter2");
            }
        }
    }

    @Test
    @DisplayName("A redactor that throws hides the texts, and the page still comes")
    void redactorThrows() throws InterruptedException {
        UUID id = ended(job -> {
            throw JobException.permanent("refused", "password=hunter2").causedBy(new IllegalStateException("hunter2"));
        });
        dashboard = dashboard.redactor(text -> {
            throw new IllegalStateException("broken");
        });

        assertThat(text(id)).contains("Failed after 1 attempt").doesNotContain("hunter2", "refused");
    }

    @Test
    @DisplayName("A postponed job: how often it was not ready, and what is missing")
    void postponed() {
        try (Worker worker = worker(job -> {
            begun.incrementAndGet();
            throw new NotReadyException(Duration.ofHours(1), "The invoice is not signed");
        })) {
            UUID id = until(jobs.enqueue(NewJob.of(MAIL, "x")).id(), JobStatus.PENDING, 1);

            assertThat(text(id))
                    .contains("Not ready once, looks again in ", ": The invoice is not signed", "Not ready, once");
        }
    }

    @Test
    @DisplayName("Jobs that were never run: due, for later, cancelled")
    void unrun() {
        UUID due = jobs.enqueue(NewJob.of(MAIL, "x")).id();
        UUID later =
                jobs.enqueue(NewJob.of(MAIL, "x").delay(Duration.ofHours(3))).id();
        UUID cancelled = jobs.enqueue(NewJob.of(MAIL, "x")).id();
        jobs.cancel(cancelled);

        assertThat(text(due))
                .containsPattern("Due for \\d+ ms, and not started yet")
                .contains("No living worker serves the queue default", "→ Start a worker.", "Is its queue paused?");
        assertThat(text(later)).contains("Enqueued for later: due in 2 h", "It starts by itself then.");
        assertThat(text(cancelled)).contains("Cancelled now, before it ran");
    }

    @Test
    @DisplayName("Jobs that wait for others: an open group, a parent, a finisher, a successor, each with its links")
    void waiting() {
        NewJob group = NewJob.of(JobType.of("group")).unsealed();
        NewJob parent = NewJob.of(JobType.of("parent"));
        NewJob child = NewJob.of(MAIL, "x").parent(parent);
        NewJob finisher = NewJob.of(MAIL, "x").finisherOf(parent);
        NewJob successor = NewJob.of(MAIL, "x").after(child);
        jobs.enqueueAll(List.of(group, parent, child, finisher, successor));

        assertThat(text(group.id())).contains("An open group: waits until it is sealed", "Call seal(id)");
        assertThat(text(parent.id())).contains("Waits for its children", "2 of 2 are open");
        assertThat(text(finisher.id())).contains("Waits until the other children of its parent have ended");
        assertThat(text(successor.id()))
                .contains("Waits for the jobs that come before it", "The job waits for one job that comes before it.");
        assertThat(Pages.of(dashboard).text("job?id=" + successor.id())).contains("href=\"job?id=" + child.id() + "\"");
        assertThat(tab(child.id(), "family")).contains("It is child number 1.", "href=\"job?id=" + parent.id() + "\"");
        assertThat(Pages.wordsOf(tab(parent.id(), "family"))).contains("mail finisher");
    }

    @Test
    @DisplayName("Steps: what became of each, and the undo job, which leads back; results only with the right")
    void steps() throws InterruptedException {
        UUID id;
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(new Ship()))
                .pollInterval(Duration.ofMillis(100))
                .start()) {
            id = jobs.enqueue(NewJob.of(SHIP, "x")).id();
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            jobs.steps(id).size() == 2 && jobs.steps(id).get(0).undoneAt() != null);
        }
        UUID undo = jobs.steps(id).get(0).undoJobId();

        assertThat(Pages.wordsOf(tab(id, "steps")))
                .contains("undone", "left as it is: it has no undo", "charge")
                .doesNotContain("receipt");
        assertThat(tab(id, "steps")).contains("href=\"job?id=" + undo);
        assertThat(Pages.of(dashboard).text("job?id=" + undo)).contains("Undoes job", "href=\"job?id=" + id + "\"");
        dashboard = dashboard.access(request -> Access.view("me").payloads());
        assertThat(tab(id, "steps")).contains("receipt");
    }

    @Test
    @DisplayName("The step that did not finish stands first, then the one that took longest, with bars in one scale")
    void stepsWorstFirst() {
        Stand stand = new Stand();
        NewJob job = stand.rows.job();
        stand.rows.add(job);
        Job running = stand.rows.running(job);
        for (Map.Entry<String, Integer> step :
                List.of(Map.entry("load", 1), Map.entry("render", 8), Map.entry("send", 4))) {
            StepName name = new StepName(step.getKey(), "");
            stand.store.beginStep(Claim.of(running), name, false);
            stand.later(Duration.ofSeconds(step.getValue()));
            if (!step.getKey().equals("send")) {
                stand.rows.finish(running, name, null);
            }
        }
        String page = "job?tab=steps&id=" + job.id();
        assertThat(stand.text(page)).containsSubsequence("render", "send", "begun", "load");
        stand.rows.fail(running);

        String html = stand.page(page);

        assertThat(html.substring(html.indexOf("id=\"steps\"")))
                .containsSubsequence(
                        "send",
                        "did not finish",
                        "<svg class=\"length s-failed\"",
                        "width=\"50\"",
                        "render",
                        "finished",
                        "width=\"100\"",
                        "load",
                        "width=\"12.5\"");
    }

    @Test
    @DisplayName("Inputs and results are shown to those who have the right, and only in their tab")
    void payloads() throws InterruptedException {
        UUID id;
        try (Worker worker = worker(job -> List.of(1, 2))) {
            id = jobs.enqueue(NewJob.of(MAIL, "secret </pre><script>")).id();
            jobs.await(id, Duration.ofMinutes(1));
        }
        assertThat(tab(id, "payload"))
                .contains("your access lacks the right to payloads")
                .doesNotContain("secret", "<pre");

        dashboard = dashboard.access(request -> Access.view("me").payloads());

        assertThat(tab(id, "payload"))
                .contains("&quot;secret &lt;/pre&gt;&lt;script&gt;&quot;")
                .contains("[\n  1,\n  2\n]");
        for (String tab : List.of("attempts", "steps", "family", "facts")) {
            assertThat(tab(id, tab)).doesNotContain("secret");
        }
    }

    @Test
    @DisplayName("A large input is cut at 64 KiB after the redactor had the whole of it")
    void largeInput() {
        UUID id = jobs.enqueue(NewJob.of(MAIL, "y".repeat(200_000))).id();
        AtomicInteger given = new AtomicInteger();
        dashboard = dashboard.access(request -> Access.view("me").payloads()).redactor(text -> {
            given.accumulateAndGet(text.length(), Math::max);
            return text;
        });

        String page = tab(id, "payload");

        assertThat(given).hasValue(200_002);
        assertThat(page).contains("Only the first 64 KiB of 200,002 characters are shown.");
        assertThat(page.length()).isLessThan(90_000);
    }

    @Test
    @DisplayName("Hostile texts are shown as texts in every tab")
    void hostile() throws InterruptedException {
        UUID id;
        try (Worker worker = worker(job -> {
            throw JobException.permanent("refused", HOSTILE + "\u0007").causedBy(new IllegalStateException(HOSTILE));
        })) {
            id = jobs.enqueue(NewJob.of(MAIL, HOSTILE)
                            .user(HOSTILE)
                            .project(HOSTILE)
                            .metadata("key", HOSTILE))
                    .id();
            jobs.await(id, Duration.ofMinutes(1));
        }
        dashboard = dashboard.access(request -> Access.view("me").payloads());

        for (String tab : List.of("attempts", "steps", "family", "payload", "facts")) {
            assertThat(tab(id, tab))
                    .doesNotContain("<script>", "\u202e", "\u0007")
                    .contains("‹U+202E›");
        }
        assertThat(tab(id, "facts")).contains("user=%3Cscript%3E");
    }

    @Test
    @DisplayName("A job of another user does not exist for a viewer of one user, in no tab")
    void scope() {
        UUID mine = jobs.enqueue(NewJob.of(MAIL, "x").user("me")).id();
        UUID theirs = jobs.enqueue(
                        NewJob.of(JobType.of("salary_raise", String.class), "x").user("other"))
                .id();
        UUID nobodys = jobs.enqueue(NewJob.of(MAIL, "x")).id();
        dashboard = dashboard.access(request -> Access.view("me").payloads().onlyUser("me"));

        assertThat(Pages.of(dashboard).get("job?id=" + mine).status()).isEqualTo(200);
        for (UUID id : List.of(theirs, nobodys)) {
            assertThat(Pages.of(dashboard).get("job?id=" + id + "&tab=payload").status())
                    .isEqualTo(404);
            assertThat(Pages.of(dashboard).text("job?id=" + id)).doesNotContain("salary_raise");
            assertThat(Pages.of(dashboard).get("family?id=" + id).status()).isEqualTo(404);
        }
    }

    @Test
    @DisplayName(
            "The reasons say nothing about jobs of others: what keeps the slots busy, what comes before, who paused")
    void scopedReasons() {
        JobType<String> foreign = JobType.of("salary_raise", String.class);
        UUID theirs;
        try (Worker worker = Worker.of(
                        store,
                        ProcessorRegistry.of()
                                .with(foreign, job -> {
                                    begun.incrementAndGet();
                                    waitUninterruptibly();
                                    return null;
                                })
                                .with(MAIL, job -> null))
                .concurrency(1)
                .gracePeriod(Duration.ofMillis(200))
                .start()) {
            theirs = until(jobs.enqueue(NewJob.of(foreign, "x").user("other")).id(), JobStatus.PROCESSING, 1);
            UUID mine = jobs.enqueue(NewJob.of(MAIL, "x").user("me")).id();
            NewJob before = NewJob.of(foreign, "x").user("other");
            NewJob after = NewJob.of(MAIL, "x").user("me").after(before);
            jobs.enqueueAll(List.of(before, after));
            assertThat(Pages.of(dashboard).text("job?id=" + mine)).contains(theirs.toString(), "salary_raise");
            jobs.pauseQueue("default", Pause.by("the-boss").because("because"));
            Dashboard narrow = dashboard.access(request -> Access.view("me").onlyUser("me"));

            assertThat(Pages.of(narrow).text("job?id=" + mine))
                    .contains("The only slot", "has been paused since")
                    .doesNotContain(theirs.toString(), "salary_raise", "the-boss");
            for (String tab : List.of("attempts", "family")) {
                assertThat(Pages.of(narrow).text("job?id=" + after.id() + "&tab=" + tab))
                        .contains("The job waits for one job that comes before it.")
                        .doesNotContain(before.id().toString(), "salary_raise");
            }
            release.countDown();
        }
    }

    @Test
    @DisplayName("A job that is not there: 404, and what may have become of it")
    void notFound() {
        String address = "job?id=0198c0de-0000-7000-8000-000000000000";

        assertThat(Pages.of(dashboard).get(address).status()).isEqualTo(404);
        assertThat(Pages.of(dashboard).words(address))
                .contains("There is no job with this id.", "may not be committed", "purged", "deleted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"job", "job?id=", "job?id=1-1-1-1-1", "job?id=<script>", "family?id=x", "family"})
    @DisplayName("An address without a proper id: 400, and what an id looks like")
    void malformed(String address) {
        assertThat(Pages.of(dashboard).get(address).status()).isEqualTo(400);
        assertThat(Pages.of(dashboard).text(address))
                .contains("32 hexadecimal digits")
                .doesNotContain("<script>");
    }

    @Test
    @DisplayName("Jobs of others that come after it do not take the places of those that the viewer may see")
    void successorsOfOthers() {
        NewJob first = NewJob.of(MAIL, "x").user("me");
        List<NewJob> all = new ArrayList<>(List.of(first));
        for (int i = 0; i < 25; i++) {
            all.add(NewJob.of(MAIL, "x").user("other").after(first));
        }
        NewJob mine = NewJob.of(MAIL, "x").user("me").after(first);
        all.add(mine);
        jobs.enqueueAll(all);
        Dashboard narrow = dashboard.access(request -> Access.view("me").onlyUser("me"));
        String address = "job?tab=family&id=" + first.id();

        assertThat(Pages.of(narrow).text(address))
                .contains(mine.id().toString())
                .doesNotContain(all.get(1).id().toString(), "These are the first 20");
        assertThat(Pages.of(dashboard).text(address))
                .contains(all.get(1).id().toString(), "These are the first 20")
                .doesNotContain(mine.id().toString());
    }

    @Test
    @DisplayName("The facts say until when it must start, and for how long it has its unique key")
    void deadlineAndKey() {
        UUID started = jobs.enqueue(NewJob.of(MAIL, "x")
                        .expiresAfter(Duration.ofHours(2))
                        .uniqueKey(UniqueKey.of("board-7").untilStarted()))
                .id();
        UUID period = jobs.enqueue(
                        NewJob.of(SHIP, "x").uniqueKey(UniqueKey.of("board-8").forPeriod(Duration.ofDays(1))))
                .id();
        String expiresAt = jobs.find(started)
                .orElseThrow()
                .expiresAt()
                .toString()
                .replace('T', ' ')
                .substring(0, 19);

        assertThat(words("job?tab=facts&id=" + started))
                .containsPattern("Must start before\\s*" + expiresAt + "\\S* UTC\\s+in ")
                .contains("board-7 (until it has started)");
        assertThat(words("job?tab=facts&lang=zh&id=" + started))
                .containsPattern("最迟开始\\s*" + expiresAt)
                .contains("board-7 (直到开始)");
        assertThat(words("job?tab=facts&id=" + period))
                .containsPattern("Must start before\\s*–")
                .contains("board-8 (for a time)");
        assertThat(words("job?tab=facts&lang=zh&id=" + period)).contains("board-8 (一段时间内)");
    }

    private String words(String address) {
        return Pages.of(dashboard).words(address);
    }

    @Test
    @DisplayName("In Chinese")
    void chinese() {
        UUID id = jobs.enqueue(NewJob.of(MAIL, "x")).id();

        assertThat(Pages.of(dashboard).words("job?lang=zh&id=" + id))
                .contains("尚未开始", "没有运行中的工作进程处理队列 default", "为何尚未结束");
        assertThat(Pages.of(dashboard).text("job?lang=zh&id=" + id)).contains("tab=facts&amp;lang=zh");
    }

    /** Charges, which is undone when the job fails, and packs, which is not. */
    private static final class Ship extends BaseProcessor<String, String> {
        private final Step<String> charge = step("charge", String.class).undo((result, key) -> {});
        private final Step<String> pack = step("pack", String.class);

        Ship() {
            super(SHIP);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            job.run(charge, key -> "{\"receipt\":12}");
            job.run(pack, key -> "box");
            throw JobException.permanent("no_carrier", "No carrier takes this parcel");
        }
    }

    @Test
    @DisplayName(
            "A job of a sequence: in which one, and what happens after a failure; without the limit that it is under")
    void sequence() {
        UUID skips = jobs.enqueue(NewJob.of(MAIL, "x").sequence("film:42", SequenceFailurePolicy.SKIP))
                .id();
        UUID cancels = jobs.enqueue(NewJob.of(MAIL, "x").sequence("film:42", SequenceFailurePolicy.CANCEL_REST))
                .id();
        UUID blocks = jobs.enqueue(NewJob.of(MAIL, "x").sequence("film:42").limit("tenant", "acme"))
                .id();

        assertThat(text(skips))
                .contains("In the sequencefilm:42 · after a failure the next one runs")
                .doesNotContain("sequence:film:42");
        assertThat(text(cancels)).contains("film:42 · after a failure all behind it are cancelled");
        assertThat(text(blocks))
                .contains("film:42 · after a failure the others wait", "Limitstenant:acme")
                .doesNotContain("blocks the others");
        assertThat(Pages.of(dashboard).text("job?id=" + blocks)).contains("href=\"limit?key=sequence%3Afilm%3A42\"");
        assertThat(Pages.of(dashboard).words("job?lang=zh&id=" + cancels)).contains("失败后取消其后的所有任务");
    }

    @Test
    @DisplayName(
            "A job behind another one of its sequence: links to that job and to the sequence, for those who see all jobs")
    void behindInSequence() {
        UUID first = jobs.enqueue(NewJob.of(MAIL, "x").user("other").sequence("film:42"))
                .id();
        UUID second =
                jobs.enqueue(NewJob.of(MAIL, "x").user("u").sequence("film:42")).id();

        String html = Pages.of(dashboard).text("job?id=" + second);

        assertThat(Pages.wordsOf(html)).contains("The job waits in the sequence film:42 behind another one.");
        assertThat(html)
                .contains("href=\"job?id=" + first + "\"")
                .containsPattern("▸</span> Does a limit or a sequence hold it up\\?");
        assertThat(html.split("href=\"limit\\?key=sequence%3Afilm%3A42\"", -1)).hasSize(3);
        String narrow = Pages.of(store).as(Access.view("eve").onlyUser("u")).text("job?id=" + second);
        assertThat(Pages.wordsOf(narrow)).contains("in the sequence film:42 behind another one.");
        assertThat(narrow).doesNotContain(first.toString(), "limit?key=");
    }

    @Test
    @DisplayName(
            "A failed job that blocks its sequence: says so, and lets those who act on queues have the others pass")
    void blocksSequence() throws InterruptedException {
        UUID id;
        try (Worker worker = worker(job -> {
            throw JobException.permanent("refused", "no");
        })) {
            id = jobs.enqueue(NewJob.of(MAIL, "x").user("u").sequence("film:42"))
                    .id();
            jobs.await(id, Duration.ofMinutes(1));
        }
        Pages pages = Pages.of(store);
        String address = "job?id=" + id;

        assertThat(pages.text(address)).contains("blocks the others").doesNotContain("act?do=");
        assertThat(pages.as(Access.view("me").actOnQueues()).text(address))
                .contains("act?do=skip&amp;id=" + id)
                .doesNotContain("act?do=retry");
        assertThat(pages.as(Access.view("me").actOnJobs().actOnQueues()).text(address))
                .contains("act?do=skip&amp;id=" + id, "act?do=retry");
        assertThat(pages.as(Access.view("me").actOnJobs().actOnQueues().onlyUser("u"))
                        .text(address))
                .contains("act?do=retry")
                .doesNotContain("act?do=skip", "limit?key=");
        store.limits().orElseThrow().skip(id);
        assertThat(pages.as(Access.view("me").actOnQueues()).text(address))
                .contains("after a failure the next one runs")
                .doesNotContain("act?do=skip", "blocks the others");
    }
}
