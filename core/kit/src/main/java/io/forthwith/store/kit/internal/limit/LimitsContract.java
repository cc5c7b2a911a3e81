package io.forthwith.store.kit.internal.limit;

import static io.forthwith.limit.JobLimit.UNREADABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which jobs a claim gives out if limits say how many may run at a time. */
public abstract class LimitsContract extends LimitContract {
    private static final LimitKey TYPE_KEY = LimitKey.ofType(StoreFixture.TYPE.name());
    private static final Limit TYPE_LIMIT = Limit.onType(StoreFixture.TYPE.name());

    private void givesPermitBack(String how, Consumer<Job> end) {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        NewJob second = add(ACME);
        Job running = startsOnly(first);

        end.accept(running);

        List<Job> next = claimAll();
        assertThat(next).as(how).extracting(Job::id).containsExactly(second.id());
        complete(next.get(0));
        fixture().cancel(first);
    }

    @Test
    @DisplayName("no claim gives out more jobs of a key than its limit, and all of them start as permits come free")
    void neverMore() {
        limits().put(atATime(3));
        add(10, ACME);
        add(2, BRAVO);
        List<Job> running = new ArrayList<>();
        int started = 0;
        for (int round = 0; round < 10; round++) {
            List<Job> claimed = fixture().store.claim(request(50));
            assertThat(claimed.stream().filter(job -> job.limits().contains(limit(ACME))))
                    .hasSizeLessThanOrEqualTo(3);
            running.addAll(claimed);
            running.addAll(claimAll());
            assertThat(state(ACME).running()).hasSizeLessThanOrEqualTo(3);
            started += running.size();
            running.forEach(this::complete);
            running.clear();
        }
        assertThat(started).isEqualTo(12);
    }

    @Test
    @DisplayName(
            "a job that is left to others gets no permit of this worker, ready or waiting for one, and keeps none from those that it takes")
    void leftToOthers() {
        limits().put(atATime(1));
        NewJob ready = add(otherType(ACME));
        NewJob known = add(ACME);
        List<Job> claimed = claimAllLeavingOthers();
        assertThat(claimed).extracting(Job::id).containsExactly(known.id());
        NewJob waiting = add(otherType(ACME));
        assertThat(claimAll()).as("both wait for the permit").isEmpty();
        complete(claimed.get(0));

        assertThat(claimAllLeavingOthers()).isEmpty();
        assertThat(fixture().statuses(ready, waiting)).containsOnly(JobStatus.PENDING);
        assertThat(fixture().find(ready).claim()).isZero();
        NewJob last = add(ACME);
        assertThat(claimAllLeavingOthers()).extracting(Job::id).containsExactly(last.id());
        complete(fixture().find(last.id()));

        complete(startsOnly(ready));
        assertThat(startsOnly(waiting).attempt()).isEqualTo(1);
    }

    @Test
    @DisplayName("a job that completes gives its permit back, also if it is deleted then")
    void completing() {
        givesPermitBack("complete", this::complete);
        givesPermitBack("complete and delete", job -> {
            assertThat(fixture().settle(Settlement.completeAndDelete(Claim.of(job), null)))
                    .isEqualTo(Settled.APPLIED);
            assertThat(fixture().store.find(job.id())).isEmpty();
        });
    }

    @Test
    @DisplayName("a job that fails, or that its worker cancels, gives its permit back")
    void failing() {
        givesPermitBack("fail", job -> assertThat(fixture().fail(job)).isEqualTo(Settled.APPLIED));
        givesPermitBack("cancel", job -> {
            fixture().store.cancel(job.id(), Locale.ENGLISH);
            startsNone();
            assertThat(fixture().complete(job)).isEqualTo(Settled.CANCELLED);
        });
    }

    @Test
    @DisplayName("a job that waits for its next attempt, or that is postponed, holds no permit")
    void waiting() {
        givesPermitBack("retry", job -> retry(job, HOUR));
        givesPermitBack(
                "postpone",
                job -> assertThat(fixture().settle(Settlement.postpone(Claim.of(job), HOUR, "not yet")))
                        .isEqualTo(Settled.APPLIED));
    }

    @Test
    @DisplayName("a job that is due again waits for a permit as any other")
    void dueAgain() {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        NewJob second = add(ACME);
        retry(startsOnly(first), HOUR);
        Job running = startsOnly(second);
        pass(HOUR);
        startsNone();

        complete(running);

        assertThat(startsOnly(first).attempt()).isEqualTo(2);
    }

    @Test
    @DisplayName("a job that is given back gives its permit back, and is the first to start again")
    void givingBack() {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        NewJob second = add(ACME);

        fixture().settle(Settlement.giveBack(Claim.of(startsOnly(first))));

        complete(startsOnly(first));
        startsOnly(second);
    }

    @Test
    @DisplayName("a job that is taken over from a lost worker gives its permit back, and nothing does before that")
    void lostWorkers() {
        limits().put(atATime(1));
        add(3, ACME);
        assertThat(claimAll()).hasSize(1);
        pass(StoreFixture.LEASE.plusSeconds(1));
        startsNone();

        assertThat(fixture().takeOver()).hasSize(1);

        pass(HOUR);
        assertThat(state(ACME).running()).isEmpty();
        assertThat(claimAll()).hasSize(1);
    }

    @Test
    @DisplayName("blocked jobs that are cancelled, and deleted, do not keep those behind them from starting")
    void cancellingBlocked() {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        List<NewJob> blocked = add(5, ACME);
        NewJob last = add(ACME);
        Job running = startsOnly(first);

        blocked.forEach(fixture()::cancel);
        assertThat(fixture()
                        .store
                        .purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 2)
                        .jobs())
                .isEqualTo(2);
        startsNone();
        complete(running);

        startsOnly(last);
    }

    @Test
    @DisplayName(
            "500 blocked jobs hold up no job of another key and no job without limits, of their queue and priority")
    void manyBlocked() {
        limits().put(atATime(1));
        add(500, ACME);
        NewJob other = add(BRAVO);
        NewJob free = add();

        List<Job> started = claimAll(10);

        assertThat(started).hasSize(3).extracting(Job::id).contains(other.id(), free.id());
        NewJob later = add();
        startsOnly(later);
        started.forEach(this::complete);
        assertThat(claimAll(10)).hasSize(1);
        assertThat(state(ACME).waiting()).isEqualTo(498);
    }

    @Test
    @DisplayName("jobs of one key start in the order of claims: by priority, then by due time, then by id")
    void order() {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        Job running = startsOnly(first);
        NewJob low = add(under(ACME).priority(1));
        List<NewJob> sameTime = add(3, ACME);
        NewJob later = add(ACME);
        NewJob high = add(under(ACME).priority(9));
        startsNone();

        List<NewJob> expected = new ArrayList<>(List.of(high));
        expected.addAll(sameTime.stream()
                .sorted((a, b) -> a.id().toString().compareTo(b.id().toString()))
                .toList());
        expected.addAll(List.of(later, low));
        for (NewJob next : expected) {
            complete(running);
            running = startsOnly(next);
        }
    }

    @Test
    @DisplayName("a job under several limits starts only if all of them let it, and holds up none of its other keys")
    void several() {
        limits().put(atATime(1));
        limits().put(Limit.of(API).concurrency(1));
        NewJob first = add(ACME);
        NewJob both = add(ACME, KEY);
        NewJob api = add(KEY);

        starts(first, api);
        complete(fixture().find(first));
        startsNone();
        NewJob behind = add(ACME);
        startsOnly(behind);
        complete(fixture().find(api));
        startsNone();
        complete(fixture().find(behind));

        Job started = startsOnly(both);
        assertThat(started.limits()).containsExactly(limit(KEY), limit(ACME));
        assertThat(state(ACME).running()).containsExactly(both.id());
        assertThat(state(KEY).running()).containsExactly(both.id());

        complete(started);
        startsOnly(add(ACME));
        NewJob held = under(ACME, KEY);
        NewJob free = under(KEY);
        fixture().addAll(held, free);
        startsOnly(free);
    }

    @Test
    @DisplayName("jobs wait until their limit is declared, and hold up no others")
    void undeclared() {
        NewJob job = add(ACME);
        NewJob free = add();
        startsOnly(free);

        limits().put(Limit.of(API).concurrency(5));
        startsNone();
        limits().put(atATime(5));

        startsOnly(job);
    }

    @Test
    @DisplayName(
            "a higher number holds at once; with a lower one running jobs go on, and the next starts when fewer run")
    void declaredAgain() {
        limits().put(atATime(1));
        add(8, ACME);
        List<Job> running = new ArrayList<>(claimAll());
        assertThat(running).hasSize(1);

        limits().put(atATime(3));
        running.addAll(claimAll());
        assertThat(running).hasSize(3);

        limits().put(atATime(1));
        complete(running.get(0));
        complete(running.get(1));
        startsNone();
        complete(running.get(2));
        assertThat(claimAll()).hasSize(1);
    }

    @Test
    @DisplayName("a limit without bounds holds nobody up")
    void withoutBounds() {
        limits().put(Limit.of(TENANT));
        add(20, ACME);
        assertThat(claimAll()).hasSize(20);
        assertThat(state(ACME).isFull()).isFalse();

        limits().put(atATime(3));
        add(ACME);
        startsNone();
        limits().put(Limit.of(TENANT));
        assertThat(claimAll()).hasSize(1);
    }

    @Test
    @DisplayName("a limit of one key only replaces the declared one, until it is taken back")
    void overriding() {
        limits().put(atATime(1));
        add(6, ACME);
        add(6, BRAVO);

        limits().override(ACME, atATime(3));
        List<Job> running = claimAll();

        assertThat(running.stream().filter(job -> job.limits().contains(limit(ACME))))
                .hasSize(3);
        assertThat(running).hasSize(4);
        limits().override(ACME, null);
        running.forEach(this::complete);
        assertThat(claimAll()).hasSize(2);
    }

    @Test
    @DisplayName("no job of a paused key starts, running ones go on and end, and those of other keys start")
    void pausing() {
        limits().put(atATime(2));
        NewJob first = add(ACME);
        Job running = startsOnly(first);

        limits().pause(ACME, Pause.by("ada").because("their server is down"));
        NewJob second = add(ACME);
        NewJob other = add(BRAVO);

        startsOnly(other);
        assertThat(fixture().status(first)).isEqualTo(JobStatus.PROCESSING);
        complete(running);
        startsNone();
        limits().resume(ACME);
        startsOnly(second);
    }

    @Test
    @DisplayName("two queues under one key: each goes on when a permit comes free, whichever worker comes")
    void queues() {
        limits().put(atATime(1));
        for (String queue : List.of("left", "left", "left", "right", "right", "right")) {
            add(under(ACME).queue(queue));
        }
        List<String> turns = List.of("left", "right", "right", "left", "left", "right");
        for (String queue : turns) {
            String other = queue.equals("left") ? "right" : "left";
            List<Job> started = claimAllOf(queue);
            assertThat(started).as(queue).hasSize(1);
            assertThat(claimAllOf(queue)).isEmpty();
            assertThat(claimAllOf(other)).isEmpty();
            complete(started.get(0));
        }
    }

    @Test
    @DisplayName("two types under one key: each goes on when a permit comes free, also behind jobs of the other type")
    void types() {
        limits().put(atATime(1));
        NewJob first = add(otherType(ACME));
        NewJob second = add(ACME);
        NewJob third = add(otherType(ACME));
        NewJob fourth = add(ACME);
        List<NewJob> turns = List.of(second, fourth, first, third);
        for (NewJob job : turns) {
            JobType<?> other =
                    turns.get((turns.indexOf(job) + 2) % turns.size()).type();
            List<Job> started = claimAllOf(job.type());
            assertThat(started).extracting(Job::id).containsExactly(job.id());
            assertThat(claimAllOf(other)).isEmpty();
            complete(started.get(0));
        }
    }

    @Test
    @DisplayName(
            "a limit on a type covers jobs without limits of their own, and a claimed job names it among its limits")
    void onType() {
        limits().put(TYPE_LIMIT.concurrency(1));
        limits().put(atATime(5));
        NewJob bare = add();
        NewJob limited = add(ACME);
        NewJob free = add(otherType());

        assertThat(fixture().find(bare).limits()).isEmpty();
        assertThat(starts(bare, free)).flatExtracting(Job::limits).containsExactly(limit(TYPE_KEY));
        Job running = fixture().find(bare);
        assertThat(running.limits()).containsExactly(limit(TYPE_KEY));
        assertThat(fixture().find(free).limits()).isEmpty();
        assertThat(state(TYPE_KEY).running()).containsExactly(bare.id());
        retry(running, HOUR);
        assertThat(startsOnly(limited).limits()).containsExactly(limit(ACME), limit(TYPE_KEY));
        pass(HOUR);
        startsNone();
        complete(fixture().find(limited));
        assertThat(startsOnly(bare).limits()).containsExactly(limit(TYPE_KEY));
    }

    @Test
    @DisplayName(
            "a job whose limits cannot be read starts at once, under no limit, so that its worker fails it, and disturbs no other job")
    void unreadable() {
        limits().put(TYPE_LIMIT.concurrency(2));
        limits().put(atATime(1));
        NewJob first = add(ACME);
        NewJob second = add(ACME);
        NewJob bad = add(UNREADABLE.key());
        NewJob bare = add();

        List<Job> started = starts(first, bad, bare);

        assertThat(started.stream().filter(job -> job.id().equals(bad.id())))
                .extracting(Job::limits)
                .containsExactly(List.of(UNREADABLE));
        assertThat(fixture().find(bad).limits()).containsExactly(UNREADABLE);
        assertThat(state(TYPE_KEY).running()).containsExactlyInAnyOrder(first.id(), bare.id());
        NewJob worse = add(UNREADABLE.key());
        Job alone = startsOnly(worse);
        assertThat(fixture().fail(fixture().find(bad))).isEqualTo(Settled.APPLIED);
        startsNone();
        complete(fixture().find(first));
        startsOnly(second);
        retry(alone, HOUR);
        pass(HOUR);
        assertThat(startsOnly(worse).limits()).containsExactly(UNREADABLE);
        assertThat(limits().states(UNREADABLE.key().name(), null, 10)).isEmpty();
    }

    @Test
    @DisplayName("a limit on a type counts the jobs that start after it was declared")
    void typeDeclaredLater() {
        add(3);
        List<Job> before = claimAll();
        assertThat(before).hasSize(3);
        add(3);

        limits().put(TYPE_LIMIT.concurrency(2));

        assertThat(claimAll()).hasSize(2);
        before.forEach(this::complete);
        startsNone();
    }

    @Test
    @DisplayName(
            "a higher number of a limit on a type holds at once, also for jobs that wait, and no other type gets it")
    void higherOnType() {
        limits().put(Limit.onType(StoreFixture.TYPE.name()).concurrency(1));
        limits().put(Limit.onType("other").concurrency(1));
        add(3);
        add(otherType());
        add(otherType());
        assertThat(claimAll()).hasSize(2);
        startsNone();

        limits().put(Limit.onType(StoreFixture.TYPE.name()).concurrency(3));

        assertThat(claimAll())
                .hasSize(2)
                .allSatisfy(job -> assertThat(job.type()).isEqualTo(StoreFixture.TYPE.name()));
    }

    @Test
    @DisplayName("a type that is paused holds up the jobs of its own only")
    void pausedType() {
        limits().put(TYPE_LIMIT);
        limits().pause(TYPE_KEY, Pause.of());
        NewJob bare = add();
        NewJob free = add(otherType());
        startsOnly(free);

        limits().resume(TYPE_KEY);

        startsOnly(bare);
    }

    @Test
    @DisplayName("a job that is not due yet holds up nobody, and starts when it is due and has a permit")
    void notDueYet() {
        limits().put(atATime(1));
        NewJob delayed = add(under(ACME).delay(HOUR).priority(9));
        NewJob first = add(ACME);
        NewJob second = add(ACME);

        Job running = startsOnly(first);
        pass(HOUR);
        startsNone();
        complete(running);

        complete(startsOnly(delayed));
        startsOnly(second);
    }

    @Test
    @DisplayName("jobs that undo steps are under no limit")
    void undoJobs() {
        limits().put(atATime(1));
        limits().put(TYPE_LIMIT.concurrency(1));
        LimitKey undos = LimitKey.ofType("undo:" + StoreFixture.TYPE.name());
        limits().put(Limit.onType(undos.key()).concurrency(1));
        add(ACME);
        Job job = claimAll().get(0);
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().finish(job, StoreFixture.CHARGE, "1");
        limits().pause(ACME, Pause.of());
        limits().pause(TYPE_KEY, Pause.of());
        limits().pause(undos, Pause.of());

        assertThat(fixture().fail(job)).isEqualTo(Settled.APPLIED);

        List<Job> started = claimAll();
        assertThat(started).extracting(Job::undoes).containsExactly(job.id());
        assertThat(started.get(0).limits()).isEmpty();
    }

    @Test
    @DisplayName("a failed job that is retried by hand keeps its limits and waits for a permit")
    void retriedByHand() {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        NewJob second = add(ACME);
        fixture().fail(startsOnly(first));
        Job running = startsOnly(second);

        fixture().retry(first);

        assertThat(fixture().find(first).limits()).containsExactly(limit(ACME));
        startsNone();
        complete(running);
        startsOnly(first);
    }

    @Test
    @DisplayName("a blocked job at its last try does not keep another one at its last try from starting")
    void lastTries() {
        limits().put(atATime(5));
        NewJob blocked = add(ACME);
        NewJob other = add();
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            assertThat(claimAll()).hasSize(2);
            pass(StoreFixture.LEASE.plusSeconds(1));
            assertThat(fixture().takeOver()).hasSize(2);
            pass(HOUR);
        }
        limits().pause(ACME, Pause.of());

        assertThat(startsOnly(other).lostWorkers()).isEqualTo(StoreFixture.CAP - 1);
        limits().resume(ACME);
        startsNone();
        complete(fixture().find(other));
        startsOnly(blocked);
    }
}
