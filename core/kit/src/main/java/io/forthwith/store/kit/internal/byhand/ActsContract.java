package io.forthwith.store.kit.internal.byhand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.BoundedCount;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.AuditPage;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import io.forthwith.store.kit.fixture.RacingThreads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ActsContract extends BulkRetryFixture {
    private static final Author ADA = new Author("ada", "The API is back", "192.0.2.7");
    private static final Author BOB = new Author("bob", null, null);
    private static final JobQuery ALL = JobQuery.all();
    private static final int THREADS = 4;
    private static final int MANY = ActStore.PART + 20;

    @BeforeEach
    void hasActs() {
        assumeTrue(fixture().store.acts().isPresent(), "this store does not keep acts");
    }

    private ActStore acts() {
        return fixture().store.acts().orElseThrow();
    }

    private AuditStore audit() {
        return fixture().store.audit().orElseThrow();
    }

    private UUID begun(Deed deed, JobQuery query) {
        NewAct act = new NewAct(id(), deed, query, null, new BoundedCount(3, true), ADA);
        acts().begin(act);
        return act.id();
    }

    private BulkAct find(UUID id) {
        return acts().find(id).orElseThrow();
    }

    private void carryOn() {
        int calls = 0;
        while (acts().carryOn() == Remaining.MORE) {
            assertThat(++calls).as("calls").isLessThan(10_000);
        }
    }

    /** What was done by an act, part by part; the newest part first. */
    private List<AuditEntry> parts(UUID act) {
        return audit().search(null, null, null, 1_000).entries().stream()
                .filter(each -> act.equals(each.act()))
                .filter(each -> !each.answer().equals("begun") && !each.answer().equals("stopped"))
                .toList();
    }

    private List<String> done(UUID act) {
        return parts(act).stream().flatMap(each -> each.subjects().stream()).toList();
    }

    private static String[] texts(List<UUID> ids) {
        return ids.stream().map(UUID::toString).toArray(String[]::new);
    }

    private List<UUID> cancelled(int count) {
        NewJob[] jobs = IntStream.range(0, count).mapToObj(i -> fixture().job()).toArray(NewJob[]::new);
        fixture().addAll(jobs);
        BulkResult first = fixture().store.cancelPage(ALL.atMost(1_000), Locale.ENGLISH);
        assertThat(first.next() == null
                        || fixture()
                                        .store
                                        .cancelPage(ALL.before(first.next()), Locale.ENGLISH)
                                        .next()
                                == null)
                .isTrue();
        return Arrays.stream(jobs).map(NewJob::id).toList();
    }

    /** A new id: they grow, and acts are listed by them. */
    private static UUID id() {
        return NewJob.of(JobType.of("act", Object.class), 1).id();
    }

    @Test
    @DisplayName("an act does nothing until it is carried on, and then retries all that its query selects")
    void retries() {
        List<UUID> failed = failed(3);
        UUID pending = fixture().added();
        NewJob ofAda = fixture().job().user("ada");
        fixture().add(ofAda);
        cancel(ofAda.id());
        UUID act = begun(Deed.retry(), ALL.status(JobStatus.FAILED));

        BulkAct begun = find(act);
        assertThat(begun.state()).isEqualTo(BulkAct.State.OPEN);
        assertThat(begun.what()).isEqualTo("retry");
        assertThat(begun.readQuery()).isEqualTo(ALL.status(JobStatus.FAILED));
        assertThat(begun.author()).isEqualTo(ADA);
        assertThat(begun.total()).isEqualTo(new BoundedCount(3, true));
        assertThat(begun.until()).isEqualTo(begun.createdAt());
        assertThat(begun.progress()).isEqualTo(BulkResult.NONE);
        assertThat(fixture().status(failed.get(0))).isEqualTo(JobStatus.FAILED);
        carryOn();

        failed.forEach(id -> assertThat(fixture().status(id)).isEqualTo(JobStatus.PENDING));
        assertThat(fixture().status(ofAda.id())).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().status(pending)).isEqualTo(JobStatus.PENDING);
        BulkAct done = find(act);
        assertThat(done.state()).isEqualTo(BulkAct.State.DONE);
        assertThat(done.progress()).isEqualTo(BulkResult.ofDone(LibraryOnly.KEY, 3));
        assertThat(done.endedAt()).isAfterOrEqualTo(done.createdAt());
        assertThat(done(act)).containsExactlyInAnyOrder(texts(failed));
        assertThat(parts(act)).allSatisfy(part -> {
            assertThat(part.author()).isEqualTo(ADA);
            assertThat(part.what()).isEqualTo("retry");
            assertThat(part.answer()).isEqualTo("done: 3");
            assertThat(part.at()).isBetween(done.createdAt(), done.endedAt());
        });
        assertThat(acts().carryOn()).isEqualTo(Remaining.NOTHING);
    }

    @Test
    @DisplayName("an act that is begun again with the same id stays as it is")
    void repeated() {
        List<UUID> failed = failed(1);
        NewAct act = new NewAct(id(), Deed.retry(), ALL, null, null, ADA);
        assertThat(acts().begin(act)).isTrue();
        carryOn();
        BulkAct done = find(act.id());
        fixture().fail(fixture().claimed(failed.get(0)));

        assertThat(acts().begin(act)).isFalse();
        carryOn();

        assertThat(find(act.id())).isEqualTo(done);
        assertThat(fixture().status(failed.get(0))).isEqualTo(JobStatus.FAILED);
        assertThat(audit().search("ada", null, null, 10).entries()).hasSize(2);
        assertThat(acts().find(UUID.randomUUID())).isEmpty();
    }

    @Test
    @DisplayName("an act does not follow jobs that fail again, or that are enqueued, after it began")
    void bounded() {
        List<UUID> failed = failed(2);
        UUID act = id();
        Instant later = Instant.parse("2999-01-01T00:00:00Z");
        acts().begin(new NewAct(act, Deed.retry(), ALL, later, null, ADA));
        assertThat(find(act).until()).isEqualTo(find(act).createdAt());
        UUID other = begun(Deed.cancel(Locale.ENGLISH), ALL);
        fixture().store.retry(failed.get(0));
        fixture().fail(fixture().claimed(failed.get(0)));
        UUID added = fixture().added();

        carryOn();

        assertThat(done(act)).containsExactly(failed.get(1).toString());
        assertThat(fixture().status(added)).isEqualTo(JobStatus.PENDING);
        assertThat(done(other)).doesNotContain(added.toString());
    }

    @Test
    @DisplayName("an act goes on part by part, and each job is in the audit once")
    void parts() {
        List<UUID> ids = cancelled(MANY);
        UUID act = begun(Deed.retry(), ALL);

        assertThat(acts().carryOn()).isEqualTo(Remaining.MORE);
        BulkAct half = find(act);
        assertThat(half.state()).isEqualTo(BulkAct.State.OPEN);
        assertThat(half.progress().done()).isBetween(1L, (long) ActStore.PART);
        assertThat(half.progress().next()).isNotNull();
        carryOn();

        assertThat(find(act).progress()).isEqualTo(BulkResult.ofDone(LibraryOnly.KEY, MANY));
        assertThat(done(act)).containsExactlyInAnyOrder(texts(ids));
    }

    @Test
    @DisplayName("several carry an act on at the same time: each job is done once")
    void contended() {
        List<UUID> ids = cancelled(MANY);
        UUID act = begun(Deed.change(JobChange.of().priority(7)), ALL);
        assertThat(find(act).what()).isEqualTo("change {\"priority\":\"7\"}");
        UUID retrying = begun(Deed.retry(), ALL);

        RacingThreads.race(THREADS, thread -> () -> {
            while (acts().carryOn() != Remaining.NOTHING) {
                // It is somebody else's turn, or there is more.
            }
            return true;
        });

        assertThat(find(retrying).progress()).isEqualTo(BulkResult.ofDone(LibraryOnly.KEY, MANY));
        assertThat(done(retrying)).containsExactlyInAnyOrder(texts(ids));
        List<String> changed = done(act);
        assertThat(changed).doesNotHaveDuplicates();
        assertThat(find(act).progress().done()).isEqualTo(changed.size());
    }

    @Test
    @DisplayName("somebody can stop an act: what it has done stays done, and the rest as it is")
    void stopped() {
        cancelled(MANY);
        UUID act = begun(Deed.retry(), ALL);
        acts().carryOn();

        assertThat(acts().stop(act, BOB)).isTrue();
        assertThat(acts().stop(act, BOB)).isFalse();
        assertThat(acts().stop(UUID.randomUUID(), BOB)).isFalse();
        BulkAct stopped = find(act);
        assertThat(acts().carryOn()).isEqualTo(Remaining.NOTHING);

        assertThat(find(act)).isEqualTo(stopped);
        assertThat(stopped.state()).isEqualTo(BulkAct.State.STOPPED);
        assertThat(stopped.stoppedBy()).isEqualTo("bob");
        assertThat(stopped.endedAt()).isNotNull();
        assertThat(fixture().store.countByScan(ALL.status(JobStatus.PENDING)))
                .isEqualTo(stopped.progress().done())
                .isLessThan(MANY);
        assertThat(audit().search("bob", null, null, 10).entries())
                .extracting(AuditEntry::what, AuditEntry::answer, AuditEntry::act)
                .containsExactly(tuple("retry", "stopped", act));
    }

    @Test
    @DisplayName("an act cancels parents with their children, and asks running jobs to stop")
    void cancels() {
        Job running = fixture().claimed();
        NewJob parent = fixture().job();
        NewJob one = fixture().childOf(parent);
        NewJob two = fixture().childOf(parent);
        fixture().addAll(parent, one, two);
        UUID alone = fixture().added();
        UUID act = begun(Deed.cancel(Locale.ENGLISH), ALL);

        carryOn();

        assertThat(fixture().statuses(parent, one, two)).containsOnly(JobStatus.CANCELLED);
        assertThat(fixture().status(alone)).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().find(running.id()).cancelRequestedAt()).isNotNull();
        assertThat(done(act)).doesNotHaveDuplicates().contains(parent.id().toString(), alone.toString());
        assertThat(done(act)).contains(running.id().toString());
        assertThat(find(act).progress().done()).isEqualTo(done(act).size());
    }

    @Test
    @DisplayName(
            "an act retries families and jobs with unique keys as a single retry does, and counts what it leaves out")
    void relatives() {
        NewJob free = failedWithKey("free");
        NewJob taken = failedWithKey("taken");
        fixture().add(fixture().job().uniqueKey("taken"));
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        fixture().fails(child);
        UUID plain = failed(1).get(0);
        UUID act = begun(Deed.retry(), ALL);

        carryOn();

        assertThat(fixture().statuses(free, taken, parent, child))
                .containsExactly(JobStatus.PENDING, JobStatus.FAILED, JobStatus.WAITING, JobStatus.PENDING);
        assertThat(fixture().status(plain)).isEqualTo(JobStatus.PENDING);
        BulkResult progress = find(act).progress();
        assertThat(progress.skipped()).isEqualTo(Map.of(ActResult.Outcome.KEY_TAKEN, 1L));
        assertThat(done(act)).doesNotHaveDuplicates().hasSize((int) progress.done());
        assertThat(done(act))
                .contains(free.id().toString(), plain.toString())
                .doesNotContain(taken.id().toString());
        assertThat(parts(act)).extracting(AuditEntry::answer).anyMatch(answer -> answer.contains("KEY_TAKEN: 1"));
    }

    @Test
    @DisplayName("an act changes jobs, and counts those whose time cannot be changed")
    void changes() {
        Job running = fixture().claimed();
        UUID pending = fixture().added();
        UUID act = begun(Deed.change(JobChange.of().delay(Duration.ofHours(1)).queue("bulk")), ALL);

        carryOn();

        Job changed = fixture().find(pending);
        assertThat(changed.queue()).isEqualTo("bulk");
        assertThat(changed.runAt()).isAfter(changed.createdAt().plusSeconds(3_000));
        assertThat(fixture().find(running.id()).queue()).isEqualTo("default");
        assertThat(done(act)).containsExactly(pending.toString());
        assertThat(find(act).progress().skipped()).isEqualTo(Map.of(ActResult.Outcome.RUNNING, 1L));
    }

    @Test
    @DisplayName("a small act does not wait for a large one")
    void small() {
        cancelled(MANY);
        NewJob one = fixture().job().user("ada");
        fixture().add(one);
        cancel(one.id());
        UUID large = begun(Deed.retry(), ALL);
        acts().carryOn();
        UUID small = begun(Deed.retry(), ALL.user("ada"));

        acts().carryOn();

        assertThat(find(small).state()).isEqualTo(BulkAct.State.DONE);
        assertThat(find(large).state()).isEqualTo(BulkAct.State.OPEN);
    }

    @Test
    @DisplayName("acts come newest first, page by page; one that selects nothing is done at once")
    void listed() {
        List<UUID> begun = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            begun.add(0, begun(Deed.retry(), ALL.user("nobody")));
        }
        carryOn();

        assertThat(acts().list(null, 10)).extracting(BulkAct::id).containsExactlyElementsOf(begun);
        assertThat(acts().list(null, 2)).extracting(BulkAct::id).containsExactlyElementsOf(begun.subList(0, 2));
        assertThat(acts().list(begun.get(1), 2)).extracting(BulkAct::id).containsExactly(begun.get(2));
        assertThat(acts().list(null, 10)).allMatch(act -> act.state() == BulkAct.State.DONE);
        assertThat(parts(begun.get(0))).isEmpty();
    }

    @Test
    @DisplayName("an act is refused if its query names jobs to which it cannot be done, or cannot be kept")
    void refused() {
        assertThatThrownBy(() -> begun(Deed.retry(), ALL.status(JobStatus.PENDING)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pending");
        assertThatThrownBy(() -> begun(Deed.cancel(Locale.ENGLISH), ALL.status(JobStatus.FAILED)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("failed");
        assertThatThrownBy(() -> begun(Deed.retry(), ALL.before(UUID.randomUUID())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("leave out before()");
        assertThat(acts().list(null, 10)).isEmpty();
    }

    @Test
    @DisplayName("one job is retried, cancelled or changed, and the audit says so")
    void single() {
        UUID failed = failed(1).get(0);
        UUID pending = fixture().added();
        UUID nobody = UUID.randomUUID();

        assertThat(acts().actOn(failed, Deed.retry(), ADA)).isEqualTo(ActResult.DONE);
        assertThat(acts().actOn(failed, Deed.retry(), ADA)).isEqualTo(ActResult.NOT_FAILED);
        assertThat(acts().actOn(pending, Deed.change(JobChange.of().priority(3)), ADA))
                .isEqualTo(ActResult.DONE);
        assertThat(acts().actOn(pending, Deed.cancel(Locale.ENGLISH), ADA)).isEqualTo(ActResult.DONE);
        assertThat(acts().actOn(nobody, Deed.cancel(Locale.ENGLISH), BOB)).isEqualTo(ActResult.NOT_FOUND);

        assertThat(fixture().status(failed)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().status(pending)).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().find(pending).priority()).isEqualTo(3);
        assertThat(audit().search(null, null, null, 10).entries())
                .extracting(AuditEntry::what, AuditEntry::subjects, AuditEntry::answer)
                .containsExactly(
                        tuple("cancel", List.of(nobody.toString()), "NOT_FOUND"),
                        tuple("cancel", List.of(pending.toString()), "CANCELLED"),
                        tuple("change {\"priority\":\"3\"}", List.of(pending.toString()), "CHANGED"),
                        tuple("retry", List.of(failed.toString()), "NOT_FAILED"),
                        tuple("retry", List.of(failed.toString()), "RETRIED"));
        assertThat(audit().search(null, null, null, 10).entries().get(1).author())
                .isEqualTo(ADA);
    }

    @Test
    @DisplayName(
            "entries are found by who has done it and by what it was done to, newest first, page by page, whatever the texts")
    void searched() {
        String hostile = "100%_'\"\\! <b>积分</b> 🎬";
        Author odd = new Author(hostile, hostile + "\nsecond line", hostile);
        for (int i = 0; i < 5; i++) {
            audit().record(i % 2 == 0 ? ADA : odd, "pause-queue", List.of(i < 3 ? hostile : "mail"), hostile);
        }

        List<AuditEntry> all = audit().search(null, null, null, 10).entries();
        assertThat(all).hasSize(5).isSortedAccordingTo((a, b) -> b.at().compareTo(a.at()));
        assertThat(all.get(1).author()).isEqualTo(odd);
        assertThat(all.get(4).subjects()).containsExactly(hostile);
        assertThat(all.get(4).answer()).isEqualTo(hostile);
        assertThat(all.get(4).act()).isNull();
        assertThat(audit().search(hostile, null, null, 10).entries()).hasSize(2);
        assertThat(audit().search(null, hostile, null, 10).entries()).hasSize(3);
        assertThat(audit().search("ada", hostile, null, 10).entries()).hasSize(2);
        assertThat(audit().search("ADA", null, null, 10).entries()).isEmpty();
        assertThat(audit().search(null, "mai", null, 10).entries()).isEmpty();
        assertThat(audit().search(null, "%", null, 10).entries()).isEmpty();
        assertThat(audit().search(null, null, null, 10).next()).isNull();

        AuditPage first = audit().search(null, null, null, 2);
        assertThat(first.entries()).isEqualTo(all.subList(0, 2));
        assertThat(first.next()).isNotNull();
        assertThat(audit().search(null, null, first.next(), 10).entries()).isEqualTo(all.subList(2, 5));
        AuditPage half = audit().search(null, hostile, null, 2);
        assertThat(audit().search(null, hostile, half.next(), 2).entries()).hasSize(1);
    }

    @Test
    @DisplayName("a page of the entries about a subject is full, also if others look alike")
    void alike() {
        for (int i = 0; i < 8; i++) {
            audit().record(ADA, "pause-queue", i % 4 == 0 ? List.of("mail", ",") : List.of("MAIL", "x"), "done");
        }
        for (String subject : List.of("mail", ",")) {
            AuditPage first = audit().search(null, subject, null, 1);
            assertThat(first.entries()).as(subject).hasSize(1);
            AuditPage second = audit().search(null, subject, first.next(), 1);
            assertThat(second.entries()).as(subject).hasSize(1).doesNotContainAnyElementsOf(first.entries());
            assertThat(audit().search(null, subject, null, 2).entries())
                    .as(subject)
                    .hasSize(2)
                    .allSatisfy(each -> assertThat(each.subjects()).contains(subject));
        }
    }

    @Test
    @DisplayName("a look for a subject finds an entry behind more than are read at a time, at once or page by page")
    void behindMany() {
        audit().record(ADA, "pause-queue", List.of("mail"), "done");
        for (int i = 0; i <= AuditStore.MOST_LOOKED_AT; i++) {
            audit().record(BOB, "pause-queue", List.of("other"), "done");
        }
        AuditPage page = audit().search(null, "mail", null, 10);
        while (page.entries().isEmpty() && page.next() != null) {
            page = audit().search(null, "mail", page.next(), 10);
        }
        assertThat(page.entries()).extracting(AuditEntry::author).containsExactly(ADA);
    }

    @Test
    @DisplayName("the purge deletes acts that have ended and entries of the audit when they are too old")
    void purged() {
        failed(1);
        UUID old = begun(Deed.retry(), ALL.user("nobody"));
        carryOn();
        UUID open = begun(Deed.retry(), ALL);
        fixture().age(ActStore.KEPT.minusDays(1));
        fixture().store.purge(Retention.DEFAULT, 10);
        assertThat(acts().find(old)).isPresent();
        fixture().age(Duration.ofDays(2));
        UUID young = begun(Deed.retry(), ALL.user("nobody"));
        fixture().store.purge(Retention.DEFAULT, 10);

        assertThat(acts().list(null, 10)).extracting(BulkAct::id).containsExactly(young, open);
        assertThat(audit().search(null, null, null, 10).entries())
                .extracting(AuditEntry::act)
                .containsExactly(young);
    }
}
