package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is declared, how keys stand, and which limits a stored job shows. */
public abstract class LimitStatesContract extends LimitContract {
    private static final String FACE = "\ud83d\ude00";
    /** Sorted by a database as people do, they would come in another order. */
    private static final List<String> NAMES = List.of("B", "_a", "a", "a-1", "a.1", "a/1", "ab", "q".repeat(64));

    private List<String> keys(List<LimitState> states) {
        return states.stream().map(state -> state.key().key()).toList();
    }

    @Test
    @DisplayName("declared limits are listed by name, with all that they set, and each as it was declared last")
    void listed() {
        assertThat(limits().list()).isEmpty();
        List<Limit> declared = new ArrayList<>();
        for (String name : NAMES) {
            declared.add(Limit.of(name));
        }
        declared.add(Limit.of("both").concurrency(7).rate(1_000_000, Duration.ofDays(366)));
        declared.add(Limit.of("rate").rate(100, Duration.ofMillis(1)).burst(17));
        declared.add(Limit.onType("t".repeat(128)).concurrency(1_000_000));
        declared.add(Limit.onType("image/render:2").rate(3, Duration.ofMillis(1_001)));
        limits().put(Limit.of("both").concurrency(1));
        declared.forEach(limits()::put);

        assertThat(limits().list())
                .containsExactlyElementsOf(declared.stream()
                        .sorted((a, b) -> a.name().compareTo(b.name()))
                        .toList());
    }

    @Test
    @DisplayName("a key that no job has used stands as its limit says")
    void unused() {
        LimitState undeclared = state(ACME);
        assertThat(undeclared)
                .isEqualTo(ReadModelFactory.limitState(ACME, null, false, null, List.of(), 0, null, null, null));
        assertThat(undeclared.isFull()).isTrue();

        limits().put(atATime(2));

        assertThat(state(ACME))
                .isEqualTo(ReadModelFactory.limitState(ACME, atATime(2), false, null, List.of(), 0, null, null, null));
        assertThat(state(ACME).isFull()).isFalse();
    }

    @Test
    @DisplayName("a state shows which jobs run under a key and how many wait for it, and whether it is full")
    void runningAndWaiting() {
        limits().put(atATime(2));
        add(5, ACME);
        add(3, BRAVO);
        add(2);
        List<Job> running = claimAll();

        LimitState acme = state(ACME);

        assertThat(acme.key()).isEqualTo(ACME);
        assertThat(acme.running())
                .containsExactlyInAnyOrder(running.stream()
                        .filter(job -> job.limits().contains(limit(ACME)))
                        .map(Job::id)
                        .toArray(UUID[]::new))
                .hasSize(2);
        assertThat(acme.waiting()).isEqualTo(3);
        assertThat(acme.isFull()).isTrue();
        assertThat(acme.nextStart()).isNull();
        assertThat(state(BRAVO).waiting()).isEqualTo(1);
        running.forEach(this::complete);
        claimAll().forEach(this::complete);
        claimAll().forEach(this::complete);
        assertThat(claimAll()).isEmpty();
        assertThat(state(ACME).running()).isEmpty();
        assertThat(state(ACME).waiting()).isZero();
        assertThat(state(ACME).isFull()).isFalse();
    }

    @Test
    @DisplayName("the jobs that wait for a key are named in the order of claims, and counted by queue and type")
    void waitingJobs() {
        limits().put(atATime(1));
        NewJob running = add(ACME);
        assertThat(claimAll()).extracting(Job::id).containsExactly(running.id());
        NewJob second = add(under(ACME));
        NewJob later = add(under(ACME).queue("another"));
        NewJob third = add(otherType(ACME));
        NewJob first = add(under(ACME).priority(9));
        add(BRAVO);
        claimAllOf(NewJob.DEFAULT_QUEUE, "another");

        WaitingJobs waiting = limits().waitingJobs(ACME, 100);

        assertThat(waiting.first()).containsExactly(first.id(), second.id(), later.id(), third.id());
        assertThat(waiting.areAll()).isTrue();
        assertThat(waiting.parts())
                .containsExactlyInAnyOrder(
                        ReadModelFactory.waitingPart("another", later.type().name(), 1),
                        ReadModelFactory.waitingPart(
                                NewJob.DEFAULT_QUEUE, second.type().name(), 2),
                        ReadModelFactory.waitingPart(
                                NewJob.DEFAULT_QUEUE, third.type().name(), 1));
        assertThat(limits().waitingJobs(ACME, 2).first()).containsExactly(first.id(), second.id());
        assertThat(limits().waitingJobs(LimitKey.parse("tenant:nobody"), 5))
                .isEqualTo(ReadModelFactory.waitingJobs(List.of(), List.of(), true));
    }

    @Test
    @DisplayName("the keys that are paused are listed in their order, until they are resumed")
    void pausedKeys() {
        limits().put(atATime(1));
        add(3, ACME);
        claimAll();
        LimitKey undeclared = LimitKey.parse("other:key");
        assertThat(limits().paused(10)).isEmpty();

        limits().pause(ACME, Pause.by("ada").because("Their API is down"));
        limits().pause(undeclared, Pause.of());
        limits().rest(BRAVO, HOUR);

        assertThat(limits().paused(10)).containsExactly(state(undeclared), state(ACME));
        assertThat(limits().paused(10).get(1).waiting()).isEqualTo(2);
        assertThat(limits().paused(1)).containsExactly(state(undeclared));
        limits().resume(undeclared);
        limits().resume(ACME);
        assertThat(limits().paused(10)).isEmpty();
    }

    @Test
    @DisplayName("running and waiting jobs are counted up to 1,000")
    void most() {
        limits().put(atATime(1));
        add(1_010, ACME);
        claimAll(10);
        assertThat(state(ACME).waiting()).isEqualTo(LimitState.MOST);

        limits().put(Limit.of(TENANT));
        claimAll(500);

        assertThat(state(ACME).running()).hasSize(LimitState.MOST);
        assertThat(state(ACME).waiting()).isZero();
    }

    @Test
    @DisplayName("a state shows what holds for its key only, until that is taken back")
    void overridden() {
        limits().put(atATime(1));
        Limit more = atATime(9).rate(10, HOUR).burst(3);

        limits().override(ACME, more);

        assertThat(state(ACME).limit()).isEqualTo(more);
        assertThat(state(ACME).isOverridden()).isTrue();
        assertThat(state(BRAVO).limit()).isEqualTo(atATime(1));
        assertThat(limits().list()).containsExactly(atATime(1));
        limits().override(ACME, null);
        assertThat(state(ACME).limit()).isEqualTo(atATime(1));
        assertThat(state(ACME).isOverridden()).isFalse();
    }

    @Test
    @DisplayName("a limit of another name is refused for a key, and nothing changes")
    void wrongName() {
        limits().put(atATime(1));
        LimitKey type = LimitKey.ofType("render");

        assertThatThrownBy(() -> limits().override(ACME, Limit.of(API).concurrency(9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(ACME.text());
        assertThatThrownBy(() -> limits().override(type, Limit.onType("mail")))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(state(ACME).limit()).isEqualTo(atATime(1));
        assertThat(limits().states(TENANT, null, 10)).isEmpty();
        limits().override(type, Limit.onType("render").concurrency(3));
        assertThat(state(type).limit()).as("not declared").isNull();
        limits().put(Limit.onType("render"));
        assertThat(state(type).limit()).isEqualTo(Limit.onType("render").concurrency(3));
    }

    @Test
    @DisplayName(
            "a pause says when, by whom and why; a second one keeps the first; resuming says whether there was one")
    void pauses() {
        limits().put(atATime(1));
        Job job = fixture().find(add());
        assertThat(limits().resume(ACME).wasPaused()).isFalse();

        Pause pause =
                Objects.requireNonNull(limits().pause(ACME, Pause.by("ada").because("their server is down"))
                        .pause());

        Job later = fixture().find(add());
        assertThat(pause.by()).isEqualTo("ada");
        assertThat(pause.reason()).isEqualTo("their server is down");
        assertThat(pause.since()).isBetween(job.createdAt(), later.createdAt());
        assertThat(limits().pause(ACME, Pause.by("bob")).pause()).isEqualTo(pause);
        assertThat(state(ACME).pause()).isEqualTo(pause);
        assertThat(state(ACME).isFull()).isTrue();
        assertThat(state(BRAVO).pause()).isNull();
        assertThat(limits().resume(ACME).wasPaused()).isTrue();
        assertThat(limits().resume(ACME).wasPaused()).isFalse();
        assertThat(state(ACME).pause()).isNull();
        Pause next = Objects.requireNonNull(limits().pause(ACME, Pause.of()).pause());
        assertThat(next.by()).isNull();
        assertThat(next.reason()).isNull();
        assertThat(state(ACME).pause()).isEqualTo(next);
    }

    @Test
    @DisplayName("pause and limit of a key do not replace each other, and a limit declared again keeps both")
    void pausedAndOverridden() {
        limits().pause(ACME, Pause.by("ada"));
        limits().override(ACME, atATime(2));
        limits().put(atATime(1));
        assertThat(state(ACME).pause()).isNotNull();
        assertThat(state(ACME).limit()).isEqualTo(atATime(2));

        limits().resume(ACME);

        assertThat(state(ACME).limit()).isEqualTo(atATime(2));
        limits().pause(ACME, Pause.of());
        limits().override(ACME, null);
        assertThat(state(ACME).pause()).isNotNull();
    }

    @Test
    @DisplayName("texts of a pause that no database could store are made safe, and too long ones are cut")
    void texts() {
        Pause pause = Objects.requireNonNull(
                limits().pause(ACME, Pause.by("a\0da\nx " + FACE.repeat(300)).because("\ud83d" + FACE.repeat(2_000)))
                        .pause());

        assertThat(pause.by()).startsWith("a da x " + FACE).endsWith("…");
        assertThat(pause.reason()).startsWith("\ufffd" + FACE).endsWith("…");
        assertThat(state(ACME).pause()).isEqualTo(pause);
    }

    @Test
    @DisplayName("the states of a limit are read page by page in the order of their keys, without those of others")
    void pages() {
        limits().put(atATime(1));
        limits().put(Limit.of(TENANT + "2").concurrency(1));
        List<LimitKey> keys = Stream.concat(NAMES.stream(), Stream.of("a:b", "k".repeat(128)))
                .map(key -> new LimitKey(TENANT, key))
                .toList();
        for (int i = keys.size() - 1; i >= 0; i--) {
            add(keys.get(i));
            add(keys.get(i));
        }
        add(new LimitKey(TENANT + "2", "a"));
        claimAll();
        List<String> sorted = keys.stream().map(LimitKey::key).sorted().toList();

        assertThat(keys(limits().states(TENANT, null, 100))).isEqualTo(sorted);
        List<String> paged = new ArrayList<>();
        for (String last = null; paged.size() < sorted.size(); last = paged.get(paged.size() - 1)) {
            List<String> page = keys(limits().states(TENANT, last, 3));
            assertThat(page).isNotEmpty().hasSizeLessThanOrEqualTo(3);
            paged.addAll(page);
        }
        assertThat(paged).isEqualTo(sorted);
        assertThat(limits().states(TENANT, sorted.get(sorted.size() - 1), 3)).isEmpty();
        for (LimitState state : limits().states(TENANT, null, 100)) {
            assertThat(state).isEqualTo(state(state.key()));
            assertThat(state.running()).hasSize(1);
            assertThat(state.waiting()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("the states of a limit show keys that a claim has met or somebody has changed, and no others")
    void metKeys() {
        limits().put(atATime(1));
        limits().override(new LimitKey(TENANT, "changed"), atATime(2));
        limits().pause(new LimitKey(TENANT, "paused"), Pause.of());
        state(new LimitKey(TENANT, "looked-at"));
        add(ACME);
        assertThat(keys(limits().states(TENANT, null, 100))).containsExactly("changed", "paused");

        claimAll();

        assertThat(keys(limits().states(TENANT, null, 100))).containsExactly("acme", "changed", "paused");
    }

    @Test
    @DisplayName("the limits on types are read together, each state with the limit of its type")
    void typeStates() {
        String type = StoreFixture.TYPE.name();
        limits().put(Limit.onType(type).concurrency(1));
        limits().put(Limit.onType("other").concurrency(2));
        add(2);
        add(otherType());
        claimAll();

        List<LimitState> states = limits().states(LimitKey.TYPE, null, 10);

        assertThat(keys(states)).containsExactly("other", type);
        assertThat(states)
                .extracting(LimitState::limit)
                .containsExactly(
                        Limit.onType("other").concurrency(2), Limit.onType(type).concurrency(1));
        assertThat(states).extracting(LimitState::waiting).containsExactly(0, 1);
    }

    @Test
    @DisplayName(
            "the jobs that wait for all keys of a limit are counted together, up to 1,000, without those of others")
    void waiting() {
        limits().put(atATime(1));
        limits().put(Limit.of(TENANT + "2").concurrency(1));
        limits().put(Limit.onType("other").concurrency(1));
        assertThat(limits().waiting(TENANT)).isZero();
        add(3, ACME);
        add(2, BRAVO);
        add(3, new LimitKey(TENANT + "2", "a"));
        add(otherType());
        add(otherType());
        add(fixture().job().limit(TENANT, "later").delay(HOUR));
        List<Job> running = claimAll();

        assertThat(limits().waiting(TENANT)).isEqualTo(3);
        assertThat(limits().waiting(TENANT + "2")).isEqualTo(2);
        assertThat(limits().waiting("type:other")).isEqualTo(1);
        assertThat(limits().waiting("type:oth")).isZero();
        assertThat(limits().waiting("unknown")).isZero();
        running.forEach(this::complete);
        claimAll();
        assertThat(limits().waiting(TENANT)).isEqualTo(1);
        add(1_010, BRAVO);
        assertThat(limits().waiting(TENANT)).isEqualTo(LimitState.MOST);
    }

    private NewJob priced(NewJob job) {
        return job.limit(TENANT, "acme")
                .limit(API, "video:key/1", JobLimit.MAX_COST)
                .limit("db", "q".repeat(128), 2);
    }

    @Test
    @DisplayName("jobs show their limits with costs when they are read, in calls of one, of families, and of very many")
    void stored() {
        NewJob one = add(priced(fixture().job()));
        NewJob parent = fixture().job();
        NewJob child = priced(fixture().childOf(parent));
        NewJob after = priced(fixture().childOf(parent)).after(child);
        fixture().addAll(parent, child, after);
        List<NewJob> many = IntStream.range(0, 2_100)
                .mapToObj(i -> i % 3 == 0
                        ? fixture().job()
                        : i % 3 == 1 ? under(ACME) : priced(fixture().job()))
                .toList();
        fixture().addAll(many.toArray(NewJob[]::new));

        List<JobLimit> priced = List.of(
                new JobLimit(new LimitKey(API, "video:key/1"), JobLimit.MAX_COST),
                new JobLimit(new LimitKey("db", "q".repeat(128)), 2),
                limit(ACME));
        for (NewJob job : List.of(one, child, after, many.get(2), many.get(2_099))) {
            assertThat(fixture().find(job).limits()).isEqualTo(priced);
        }
        assertThat(fixture().find(many.get(0)).limits()).isEmpty();
        assertThat(fixture().find(many.get(2_098)).limits()).containsExactly(limit(ACME));
        assertThat(fixture().find(parent).limits()).isEmpty();
        assertThat(fixture().children(parent)).extracting(Job::limits).containsExactly(priced, priced);
        assertThat(fixture().store.predecessors(after.id()))
                .extracting(Job::limits)
                .containsExactly(priced);
        for (Job job : fixture().store.scan(JobQuery.all().atMost(300))) {
            assertThat(job).isEqualTo(fixture().find(job.id()));
        }
    }

    @Test
    @DisplayName(
            "a job keeps as many limits as it may have, of the longest names, keys and costs, and that of its type")
    void longest() {
        JobType<Object> type = JobType.of("t".repeat(128), Object.class);
        NewJob job = NewJob.of(type, "input");
        limits().put(Limit.onType(type.name()).concurrency(1));
        for (int i = 0; i < JobLimit.MOST; i++) {
            String name = i + "n".repeat(63);
            limits().put(Limit.of(name).concurrency(1));
            job = job.limit(name, i + "k".repeat(127), JobLimit.MAX_COST);
        }
        add(job);
        assertThat(fixture().find(job).limits()).isEqualTo(job.limits());

        List<JobLimit> all = new ArrayList<>(job.limits());
        all.add(limit(LimitKey.ofType(type.name())));
        Job running = startsOnly(job);

        assertThat(running.limits()).isEqualTo(all);
        assertThat(fixture().find(job)).isEqualTo(running);
        for (JobLimit each : all) {
            assertThat(state(each.key()).running()).containsExactly(job.id());
        }
    }

    @Test
    @DisplayName("a job keeps its limits while it runs, waits for its next attempt, and when it has ended")
    void kept() {
        limits().put(atATime(1));
        NewJob job = add(ACME);
        Job running = startsOnly(job);
        assertThat(fixture().find(job)).isEqualTo(running);
        assertThat(running.limits()).containsExactly(limit(ACME));

        retry(running, Duration.ZERO);
        assertThat(fixture().find(job).limits()).containsExactly(limit(ACME));
        complete(startsOnly(job));

        assertThat(fixture().status(job)).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(job).limits()).containsExactly(limit(ACME));
    }
}
