package io.forthwith.store.kit.internal.limit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.RacingThreads;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Keys that rest for a time: none of their jobs starts, and then they go on by themselves. */
public abstract class RestingContract extends LimitContract {
    /** Longer than a test takes. */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    private void postpone(Job job, Duration delay) {
        assertThat(fixture().settle(Settlement.postpone(Claim.of(job), delay, "asked to wait")))
                .isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("no job of a key that rests starts, and after the rest they start without any further event")
    void ready() {
        limits().put(atATime(2));
        NewJob first = add(ACME);
        NewJob second = add(ACME);

        limits().rest(ACME, HOUR);

        startsNone();
        pass(HOUR.minus(MARGIN));
        startsNone();
        pass(MARGIN);
        starts(first, second);
    }

    @Test
    @DisplayName("jobs of the key that waited for a permit wait for the end of the rest too, and start by themselves")
    void parked() {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        NewJob second = add(ACME);
        NewJob third = add(ACME);
        Job running = startsOnly(first);

        limits().rest(ACME, HOUR);
        complete(running);

        startsNone();
        pass(HOUR.minus(MARGIN));
        startsNone();
        pass(MARGIN);
        complete(startsOnly(second));
        complete(startsOnly(third));
    }

    @Test
    @DisplayName("jobs of other keys and of no key start while a key rests")
    void others() {
        limits().put(atATime(5));
        limits().put(Limit.of(API));
        limits().rest(ACME, HOUR);
        add(200, ACME);
        NewJob bravo = add(BRAVO);
        NewJob other = add(KEY);
        NewJob free = add();

        starts(bravo, other, free);
    }

    @Test
    @DisplayName("jobs that run when the rest begins go on, and one that is postponed meanwhile uses no attempt")
    void running() {
        limits().put(atATime(2));
        NewJob job = add(ACME);
        NewJob waiting = add(ACME);
        List<Job> running = starts(job, waiting);
        limits().rest(ACME, HOUR);
        complete(running.stream()
                .filter(each -> each.id().equals(waiting.id()))
                .findFirst()
                .orElseThrow());
        Job limited = fixture().find(job);
        postpone(limited, HOUR);

        assertThat(fixture().find(job).attempt()).isZero();
        assertThat(fixture().find(job).progress().message()).isEqualTo("asked to wait");
        startsNone();
        pass(HOUR);
        assertThat(startsOnly(job).attempt()).isEqualTo(1);
    }

    @Test
    @DisplayName("a shorter rest changes nothing, a longer one counts")
    void neverShorter() {
        limits().put(atATime(1));
        NewJob job = add(ACME);
        limits().rest(ACME, HOUR);
        Instant until = requireNonNull(state(ACME).restsUntil());

        limits().rest(ACME, Duration.ofMinutes(1));
        limits().rest(ACME, Duration.ZERO);

        assertThat(state(ACME).restsUntil()).isEqualTo(until);
        startsNone();
        limits().rest(ACME, HOUR.multipliedBy(3));
        pass(HOUR);
        startsNone();
        pass(HOUR.multipliedBy(2));
        startsOnly(job);
    }

    @Test
    @DisplayName("a rest that is over does not count, and a new one does")
    void again() {
        limits().put(atATime(1));
        NewJob first = add(ACME);
        limits().rest(ACME, HOUR);
        startsNone();
        pass(HOUR);
        complete(startsOnly(first));
        NewJob second = add(ACME);

        limits().rest(ACME, HOUR);

        startsNone();
        pass(HOUR);
        startsOnly(second);
    }

    @Test
    @DisplayName("a state shows until when a key rests, also of a key that no job has used")
    void shown() {
        limits().put(atATime(1));
        assertThat(state(ACME).restsUntil()).isNull();
        Job job = fixture().find(add(ACME));

        limits().rest(ACME, HOUR);

        LimitState resting = state(ACME);
        assertThat(resting.restsUntil()).isCloseTo(job.createdAt().plus(HOUR), within(1, ChronoUnit.MINUTES));
        assertThat(resting.nextStart()).isEqualTo(resting.restsUntil());
        assertThat(resting.isFull()).isTrue();
        assertThat(limits().states(TENANT, null, 10)).containsExactly(resting);
        assertThat(state(BRAVO).restsUntil()).isNull();
        pass(HOUR);
        assertThat(state(ACME).restsUntil()).isNull();
        assertThat(state(ACME).nextStart()).isNull();
        assertThat(state(ACME).isFull()).isFalse();
    }

    @Test
    @DisplayName("a job under two limits waits while one of its keys rests, and uses nothing of the other")
    void twoLimits() {
        limits().put(atATime(1));
        limits().put(Limit.of(API).concurrency(1).rate(1, HOUR.multipliedBy(10)));
        limits().rest(ACME, HOUR);
        NewJob both = add(ACME, KEY);
        startsNone();
        assertThat(state(KEY).nextStart()).isNull();
        NewJob other = add(BRAVO);
        startsOnly(other);

        pass(HOUR);

        startsOnly(both);
    }

    @Test
    @DisplayName("of a rest and a rate the later one counts")
    void besideRate() {
        limits().put(Limit.of(API).rate(1, HOUR.multipliedBy(2)));
        limits().put(atATime(9));
        LimitKey other = new LimitKey(API, "key-2");
        starts(add(KEY), add(other));
        NewJob soon = add(KEY);
        NewJob late = add(other);
        limits().rest(KEY, HOUR);
        limits().rest(other, HOUR.multipliedBy(3));

        pass(HOUR);
        startsNone();
        pass(HOUR);
        startsOnly(soon);
        pass(HOUR);
        startsOnly(late);
    }

    @Test
    @DisplayName("to resume a key ends its rest at once")
    void resumed() {
        limits().put(atATime(1));
        NewJob job = add(ACME);
        limits().rest(ACME, HOUR);
        startsNone();

        assertThat(limits().resume(ACME).wasPaused()).as("it was not paused").isFalse();

        assertThat(state(ACME).restsUntil()).isNull();
        startsOnly(job);
    }

    @Test
    @DisplayName("what is declared, overridden or paused leaves a rest as it is")
    void kept() {
        limits().rest(ACME, HOUR);
        Instant until = requireNonNull(state(ACME).restsUntil());
        limits().put(atATime(1));
        limits().override(ACME, atATime(2));
        limits().pause(ACME, Pause.by("ada"));
        NewJob job = add(ACME);
        startsNone();
        assertThat(state(ACME).restsUntil()).isEqualTo(until);
        assertThat(state(ACME).limit()).isEqualTo(atATime(2));

        pass(HOUR);
        startsNone();
        limits().resume(ACME);
        startsOnly(job);
    }

    @Test
    @DisplayName("the key of a type rests as any other")
    void ofType() {
        limits().put(Limit.onType("other").concurrency(3));
        limits().rest(LimitKey.ofType("other"), HOUR);
        NewJob resting = add(otherType());
        NewJob free = add();
        startsOnly(free);

        pass(HOUR);

        startsOnly(resting);
    }

    @Test
    @DisplayName("after a claim that a rest held up the store knows how long it takes")
    void untilNextStart() {
        limits().put(atATime(1));
        limits().rest(ACME, HOUR);
        add(ACME);

        startsNone();

        assertThat(limits().untilNextStart()).isBetween(Duration.ofMinutes(50), HOUR);
    }

    @Test
    @DisplayName("a time that is negative or longer than 100 years is refused")
    void refused() {
        assertThatThrownBy(() -> limits().rest(ACME, Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> limits().rest(ACME, Duration.ofDays(40_000)))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(limits().states(TENANT, null, 10)).isEmpty();
    }

    @Test
    @DisplayName("of the rests that 8 threads ask for at the same moment, with claims, the longest counts")
    void many() {
        limits().put(atATime(100));
        for (int round = 1; round <= RacingThreads.REPETITIONS; round++) {
            add(4, BRAVO);
            Instant before = fixture().find(add(BRAVO)).createdAt();
            int hours = round;
            RacingThreads.race(8, thread -> () -> {
                limits().rest(ACME, HOUR.multipliedBy(hours).plusMinutes(thread));
                return fixture().claimAs(fixture().register(), 1);
            });

            assertThat(state(ACME).restsUntil())
                    .isBetween(
                            before.plus(HOUR.multipliedBy(hours).plusMinutes(7)),
                            before.plus(HOUR.multipliedBy(hours).plusMinutes(9)));
        }
    }
}
