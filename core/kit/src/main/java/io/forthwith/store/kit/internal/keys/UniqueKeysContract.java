package io.forthwith.store.kit.internal.keys;

import static io.forthwith.store.kit.fixture.RacingThreads.REPETITIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.UniqueKey;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

public abstract class UniqueKeysContract {
    private static final int THREADS = 8;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final UniqueKey KEY = UniqueKey.of("film-42");

    public abstract StoreFixture fixture();

    private static UniqueKey in(UniqueKey.Scope scope) {
        return in(scope, KEY);
    }

    private static UniqueKey in(UniqueKey.Scope scope, UniqueKey key) {
        return switch (scope) {
            case UNTIL_ENDED -> key;
            case UNTIL_STARTED -> key.untilStarted();
            case PERIOD -> key.forPeriod(HOUR);
        };
    }

    private NewJob keyed(UniqueKey key) {
        return fixture().job().uniqueKey(key);
    }

    private NewJob with(UniqueKey key, Object input) {
        return NewJob.of(StoreFixture.TYPE, input).uniqueKey(key);
    }

    private static Added taken(NewJob by) {
        return new Added(by.id(), Added.Outcome.KEY_TAKEN);
    }

    private void isAdded(NewJob job) {
        assertThat(fixture().add(job)).isEqualTo(new Added(job.id(), Added.Outcome.ADDED));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "a key is taken by the first job, read back with its scope, and does not meet the same key of another scope, or of another type:")
    void taken(UniqueKey.Scope scope) {
        for (UniqueKey.Scope other : UniqueKey.Scope.values()) {
            if (other != scope) {
                isAdded(keyed(in(other)));
            }
        }
        NewJob first = keyed(in(scope));
        isAdded(first);

        assertThat(fixture().add(keyed(in(scope)))).isEqualTo(taken(first));
        assertThat(fixture().add(first)).isEqualTo(new Added(first.id(), Added.Outcome.ID_EXISTS));
        isAdded(NewJob.of(JobType.of("another", Object.class), "x").uniqueKey(in(scope)));
        Job stored = fixture().find(first);
        assertThat(stored.uniqueKey()).isEqualTo("film-42");
        assertThat(stored.keyScope()).isEqualTo(scope);
    }

    @Test
    @DisplayName(
            "a key until the start is free at the first claim, and neither a retry, nor a hand-back, nor a lost worker takes it again")
    void untilStarted() {
        UniqueKey key = in(UniqueKey.Scope.UNTIL_STARTED);
        List<Consumer<Job>> ways = List.of(
                job -> fixture().settle(Settlement.giveBack(Claim.of(job))),
                job -> fixture()
                        .settle(Settlement.retry(Claim.of(job), JobError.retryable("again", "Again"), Duration.ZERO)),
                job -> fixture().loseWorkers());
        for (Consumer<Job> back : ways) {
            NewJob first = keyed(key);
            isAdded(first);
            Job running = fixture().claimed(first.id());
            NewJob second = keyed(key);
            isAdded(second);
            back.accept(running);
            assertThat(fixture().status(first)).isEqualTo(JobStatus.PENDING);
            assertThat(fixture().add(keyed(key))).isEqualTo(taken(second));
            Stream.of(first, second).forEach(job -> fixture().store.cancel(job.id(), Locale.ENGLISH));
        }
    }

    @Test
    @DisplayName(
            "a job that ends before its start frees its key, and does not take it again when it is retried by hand")
    void cancelledBeforeItsStart() {
        UniqueKey key = in(UniqueKey.Scope.UNTIL_STARTED);
        NewJob first = keyed(key);
        isAdded(first);
        fixture().cancel(first);
        NewJob second = keyed(key);
        isAdded(second);

        fixture().retry(first);

        assertThat(fixture().statuses(first, second)).containsOnly(JobStatus.PENDING);
        assertThat(fixture().find(first).uniqueKey()).isNull();
        fixture().cancel(second);
        isAdded(keyed(key));
    }

    @Test
    @DisplayName("jobs that are retried in bulk do not take such keys again either")
    void bulkRetry() {
        UniqueKey key = in(UniqueKey.Scope.UNTIL_STARTED);
        NewJob first = keyed(key);
        isAdded(first);
        fixture().cancel(first);
        NewJob second = keyed(key);
        isAdded(second);

        assertThat(fixture()
                        .store
                        .retryPage(JobQuery.all().status(JobStatus.CANCELLED))
                        .done())
                .isEqualTo(1);

        assertThat(fixture().statuses(first, second)).containsOnly(JobStatus.PENDING);
    }

    @Test
    @DisplayName("a key for a period outlives the end of its job and its deletion, and is free when the period is over")
    void period() {
        UniqueKey key = in(UniqueKey.Scope.PERIOD);
        NewJob first = keyed(key);
        isAdded(first);
        Job running = fixture().claimed(first.id());
        assertThat(fixture().add(keyed(key))).isEqualTo(taken(first));
        fixture().complete(running);
        assertThat(fixture().add(keyed(key))).isEqualTo(taken(first));
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100);
        assertThat(fixture().store.find(first.id())).isEmpty();
        assertThat(fixture().add(keyed(key))).isEqualTo(taken(first));
        assertThat(fixture().add(first)).isEqualTo(new Added(first.id(), Added.Outcome.ID_EXISTS));

        fixture().age(HOUR);

        NewJob next = keyed(key);
        isAdded(next);
        assertThat(fixture().add(keyed(key))).isEqualTo(taken(next));
    }

    @Test
    @DisplayName("to enqueue a job again does not take its key for another period")
    void sameJobAgain() {
        NewJob first = keyed(in(UniqueKey.Scope.PERIOD));
        isAdded(first);
        fixture().age(HOUR);

        assertThat(fixture().add(first)).isEqualTo(new Added(first.id(), Added.Outcome.ID_EXISTS));

        isAdded(keyed(in(UniqueKey.Scope.PERIOD)));
    }

    @Test
    @DisplayName("purge deletes keys whose period is over, and no others")
    void purgedKeys() {
        NewJob old = keyed(in(UniqueKey.Scope.PERIOD));
        isAdded(old);
        fixture().age(HOUR);
        NewJob fresh = with(UniqueKey.of("fresh").forPeriod(HOUR), "x");
        isAdded(fresh);

        fixture().store.purge(Retention.DEFAULT, 100);

        assertThat(fixture().add(with(UniqueKey.of("fresh").forPeriod(HOUR), "x")))
                .isEqualTo(taken(fresh));
        isAdded(keyed(in(UniqueKey.Scope.PERIOD)));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a key that rejects refuses the whole call, also for a job before it in the call:")
    void rejects(UniqueKey.Scope scope) {
        UniqueKey key = in(scope).reject();
        NewJob other = fixture().job();
        NewJob first = keyed(key);
        NewJob second = keyed(key);
        assertThat(fixture().addAll(other, first, second)).containsOnly(new Added(second.id(), Added.Outcome.CONFLICT));
        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
        isAdded(first);

        assertThat(fixture().addAll(other, keyed(key))).containsOnly(new Added(first.id(), Added.Outcome.CONFLICT));

        assertThat(fixture().store.find(other.id())).isEmpty();
        assertThat(fixture().addAll(first, other))
                .containsExactly(
                        new Added(first.id(), Added.Outcome.ID_EXISTS), new Added(other.id(), Added.Outcome.ADDED));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a job that no worker has claimed gets the input of the next one, and keeps its own due time:")
    void replaces(UniqueKey.Scope scope) {
        UniqueKey key = in(scope).replaceInput();
        NewJob first = with(key, "old").delay(HOUR);
        isAdded(first);
        Job before = fixture().find(first);

        assertThat(fixture().add(with(key, "new").delay(Duration.ofDays(1))))
                .isEqualTo(new Added(first.id(), Added.Outcome.REPLACED));

        Job after = fixture().find(first);
        assertThat(after.input()).isEqualTo("\"new\"");
        assertThat(after.runAt()).isEqualTo(before.runAt());
        assertThat(after.claim()).isZero();
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "a job that gets the input of the next one gets its deadline too, so that it does not fail with that input before")
    void replacesDeadline() {
        UniqueKey key = in(UniqueKey.Scope.UNTIL_STARTED).replaceInput();
        NewJob first = with(key, "old").expiresAfter(HOUR);
        isAdded(first);
        fixture().age(HOUR);

        fixture().add(with(key, "new").expiresAfter(HOUR));
        assertThat(fixture().store.expire(10, Locale.ENGLISH).jobs()).isZero();

        fixture().add(with(key, "newer"));
        assertThat(fixture().find(first).expiresAt()).isNull();
    }

    @Test
    @DisplayName(
            "a debounced job never becomes due in the past, and a delay that is longer than the longest one is refused")
    void debouncesWithinBounds() {
        UniqueKey key = in(UniqueKey.Scope.UNTIL_STARTED);
        NewJob first = with(key, "1").delay(Duration.ofHours(3));
        isAdded(first);
        fixture().age(Duration.ofHours(2));
        fixture().add(with(key.debounce(HOUR), "2").delay(HOUR));
        assertThat(untilDue(first)).isBetween(Duration.ofMinutes(119), Duration.ofMinutes(121));

        assertThatThrownBy(() -> fixture().add(with(key.debounce(HOUR), "3").delay(Duration.ofHours(2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give a shorter delay");
    }

    @Test
    @DisplayName("a family that is enqueued again when it was deleted is refused while its key for a period is taken")
    void familyAgain() {
        NewJob parent = fixture().job();
        NewJob child = keyed(in(UniqueKey.Scope.PERIOD)).parent(parent);
        fixture().addAll(parent, child);
        fixture().completes(child);
        fixture().age(Duration.ofMinutes(1));
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100);
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100);
        assertThat(fixture().store.find(child.id())).isEmpty();

        assertThat(fixture().addAll(parent, child)).extracting(Added::outcome).containsOnly(Added.Outcome.CONFLICT);
    }

    @Test
    @DisplayName("a job that waits for others gets the input of the next one too")
    void replacesWaiting() {
        UniqueKey key = in(UniqueKey.Scope.UNTIL_STARTED).replaceInput();
        NewJob before = fixture().job();
        NewJob waiting = with(key, "old").after(before);
        fixture().addAll(before, waiting);

        assertThat(fixture().add(with(key, "new"))).isEqualTo(new Added(waiting.id(), Added.Outcome.REPLACED));

        fixture().completes(before);
        assertThat(fixture().claimed(waiting.id()).input()).isEqualTo("\"new\"");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a job that a worker has claimed keeps its input, also while it waits for its next attempt:")
    void keepsInput(UniqueKey.Scope scope) {
        UniqueKey key = in(scope).replaceInput();
        NewJob first = with(key, "old");
        isAdded(first);
        Job running = fixture().claimed(first.id());
        NewJob second = with(key, "new");

        Added answer = fixture().add(second);

        assertThat(answer)
                .isEqualTo(
                        scope == UniqueKey.Scope.UNTIL_STARTED
                                ? new Added(second.id(), Added.Outcome.ADDED)
                                : taken(first));
        fixture().settle(Settlement.giveBack(Claim.of(running)));
        fixture().add(with(key, "newer"));
        assertThat(fixture().find(first).input()).isEqualTo("\"old\"");
    }

    @Test
    @DisplayName(
            "a debounced job is due when the delay of the last one has passed, at the latest so long after it was added itself")
    void debounces() {
        UniqueKey key = in(UniqueKey.Scope.UNTIL_STARTED).debounce(HOUR);
        NewJob first = with(key, "1").delay(Duration.ofMinutes(40));
        isAdded(first);
        fixture().age(Duration.ofMinutes(10));
        assertThat(fixture().add(with(key, "2").delay(Duration.ofMinutes(40))))
                .isEqualTo(new Added(first.id(), Added.Outcome.REPLACED));
        assertThat(untilDue(first)).isBetween(Duration.ofMinutes(49), Duration.ofMinutes(51));
        fixture().age(Duration.ofMinutes(30));

        fixture().add(with(key, "3").delay(Duration.ofMinutes(40)));

        assertThat(untilDue(first)).isEqualTo(HOUR);
        assertThat(fixture().find(first).input()).isEqualTo("\"3\"");
        fixture().age(Duration.ofMinutes(21));
        assertThat(fixture().claimed(first.id()).input()).isEqualTo("\"3\"");
    }

    private Duration untilDue(NewJob job) {
        Job stored = fixture().find(job);
        return Duration.between(stored.createdAt(), stored.runAt());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "a family whose key is taken is refused as a whole, whatever the key says, and so are the children that a job spawns:")
    void families(UniqueKey.Scope scope) {
        Job spawner = fixture().claimed();
        NewJob holder = with(in(scope), "old");
        isAdded(holder);
        NewJob parent = fixture().job();
        NewJob child = with(in(scope).replaceInput(), "new").parent(parent);

        assertThat(fixture().addAll(parent, child)).containsOnly(new Added(holder.id(), Added.Outcome.CONFLICT));
        assertThat(fixture().store.find(parent.id())).isEmpty();

        NewJob spawned = with(in(scope).replaceInput(), "new").parent(spawner.id());
        SpawnedJobs spawn =
                new SpawnedJobs(List.of(StoreFixture.encode(spawned)), ChildFailurePolicy.FAIL_AT_ONCE, false);
        assertThat(fixture().settle(Settlement.awaitChildren(Claim.of(spawner), null, spawn)))
                .isEqualTo(Settled.CONFLICT);
        assertThat(fixture().store.find(spawned.id())).isEmpty();
        assertThat(fixture().find(holder).input()).isEqualTo("\"old\"");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("children take keys of every scope:")
    void childrenTakeKeys(UniqueKey.Scope scope) {
        NewJob parent = fixture().job();
        NewJob child = keyed(in(scope)).parent(parent);
        assertThat(fixture().addAll(parent, child)).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);

        assertThat(fixture().add(keyed(in(scope)))).isEqualTo(taken(child));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("8 threads add one key: one job is added, and all answer with it:")
    void oneIsAdded(UniqueKey.Scope scope) {
        for (int i = 0; i < REPETITIONS; i++) {
            UniqueKey scoped = in(scope, UniqueKey.of("key-" + i));
            List<Added> answers =
                    RacingThreads.race(THREADS, thread -> () -> fixture().add(with(scoped.replaceInput(), thread)));

            assertThat(answers)
                    .extracting(Added::id)
                    .containsOnly(answers.get(0).id());
            assertThat(answers)
                    .filteredOn(answer -> answer.outcome() == Added.Outcome.ADDED)
                    .hasSize(1);
            assertThat(answers)
                    .filteredOn(answer -> answer.outcome() == Added.Outcome.REPLACED)
                    .hasSize(THREADS - 1);
        }
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(REPETITIONS);
    }

    @Test
    @DisplayName("8 threads add the same keys of all scopes in different orders: no deadlock, none twice")
    void sameKeysInAnyOrder() {
        RacingThreads.race(THREADS, thread -> () -> {
            List<NewJob> jobs = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                for (UniqueKey.Scope scope : UniqueKey.Scope.values()) {
                    jobs.add(with(in(scope, UniqueKey.of("key-" + i)), thread));
                }
            }
            Collections.shuffle(jobs, new Random(thread));
            return fixture().addAll(jobs.toArray(NewJob[]::new));
        });

        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(60);
    }

    @Test
    @DisplayName("while workers claim, every input that replaced another is run, or was replaced itself; none is lost")
    void replacingBesidesClaims() {
        UniqueKey key = KEY.untilStarted().replaceInput();
        UUID worker = fixture().worker();
        List<List<String>> seen = RacingThreads.race(THREADS, thread -> () -> {
            List<String> ran = new ArrayList<>();
            for (int i = 0; i < 2 * REPETITIONS; i++) {
                if (thread % 2 == 0) {
                    fixture().add(with(key, thread + ":" + i));
                } else {
                    fixture().claimAs(worker, 1).forEach(job -> ran.add(String.valueOf(job.input())));
                }
            }
            return ran;
        });
        fixture().add(with(key, "last"));
        List<String> ran = new ArrayList<>(seen.stream().flatMap(List::stream).toList());
        fixture().claimAs(worker, 10).forEach(job -> ran.add(String.valueOf(job.input())));

        assertThat(ran).doesNotHaveDuplicates().contains("\"last\"");
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(ran.size());
    }
}
