package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.dashboard.internal.view.Concerns;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.JobStore;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What somebody has to look after")
class ConcernsTest {
    private static final Duration LEASE = Duration.ofSeconds(20);
    private final Stand stand = new Stand();

    private List<String> needs() {
        View view = stand.view();
        return stand.concerns().list().stream()
                .map(concern -> text(concern, view))
                .toList();
    }

    private List<String> notes() {
        View view = stand.view();
        return stand.concerns().notes().stream()
                .map(concern -> text(concern, view))
                .toList();
    }

    @Test
    @DisplayName("nothing is wrong with an empty store")
    void empty() {
        Concerns concerns = stand.concerns();

        assertThat(concerns.list()).isEmpty();
        assertThat(concerns.notes()).isEmpty();
        assertThat(concerns.tone()).isEqualTo("good");
        assertThat(concerns.sentence(stand.view())).isEqualTo("All is well");
    }

    @Test
    @DisplayName("no worker is alive while jobs are due")
    void noWorker() {
        stand.enqueue("mail", "default");
        assertThat(needs()).containsExactly("No worker is alive, and 1 job is due");
        assertThat(stand.concerns().sentence(stand.view())).isEqualTo("1 thing needs you");

        stand.enqueue("mail", "default");
        stand.later(LEASE);
        assertThat(needs()).containsExactly("No worker is alive, and 2 jobs are due");

        stand.worker("one", List.of("default"), List.of("mail"));
        stand.later(LEASE);
        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("no worker serves a queue in which jobs are due")
    void unserved() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.enqueue("mail", "report");
        assertThat(needs()).containsExactly("No worker serves queue report, where 1 job is due");

        stand.worker("two", List.of("report"), List.of("mail"));
        stand.later(LEASE);
        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("a job has waited longer than when it was read, if the store does not answer any more")
    void oldUnread() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.enqueue("mail", "default");
        stand.later(Duration.ofMinutes(19));
        AtomicBoolean isAway = new AtomicBoolean();
        stand.reading(Stand.answering(stand.store, (call, arguments) -> {
            if (call.equals("queues") && isAway.get()) {
                throw new IllegalStateException("away");
            }
            return null;
        }));
        assertThat(needs()).containsExactly("Queue default: a job has waited for 19 min");

        isAway.set(true);
        stand.later(Duration.ofMinutes(35));
        assertThat(needs()).containsExactly("Queue default: a job has waited for 54 min");
    }

    @Test
    @DisplayName("a job has waited for long where no worker serves its queue: that is one thing, not two")
    void unservedForLong() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.enqueue("mail", "report");
        stand.later(Duration.ofMinutes(6));

        assertThat(needs()).containsExactly("No worker serves queue report, where 1 job is due");
    }

    @Test
    @DisplayName("a worker that does not say what it serves may serve any queue, and know any type")
    void doesNotSay() {
        stand.worker("old", null, null, Duration.ofDays(1));
        stand.enqueue("unheard", "report");
        stand.later(Duration.ofMinutes(2));

        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("a worker is silent when its lease has ended")
    void silent() {
        stand.worker("one", null, "1.0", LEASE);
        stand.later(Duration.ofSeconds(10));
        assertThat(needs()).isEmpty();

        stand.later(LEASE);
        assertThat(needs()).containsExactly("Worker one has been silent for 30 s");
    }

    @Test
    @DisplayName("a worker says that something is wrong with it")
    void degraded() {
        WorkerInfo worker = stand.worker("one", List.of(), List.of());
        stand.load(worker, ReadModelFactory.workerLoad(0, true, false));
        assertThat(needs()).isEmpty();

        stand.load(worker, ReadModelFactory.workerLoad(0, false, true));
        stand.later(LEASE);
        assertThat(needs()).containsExactly("Worker one says that something is wrong with it");
    }

    @Test
    @DisplayName("no worker has a processor for a type that has been due for a minute")
    void unknownType() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.enqueue("raport", "default");
        stand.enqueue("mail", "default");
        stand.later(Duration.ofMinutes(2));
        assertThat(needs()).containsExactly("No worker has a processor for type raport");

        stand.worker("two", List.of("default"), List.of("raport"));
        stand.later(LEASE);
        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("a job has waited for five minutes, unless its queue is paused: then that is a note")
    void old() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.enqueue("mail", "default");
        stand.later(Duration.ofMinutes(4));
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofMinutes(2));
        assertThat(needs()).containsExactly("Queue default: a job has waited for 6 min");
        assertThat(notes()).isEmpty();

        stand.jobs.pauseQueue("default", Pause.by("anna").because("broken"));
        stand.later(LEASE);
        assertThat(needs()).isEmpty();
        assertThat(notes()).containsExactly("Queue default is paused, and 1 job is due in it");
    }

    @Test
    @DisplayName("a queue that is paused and empty is no note")
    void pausedAndEmpty() {
        stand.jobs.pauseQueue("default", Pause.by("anna").because("broken"));

        assertThat(notes()).isEmpty();
    }

    @Test
    @DisplayName("an undo job has waited for five minutes")
    void undo() {
        stand.rows.failedAfterCharge();
        stand.worker("one", null, "1.0", Duration.ofDays(1));
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofMinutes(6));
        assertThat(needs()).contains("Undo of shot_video_generation: a job has waited for 6 min");
    }

    @Test
    @DisplayName("more than a fifth of the jobs that ended in the last hour failed, and not only a few")
    void failures() {
        stand.ended("default", "mail", Outcome.COMPLETED, 20, 5);
        stand.ended("default", "mail", Outcome.FAILED, 5, 5);
        assertThat(needs()).isEmpty();

        stand.ended("default", "mail", Outcome.FAILED, 1, 4);
        stand.later(LEASE);
        assertThat(needs()).containsExactly("6 of 26 jobs that ended in the last hour failed");
    }

    @Test
    @DisplayName("every attempt of a type fails, though no job has failed for good")
    void attempts() {
        stand.ended("pay", "capture_payment", Outcome.RETRIED, 300, 2);
        stand.ended("default", "mail", Outcome.COMPLETED, 500, 2);
        assertThat(needs()).containsExactly("100 % of the attempts of capture_payment failed in the last 10 min");
        assertThat(links()).containsExactly("failures?span=1h#attempts");

        stand.ended("pay", "capture_payment", Outcome.COMPLETED, 1, 2);
        stand.later(LEASE);
        assertThat(needs()).containsExactly("99 % of the attempts of capture_payment failed in the last 10 min");

        stand.ended("pay", "capture_payment", Outcome.COMPLETED, 300, 1);
        stand.later(LEASE);
        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("a type that fails is named with the code of most failures")
    void attemptsWithCode() {
        stand.ended("pay", "capture_payment", Outcome.RETRIED, 300, 2);
        stand.failed("capture_payment", "http_503", 280, 2);
        stand.failed("capture_payment", "http_502", 20, 2);

        assertThat(needs())
                .containsExactly("100 % of the attempts of capture_payment failed in the last 10 min (http_503)");
        assertThat(links()).containsExactly("failures?span=1h&cause=capture_paymenthttp_503#cause");
    }

    @Test
    @DisplayName("where few attempts ended lately, those of the hour say that a type fails")
    void attemptsOfHour() {
        stand.ended("pay", "capture_payment", Outcome.RETRIED, 4, 2);
        stand.ended("pay", "capture_payment", Outcome.RETRIED, 20, 40);

        assertThat(needs()).containsExactly("100 % of the attempts of capture_payment failed in the last 1 h");
    }

    @Test
    @DisplayName("where no attempt ended since a type failed, that is said, with the cause of the hour")
    void attemptsOver() {
        stand.ended("pay", "capture_payment", Outcome.RETRIED, 20, 50);
        stand.failed("capture_payment", "http_503", 18, 50);
        stand.failed("capture_payment", "http_502", 2, 50);

        assertThat(needs())
                .containsExactly("100 % of the attempts of capture_payment failed in the last 1 h (http_503);"
                        + " the last one ended 50 min ago, and none since");
        assertThat(links()).containsExactly("failures?span=1h&cause=capture_paymenthttp_503#cause");
    }

    @Test
    @DisplayName("a type whose attempts complete again is well, though it failed for most of the hour")
    void attemptsMended() {
        stand.ended("pay", "capture_payment", Outcome.RETRIED, 300, 40);
        stand.ended("pay", "capture_payment", Outcome.COMPLETED, 20, 2);

        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("attempts that were not ready have not failed")
    void postponed() {
        stand.ended("pay", "await_payment", Outcome.POSTPONED, 300, 2);

        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("attempts of many types fail: that is one thing, for they have one cause")
    void attemptsOfManyTypes() {
        IntStream.range(0, 25).forEach(i -> stand.ended("default", "type" + i, Outcome.RETRIED, 10 + i, 2));

        assertThat(needs()).containsExactly("Attempts of 25 types fail; of type24, 100 % in the last 10 min");
    }

    @Test
    @DisplayName("jobs wait in many queues: that is one thing, and none beside that no worker is alive")
    void manyQueues() {
        IntStream.range(0, 25).forEach(i -> stand.enqueue("mail", "q" + i));
        stand.later(Duration.ofMinutes(6));
        assertThat(needs()).containsExactly("No worker is alive, and 25 jobs are due");

        stand.worker("one", IntStream.range(0, 25).mapToObj(i -> "q" + i).toList(), List.of("mail"));
        stand.later(LEASE);
        assertThat(needs()).containsExactly("Jobs wait in 25 queues; in q0, one has waited for 6 min 20 s");
    }

    @Test
    @DisplayName("many workers are silent: that is one thing")
    void manySilent() {
        IntStream.range(0, 25).forEach(i -> stand.worker("w" + i, null, null, LEASE));
        stand.later(Duration.ofMinutes(1));

        assertThat(needs()).containsExactly("25 workers are silent, w0 for 1 min");
    }

    @Test
    @DisplayName("a few failures are none, however large their share")
    void fewFailures() {
        stand.ended("default", "mail", Outcome.FAILED, 4, 5);

        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("sequences wait behind jobs that have failed: that is one thing, however many there are")
    void blockedSequences() {
        blocked("film:0");
        assertThat(needs())
                .contains("The sequence film:0 waits behind a job of type shot_video_generation that has failed");
        assertThat(links()).contains("limit?key=sequence%3Afilm%3A0");

        IntStream.range(1, 11).forEach(i -> blocked("film:" + i));
        stand.later(LEASE);
        assertThat(needs()).contains("10+ sequences wait behind jobs that have failed");
        assertThat(links()).contains("limits?name=sequence");
        assertThat(needs().stream().filter(need -> need.contains("equence"))).hasSize(1);

        stand.store
                .limits()
                .orElseThrow()
                .blocked(null, 100)
                .forEach(each -> stand.store.limits().orElseThrow().skip(each.jobId()));
        stand.later(LEASE);
        assertThat(needs()).noneMatch(need -> need.contains("equence"));
    }

    private List<String> links() {
        return stand.concerns().list().stream().map(Concerns.Concern::link).toList();
    }

    private void blocked(String sequence) {
        NewJob job = stand.rows.job().sequence(sequence);
        stand.rows.add(job);
        stand.rows.fails(job);
    }

    @Test
    @DisplayName("a store that cannot read its sequences is not known to be well; one without limits is")
    void sequencesUnread() {
        stand.reading(Stand.answering(stand.store, (call, arguments) -> {
            if (call.equals("limits")) {
                throw new IllegalStateException("cannot read them");
            }
            return null;
        }));
        assertThat(stand.concerns().isKnown()).isFalse();

        stand.reading(
                Stand.answering(stand.store, (call, arguments) -> call.equals("limits") ? Optional.empty() : null));
        assertThat(stand.concerns().isKnown()).isTrue();
    }

    @Test
    @DisplayName("a group has been open for an hour")
    void unsealed() {
        stand.jobs.enqueue(NewJob.of(JobType.of("album", String.class), "x").unsealed());
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofHours(2));
        assertThat(needs()).containsExactly("A group of type album has been open for 2 h: nobody has sealed it");
    }

    @Test
    @DisplayName("a schedule cannot fire, unless it is paused")
    void scheduleError() {
        stand.write(Stand.row("broken", "never", "UTC", "LATEST", "SKIP"));
        stand.schedules().fireDue(10);
        assertThat(needs()).hasSize(1).first().asString().startsWith("Schedule broken cannot fire: ");

        stand.jobs.schedules().pause("broken", Pause.by("anna").because("known"));
        stand.later(LEASE);
        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("the error of a schedule goes through the redactor")
    void scheduleErrorIsRedacted() {
        stand.write(Stand.row("broken", "never", "UTC", "LATEST", "SKIP"));
        stand.schedules().fireDue(10);
        View view = stand.view(Locale.ENGLISH, Duration.ofSeconds(20), text -> "***");

        Concerns concerns = Concerns.of(view, Concerns.Reading.begin(view.source(), view.now()));

        assertThat(text(concerns.list().get(0), view)).isEqualTo("Schedule broken cannot fire: ***");
    }

    @Test
    @DisplayName("a schedule is late by more than a minute, unless it is paused")
    void scheduleLate() {
        stand.jobs.schedules().put(Schedule.of("often", Stand.MAIL, "x").every(Duration.ofMinutes(1)));
        stand.later(Duration.ofSeconds(90));
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofMinutes(1));
        assertThat(needs()).containsExactly("Schedule often is late by 1 min 30 s");

        stand.jobs.schedules().pause("often", Pause.by("anna").because("known"));
        stand.later(LEASE);
        assertThat(needs()).isEmpty();
    }

    @Test
    @DisplayName("a job is due in more than a hundred years, said once for each type")
    void neverComes() {
        JobStore store = Stand.answering(
                stand.store,
                (call, arguments) -> call.equals("overdue")
                        ? List.of(
                                new LongDueJob("default", "mail", Stand.BEGIN, true),
                                new LongDueJob("other", "mail", Stand.BEGIN, true))
                        : null);
        assertThat(needs()).isEmpty();

        stand.reading(store);
        assertThat(needs()).containsExactly("A job of type mail is due in more than 100 years");
    }

    @Test
    @DisplayName("a schedule that skips while this process looks is a note for an hour")
    void skipped() {
        stand.jobs
                .schedules()
                .put(Schedule.of("often", Stand.MAIL, "x")
                        .every(Duration.ofMinutes(1))
                        .ifRunning(IfRunning.SKIP));
        stand.worker("one", List.of("default"), List.of("mail"));
        fireAfterAMinute();
        assertThat(notes()).isEmpty();

        fireAfterAMinute();
        assertThat(notes()).containsExactly("Schedule often has skipped 1 time in the last hour");

        fireAfterAMinute();
        assertThat(notes()).containsExactly("Schedule often has skipped 2 times in the last hour");

        stand.later(Duration.ofHours(2));
        assertThat(notes()).isEmpty();
    }

    private void fireAfterAMinute() {
        stand.later(Duration.ofMinutes(1));
        stand.schedules().fireDue(10);
    }

    @Test
    @DisplayName("what a schedule skips because it is paused is no note")
    void skippedWhilePaused() {
        stand.jobs.schedules().put(Schedule.of("often", Stand.MAIL, "x").every(Duration.ofMinutes(1)));
        stand.jobs.schedules().pause("often", Pause.by("anna").because("known"));
        notes();
        fireAfterAMinute();
        assertThat(stand.schedule("often").progress().skipped()).isEqualTo(1);

        assertThat(notes()).isEmpty();
    }

    @Test
    @DisplayName("a store that does not answer is not known to be well")
    void tooSlow() {
        CountDownLatch latch = new CountDownLatch(1);
        stand.reading(Stand.waiting(stand.store, latch));
        View view = stand.view(Locale.ENGLISH, Duration.ZERO, text -> text);

        Concerns concerns = Concerns.of(view, Concerns.Reading.begin(view.source(), view.now()));
        latch.countDown();

        assertThat(concerns.isKnown()).isFalse();
        assertThat(concerns.tone()).isEqualTo("unknown");
        assertThat(concerns.sentence(view)).isEqualTo("Not known: the store does not answer");
    }

    @Test
    @DisplayName("a store that cannot read the jobs that run is not known to be well: one of them may hang")
    void runningUnread() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.reading(Stand.answering(stand.store, (call, arguments) -> {
            if (call.equals("longRunning")) {
                throw new IllegalStateException("cannot read them");
            }
            return null;
        }));

        Concerns concerns = stand.concerns();

        assertThat(concerns.list()).isEmpty();
        assertThat(concerns.isKnown()).isFalse();

        stand.ended("pay", "capture_payment", Outcome.RETRIED, 20, 2);
        stand.later(LEASE);
        assertThat(stand.concerns().sentence(stand.view())).isEqualTo("At least 1 thing needs you");
    }

    @Test
    @DisplayName("a name from the store stays as it is, also if it looks like a pattern")
    void hostileName() {
        stand.worker("{0} '<b>", null, "1.0", LEASE);
        stand.later(Duration.ofSeconds(30));

        assertThat(needs()).containsExactly("Worker {0} &#39;&lt;b&gt; has been silent for 30 s");
    }

    private static String text(Concerns.Concern concern, View view) {
        return concern.sentence(view).toString().replaceAll("</?bdi>", "");
    }

    @Test
    @DisplayName(
            "keys that are paused while jobs wait for them are worth a note, one for each of a few, and one for all of many")
    void pausedKeys() {
        stand.worker("one", List.of("default"), List.of("mail"));
        LimitStore limits = stand.store.limits().orElseThrow();
        limits.put(Limit.of("tenant").concurrency(1));
        limits.pause(new LimitKey("tenant", "idle"), Pause.by("ada"));
        for (String key : List.of("a", "b", "c")) {
            limits.pause(new LimitKey("tenant", key), Pause.by("ada"));
            stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").limit("tenant", key));
        }

        assertThat(notes())
                .containsExactly(
                        "Key tenant:a is paused, and 1 job waits for it",
                        "Key tenant:b is paused, and 1 job waits for it",
                        "Key tenant:c is paused, and 1 job waits for it");
        limits.pause(new LimitKey("tenant", "d"), Pause.of());
        stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").limit("tenant", "d"));
        stand.later(Duration.ofSeconds(9));
        assertThat(notes()).containsExactly("4 keys for which jobs wait are paused, such as tenant:a");
        assertThat(stand.concerns().list()).isEmpty();
    }

    @Test
    @DisplayName("jobs that expire are not well, though no attempt fails")
    void expired() {
        stand.worker("one", List.of("default"), List.of("mail"));
        for (int i = 0; i < 5; i++) {
            stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").expiresAfter(Duration.ofSeconds(30)));
        }
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofMinutes(1));
        stand.store.expire(100, Locale.ENGLISH);

        assertThat(needs()).containsExactly("5 jobs that were enqueued in the last hour expired: none started in time");
    }
}
