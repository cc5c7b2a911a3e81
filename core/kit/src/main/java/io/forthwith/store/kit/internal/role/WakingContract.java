package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.StoreHints;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class WakingContract {
    private final AtomicInteger heard = new AtomicInteger();

    public abstract StoreFixture fixture();

    @Test
    @DisplayName(
            "wake notifies listeners of added jobs at once, although none were added, until the subscription is closed")
    void hint() {
        JobStore store = fixture().store;
        StoreHints.Subscription subscription = store.onAdded(heard::incrementAndGet);
        fixture().added();
        boolean tellsOfAdded = heard.get() > 0;
        long jobs = store.countByScan(JobQuery.all());
        int before = heard.get();

        store.wake();

        if (tellsOfAdded) {
            assertThat(heard).hasValueGreaterThan(before);
        }
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(jobs);
        subscription.close();
        subscription.close();
        before = heard.get();
        store.wake();
        assertThat(heard).hasValue(before);
    }

    @Test
    @DisplayName(
            "a store that tells of added jobs also tells of each settlement that lets others start, once it is stored")
    void released() {
        JobStore store = fixture().store;
        Claims claims = new Claims();
        try (StoreHints.Subscription subscription = store.onAdded(claims::claim)) {
            assertThat(subscription).isNotNull();
            NewJob first = fixture().job();
            fixture().addAll(first, fixture().job().after(first));
            boolean tellsOfAdded = !claims.found().isEmpty();
            settleAfter(claims, first);
            if (tellsOfAdded) {
                assertThat(claims.found())
                        .as("jobs that a claim finds after a hint")
                        .contains(1);
            }
            if (tellsOfAdded && store.limits().isPresent()) {
                NewJob ofSequence = fixture().job().sequence("film:42");
                fixture().addAll(ofSequence, fixture().job().sequence("film:42"));
                settleAfter(claims, ofSequence);
                assertThat(claims.found())
                        .as("jobs of a sequence that a claim finds after a hint")
                        .contains(1);
            }
            NewJob charged = fixture().job();
            fixture().add(charged);
            claims.claim();
            Job running = fixture().find(charged);
            fixture().begin(running, StoreFixture.CHARGE);
            fixture().finish(running, StoreFixture.CHARGE, "1");
            claims.forget();
            fixture().fail(running);
            if (tellsOfAdded) {
                assertThat(claims.found())
                        .as("undo jobs that a claim finds after a hint")
                        .contains(1);
            }
        }
    }

    /** One claim after the other: another thread may tell late of what was added before, and its claim would hold what the next one is to find. */
    private final class Claims {
        private final List<Integer> found = new ArrayList<>();

        private synchronized void claim() {
            found.add(fixture().claim(10).size());
        }

        private synchronized void forget() {
            found.clear();
        }

        private synchronized List<Integer> found() {
            return List.copyOf(found);
        }
    }

    private void settleAfter(Claims claims, NewJob job) {
        // The hint of the call that has added it may have claimed it.
        claims.claim();
        Job running = fixture().find(job);
        claims.forget();
        assertThat(fixture().complete(running)).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("a store that belongs to no transaction of the application says so")
    void own_transactions() {
        assertThat(fixture().store.isInTransaction()).isFalse();
    }

    @Test
    @DisplayName("an exception of a listener reaches neither the caller nor the other listeners")
    void throwing() {
        JobStore store = fixture().store;
        try (StoreHints.Subscription broken = store.onAdded(() -> {
                    throw new IllegalStateException("thrown on purpose");
                });
                StoreHints.Subscription sound = store.onAdded(heard::incrementAndGet)) {
            assertThat(List.of(broken, sound)).doesNotContainNull();
            fixture().added();
            int before = heard.get();

            assertThatCode(store::wake).doesNotThrowAnyException();

            if (before > 0) {
                assertThat(heard).hasValueGreaterThan(before);
            }
        }
    }
}
