package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.UniqueKey;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Jobs that run one after the other. */
public abstract class SequencesContract extends LimitContract {
    private static final String FILM = "film:42";
    private static final LimitKey FILM_KEY = SequencePlace.limitKey(FILM);
    private static final Retention NOTHING =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);

    private NewJob job() {
        return fixture().job().sequence(FILM);
    }

    private NewJob job(SequenceFailurePolicy onFailure) {
        return fixture().job().sequence(FILM, onFailure);
    }

    /** Adds one job by itself. */
    private NewJob next() {
        return add(job());
    }

    private NewJob next(SequenceFailurePolicy onFailure) {
        return add(job(onFailure));
    }

    private void fail(Job job) {
        assertThat(fixture().fail(job)).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("wait for one before them that is left to others")
    void leftToOthers() {
        NewJob first = next();
        NewJob left = add(otherType().sequence(FILM));
        NewJob last = next();
        complete(claimAllLeavingOthers().get(0));
        assertThat(fixture().status(first)).isEqualTo(JobStatus.COMPLETED);
        assertThat(claimAllLeavingOthers()).isEmpty();

        complete(startsOnly(left));
        List<Job> claimed = claimAllLeavingOthers();
        assertThat(claimed).extracting(Job::id).containsExactly(last.id());
        assertThat(fixture().find(left).attempt()).isEqualTo(1);
    }

    @Test
    @DisplayName("run one at a time, in the order in which they were added, whatever their type, queue and priority")
    void order() {
        NewJob first = add(job().priority(1));
        NewJob second = add(otherType().sequence(FILM).priority(9));
        NewJob third = add(job().queue("other").priority(5));
        NewJob fourth = next();

        complete(startsOnly(first));
        complete(startsOnly(second));
        startsNone();
        List<Job> ofOtherQueue = claimAllOf("other");
        assertThat(ofOtherQueue).extracting(Job::id).containsExactly(third.id());
        complete(ofOtherQueue.get(0));
        complete(startsOnly(fourth));
    }

    @Test
    @DisplayName("of one call run in the order of the call, and after those of an earlier call")
    void call() {
        NewJob before = next();
        List<NewJob> jobs = new ArrayList<>(
                IntStream.range(0, 30).mapToObj(i -> job().priority(i % 10)).toList());
        Collections.reverse(jobs);
        fixture().addAll(jobs.toArray(NewJob[]::new));

        complete(startsOnly(before));
        jobs.forEach(job -> complete(startsOnly(job)));
        startsNone();

        NewJob first = job().priority(1);
        NewJob second = job().priority(9);
        fixture().addAll(first, second);
        complete(startsOnly(first));
        startsOnly(second);
    }

    @Test
    @DisplayName("hold up no job of another sequence, and none without one")
    void others() {
        NewJob first = next();
        next();
        NewJob other = add(fixture().job().sequence("film:43"));
        NewJob plain = add(fixture().job());

        starts(first, other, plain);
    }

    @Test
    @DisplayName("wait for the first one also while that waits for its next attempt, its delay, or was not ready")
    void waits() {
        NewJob first = add(job().delay(HOUR));
        NewJob second = next();
        startsNone();

        pass(HOUR.plusMinutes(1));
        retry(startsOnly(first), HOUR);
        startsNone();

        pass(HOUR.plusMinutes(1));
        assertThat(fixture().settle(Settlement.postpone(Claim.of(startsOnly(first)), HOUR, "no price yet")))
                .isEqualTo(Settled.APPLIED);
        startsNone();

        pass(HOUR.plusMinutes(1));
        complete(startsOnly(first));
        startsOnly(second);
    }

    @Test
    @DisplayName("keep their order when the first one is given back, or loses its worker")
    void returned() {
        NewJob first = next();
        NewJob second = next();
        assertThat(fixture().settle(Settlement.giveBack(Claim.of(startsOnly(first)))))
                .isEqualTo(Settled.APPLIED);
        startsOnly(first);

        fixture().loseWorkers();
        pass(HOUR);
        complete(startsOnly(first));

        startsOnly(second);
    }

    @Test
    @DisplayName("go on after one that is cancelled, before it runs or while it runs")
    void cancelled() {
        NewJob first = next();
        NewJob second = next();
        NewJob third = next();
        NewJob fourth = next();
        Job running = startsOnly(first);
        fixture().cancel(second);
        fixture().cancel(first);
        assertThat(fixture().complete(running)).isEqualTo(Settled.CANCELLED);

        complete(startsOnly(third));
        startsOnly(fourth);
    }

    @Test
    @DisplayName("wait behind one that has failed, are listed, and go on when it was retried and has completed")
    void block() {
        NewJob first = next();
        NewJob second = next();
        Job running = startsOnly(first);
        assertThat(limits().blocked(null, 10)).isEmpty();
        fail(running);
        startsNone();

        List<BlockedSequence> blocked = limits().blocked(null, 10);
        assertThat(blocked).extracting(BlockedSequence::key).containsExactly(FILM);
        assertThat(blocked).extracting(BlockedSequence::jobId).containsExactly(first.id());
        assertThat(blocked.get(0).message()).isEqualTo(fixture().find(first).errorMessage());
        assertThat(blocked.get(0).failedAt()).isEqualTo(fixture().find(first).completedAt());
        assertThat(blocked.get(0).type()).isEqualTo(first.type().name());
        assertThat(state(FILM_KEY).first()).isEqualTo(first.id());

        fixture().retry(first);
        assertThat(limits().blocked(null, 10)).isEmpty();
        complete(startsOnly(first));
        startsOnly(second);
    }

    @Test
    @DisplayName("pass one that has failed once somebody skips it; skip says whether it was in the way")
    void skip() {
        NewJob first = next();
        NewJob second = next();
        assertThat(limits().skip(first.id())).isFalse();
        fail(startsOnly(first));
        startsNone();

        assertThat(limits().skip(first.id())).isTrue();

        assertThat(limits().blocked(null, 10)).isEmpty();
        assertThat(fixture().status(first)).isEqualTo(JobStatus.FAILED);
        startsOnly(second);
        assertThat(limits().skip(first.id())).isFalse();
        assertThat(limits().skip(second.id())).isFalse();
        assertThat(limits().skip(UUID.randomUUID())).isFalse();
    }

    @Test
    @DisplayName("that are blocked are listed by key, page by page, each once")
    void pages() {
        // Keys that begin with another one, followed by signs that come before digits.
        for (String key : List.of("s0", "s-1", "s", "sa", "s.2")) {
            NewJob job = add(fixture().job().sequence(key));
            fail(startsOnly(job));
        }
        fixture().age(Duration.ofSeconds(1));

        assertThat(limits().blocked(null, 2)).extracting(BlockedSequence::key).containsExactly("s", "s-1");
        assertThat(limits().blocked("s-1", 2)).extracting(BlockedSequence::key).containsExactly("s.2", "s0");
        assertThat(limits().blocked("s0", 2)).extracting(BlockedSequence::key).containsExactly("sa");
    }

    @Test
    @DisplayName("go on after one that has failed if its policy is SKIP")
    void skip_policy() {
        NewJob first = next(SequenceFailurePolicy.SKIP);
        NewJob second = next();
        fail(startsOnly(first));

        assertThat(limits().blocked(null, 10)).isEmpty();
        startsOnly(second);
    }

    @Test
    @DisplayName(
            "of the policy CANCEL_REST are cancelled when one fails: those behind it, of this sequence, and no later ones")
    void cancel_rest() {
        NewJob first = next();
        NewJob second = next(SequenceFailurePolicy.CANCEL_REST);
        NewJob third = next();
        NewJob before = fixture().job();
        NewJob fourth = job().after(before);
        fixture().addAll(before, fourth);
        NewJob after = add(fixture().job().after(third));
        NewJob other = add(fixture().job().sequence("film:43"));
        complete(starts(first, before, other).stream()
                .filter(job -> job.id().equals(first.id()))
                .findFirst()
                .orElseThrow());

        fail(startsOnly(second));

        assertThat(fixture().statuses(third, fourth, after, other))
                .containsExactly(JobStatus.CANCELLED, JobStatus.CANCELLED, JobStatus.FAILED, JobStatus.PROCESSING);
        startsOnly(next());
    }

    @Test
    @DisplayName("that fail because they have lost too many workers, or were not started in time, follow their policy")
    void other_failures() {
        NewJob lost = next(SequenceFailurePolicy.CANCEL_REST);
        NewJob rest = next();
        for (int i = 0; i < StoreFixture.CAP; i++) {
            startsOnly(lost);
            fixture().loseWorkers();
            pass(HOUR);
        }
        assertThat(fixture().statuses(lost, rest)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);

        NewJob late = add(job(SequenceFailurePolicy.CANCEL_REST).delay(HOUR).expiresAfter(Duration.ofMinutes(1)));
        NewJob behind = next();
        fixture().age(Duration.ofMinutes(2));
        fixture().store.expire(100, Locale.ENGLISH);
        assertThat(fixture().statuses(late, behind)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("do not wait for one that waits for other jobs; it comes in at its place")
    void predecessors() {
        NewJob before = fixture().job();
        NewJob first = job().after(before);
        fixture().addAll(before, first);
        NewJob second = next();
        NewJob third = next();

        List<Job> started = starts(before, second);
        started.forEach(this::complete);

        complete(startsOnly(first));
        startsOnly(third);
    }

    @Test
    @DisplayName("do not wait for one that waits for the children it has spawned: they may be of the same sequence")
    void spawned() {
        NewJob parent = next();
        NewJob second = next();
        Job running = startsOnly(parent);
        List<EncodedJob> children = List.of(StoreFixture.encode(job().parent(parent.id())));
        assertThat(fixture()
                        .settle(Settlement.awaitChildren(
                                Claim.of(running),
                                null,
                                new SpawnedJobs(children, ChildFailurePolicy.FAIL_AT_ONCE, false))))
                .isEqualTo(Settled.APPLIED);

        complete(startsOnly(second));
        UUID child = children.get(0).job().id();
        List<Job> last = claimAll();
        assertThat(last).extracting(Job::id).containsExactly(child);
        complete(last.get(0));
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("are refused for a parent that never runs itself")
    void parents() {
        NewJob parent = job();

        assertThatThrownBy(() -> fixture().addAll(parent, fixture().childOf(parent)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(FILM_KEY.text());
    }

    @Test
    @DisplayName("keep their order under a further limit, and hold no permit of it before their turn")
    void limited() {
        limits().put(atATime(1));
        NewJob holder = add(ACME);
        NewJob first = add(job().limit(TENANT, "acme"));
        NewJob second = next();
        NewJob third = add(job().limit(TENANT, "acme"));
        NewJob other = add(ACME);

        complete(startsOnly(holder));
        complete(startsOnly(first));
        starts(second, other).forEach(this::complete);
        startsOnly(third);
    }

    @Test
    @DisplayName("are one job each in the state of their key, which says who runs, how many wait, and who is first")
    void state() {
        assertThat(state(FILM_KEY).first()).isNull();
        NewJob first = next();
        NewJob second = next();
        startsOnly(first);

        assertThat(state(FILM_KEY).running()).containsExactly(first.id());
        assertThat(state(FILM_KEY).waiting()).isEqualTo(1);
        assertThat(state(FILM_KEY).first()).isEqualTo(first.id());
        assertThat(limits().list()).extracting(Limit::name).doesNotContain(LimitKey.SEQUENCE);
        Job stored = fixture().find(second);
        assertThat(stored.limits()).containsExactly(limit(FILM_KEY));
        SequencePlace place = Objects.requireNonNull(stored.sequence());
        assertThat(place.key()).isEqualTo(FILM);
        assertThat(place.onFailure()).isEqualTo(SequenceFailurePolicy.BLOCK);
        assertThat(place.number()).isGreaterThan(numberOf(first));
    }

    private long numberOf(NewJob job) {
        return Objects.requireNonNull(fixture().find(job).sequence()).number();
    }

    @Test
    @DisplayName("start only when the key is not paused")
    void paused() {
        NewJob first = next();
        limits().pause(FILM_KEY, Pause.by("ada").because("wait"));
        startsNone();

        limits().resume(FILM_KEY);

        startsOnly(first);
    }

    @Test
    @DisplayName("keep their place when their input is replaced, and when they are changed by hand")
    void replaced() {
        UniqueKey key = UniqueKey.of("k").untilStarted().replaceInput();
        NewJob first = add(job().uniqueKey(key));
        NewJob second = next();
        assertThat(fixture().add(job().uniqueKey(key))).isEqualTo(new Added(first.id(), Added.Outcome.REPLACED));
        assertThat(fixture().store.change(second.id(), JobChange.of().priority(9)))
                .isEqualTo(ActResult.DONE);

        complete(startsOnly(first));
        startsOnly(second);
    }

    @Test
    @DisplayName(
            "of a key that runs again after: one runs, one waits with the newest input, and they never run together")
    void run_again_after() {
        UniqueKey key = UniqueKey.of("sync").runAgainAfter();
        NewJob first = add(fixture().job().uniqueKey(key));
        Job running = startsOnly(first);
        NewJob second = add(fixture().job().uniqueKey(key));
        assertThat(fixture().add(fixture().job().uniqueKey(key)))
                .isEqualTo(new Added(second.id(), Added.Outcome.REPLACED));
        startsNone();

        fail(running);

        startsOnly(second);
    }

    @Test
    @DisplayName("are not purged while they block the others, and are once somebody has skipped them")
    void purge() {
        NewJob first = next();
        NewJob second = next();
        fail(startsOnly(first));
        pass(HOUR);
        purgeAll();
        startsNone();
        assertThat(fixture().status(first)).isEqualTo(JobStatus.FAILED);

        limits().skip(first.id());
        purgeAll();

        assertThat(fixture().store.find(first.id())).isEmpty();
        startsOnly(second);
    }

    /** A call may look at some only. */
    private void purgeAll() {
        for (int calls = 0; calls < 3; calls++) {
            fixture().store.purge(NOTHING, 100);
        }
    }

    @Test
    @DisplayName("that are deleted when they complete let the next one run")
    void deleted() {
        NewJob first = next();
        NewJob second = next();

        assertThat(fixture().settle(Settlement.completeAndDelete(Claim.of(startsOnly(first)), null)))
                .isEqualTo(Settled.APPLIED);

        assertThat(fixture().store.scan(JobQuery.all())).extracting(Job::id).containsExactly(second.id());
        startsOnly(second);
    }

    @Test
    @DisplayName("are never run at the same time, or out of order, by many threads that add, claim and settle")
    void race() {
        int sequences = 4;
        int each = 8;
        Map<UUID, String> keys = new ConcurrentHashMap<>();
        ConcurrentLinkedQueue<UUID> ran = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<UUID> added = new ConcurrentLinkedQueue<>();
        List<UUID> workers =
                IntStream.range(0, 2).mapToObj(i -> fixture().register()).toList();
        Map<String, UUID> running = new ConcurrentHashMap<>();

        RacingThreads.race(3, thread -> () -> {
            if (thread == 2) {
                for (int i = 0; i < each * sequences; i++) {
                    String key = "s" + i % sequences;
                    NewJob job = fixture().job().sequence(key);
                    keys.put(job.id(), key);
                    added.add(job.id());
                    fixture().add(job);
                }
                return 0;
            }
            while (ran.size() < each * sequences) {
                for (Job job : fixture().claimAs(workers.get(thread), 3)) {
                    String key = keys.getOrDefault(job.id(), "?");
                    assertThat(running.put(key, job.id()))
                            .as("two of %s at once", key)
                            .isNull();
                    ran.add(job.id());
                    running.remove(key);
                    fixture().settle(Settlement.complete(Claim.of(job), null));
                }
            }
            return 0;
        });

        assertThat(byKey(ran, keys)).isEqualTo(byKey(added, keys));
    }

    private static Map<String, List<UUID>> byKey(Iterable<UUID> jobs, Map<UUID, String> keys) {
        Map<String, List<UUID>> byKey = new HashMap<>();
        jobs.forEach(id -> byKey.computeIfAbsent(keys.getOrDefault(id, "?"), key -> new ArrayList<>())
                .add(id));
        return byKey;
    }
}
