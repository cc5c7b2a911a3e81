package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class CancelHintContract {
    private final List<Claim> heard = new CopyOnWriteArrayList<>();

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a listener hears which claim is to stop, and hears nothing of jobs that do not run")
    void claim() {
        try (StoreHints.Subscription subscription = fixture().store.onCancelRequested(heard::add)) {
            assertThat(subscription).isNotNull();
            Job done = fixture().claimed();
            fixture().complete(done);
            cancel(done.id());
            cancel(fixture().added());
            cancel(UUID.randomUUID());
            assertThat(heard).isEmpty();
            Job running = fixture().claimed();

            assertThat(cancel(running.id())).isEqualTo(ActResult.REQUESTED);
            assertThat(cancel(running.id())).isEqualTo(ActResult.REQUESTED);

            assertThat(heard).allMatch(Claim.of(running)::equals);
        }
    }

    @Test
    @DisplayName("a listener hears nothing after its subscription is closed, once or several times")
    void closed() {
        StoreHints.Subscription subscription = fixture().store.onCancelRequested(heard::add);
        subscription.close();
        subscription.close();

        cancel(fixture().claimed().id());

        assertThat(heard).isEmpty();
    }

    @Test
    @DisplayName("an exception of a listener reaches neither the caller nor the other listeners")
    void throwing() {
        JobStore store = fixture().store;
        Job running = fixture().claimed();
        try (StoreHints.Subscription broken = store.onCancelRequested(claim -> {
                    throw new IllegalStateException("thrown on purpose");
                });
                StoreHints.Subscription subscription = store.onCancelRequested(heard::add);
                StoreHints.Subscription worse = store.onCancelRequested(claim -> {
                    throw new AssertionError("thrown on purpose");
                })) {
            assertThat(List.of(broken, subscription, worse)).doesNotContainNull();

            assertThat(cancel(running.id())).isEqualTo(ActResult.REQUESTED);
        }
        assertThat(fixture().find(running.id()).cancelRequestedAt()).isNotNull();
    }

    @Test
    @DisplayName("a listener may ask the store what has become of the job, and sees the request")
    void asksBack() {
        Job running = fixture().claimed();
        List<Boolean> requested = new CopyOnWriteArrayList<>();
        try (StoreHints.Subscription subscription = fixture()
                .store
                .onCancelRequested(claim -> requested.add(RacingThreads.race(
                                        1, thread -> () -> fixture().find(claim.jobId()))
                                .get(0)
                                .cancelRequestedAt()
                        != null))) {
            assertThat(subscription).isNotNull();
            cancel(running.id());
        }
        assertThat(requested).allMatch(seen -> seen);
    }

    private ActResult cancel(UUID id) {
        return fixture().store.cancel(id, Locale.ENGLISH);
    }
}
