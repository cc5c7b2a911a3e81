package io.forthwith.store.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.StoreHints;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the contract lets a store keep to itself: the in-memory store tells at once, so that workers in one process need not poll. */
class InMemoryHintsTest {
    private final StoreFixture fixture = new StoreFixture(new InMemoryJobStore(), by -> {});
    private final List<Claim> toCancel = new ArrayList<>();
    private int added;
    private final List<StoreHints.Subscription> subscriptions =
            List.of(fixture.store.onAdded(() -> added++), fixture.store.onCancelRequested(toCancel::add));

    @AfterEach
    void close() {
        subscriptions.forEach(StoreHints.Subscription::close);
    }

    @Test
    void tells_of_jobs_that_are_released() {
        NewJob first = fixture.job();
        NewJob after = fixture.job().after(first);
        fixture.addAll(first, after);
        Job running = fixture.running(first);
        added = 0;

        fixture.complete(running);

        assertThat(added).isPositive();
    }

    @Test
    void tells_of_jobs_that_are_spawned() {
        Job running = fixture.claimed();
        NewJob child = fixture.job().parent(running.id());
        added = 0;

        fixture.settle(Settlement.awaitChildren(
                Claim.of(running),
                null,
                new SpawnedJobs(List.of(StoreFixture.encode(child)), ChildFailurePolicy.FAIL_AT_ONCE, false)));

        assertThat(added).isPositive();
    }

    @Test
    void tells_of_jobs_that_are_retried() {
        NewJob job = fixture.job();
        fixture.add(job);
        fixture.fails(job);
        added = 0;

        fixture.retry(job);
        assertThat(added).isPositive();

        added = 0;
        fixture.retry(job);
        assertThat(added).as("it is pending already").isZero();
    }

    @Test
    void tells_when_it_is_asked_to_and_leaves_no_subscription() {
        fixture.store.wake();

        assertThat(added).isPositive();
        assertThat(fixture.store.hearsOthers()).isTrue();
    }

    @Test
    void tells_nothing_of_jobs_that_end() {
        Job running = fixture.claimed();
        added = 0;

        fixture.complete(running);

        assertThat(added).isZero();
    }

    @Test
    void tells_of_running_jobs_that_are_to_be_cancelled_with_their_parent_or_for_a_sibling() {
        NewJob top = fixture.job().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob middle = fixture.childOf(top).cancelOtherChildren();
        NewJob bad = fixture.childOf(middle);
        NewJob sibling = fixture.childOf(middle);
        NewJob cousin = fixture.childOf(top);
        fixture.addAll(top, middle, bad, sibling, cousin);
        Claim ofSibling = Claim.of(fixture.running(sibling));
        Claim ofCousin = Claim.of(fixture.running(cousin));

        fixture.fails(bad);
        assertThat(toCancel).containsExactly(ofSibling);

        fixture.store.cancel(top.id(), Locale.ENGLISH);
        assertThat(toCancel).containsExactly(ofSibling, ofCousin);
    }
}
