package io.forthwith.spring;

import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The limits of a {@link SpringJobStore}. Changes have transactions of their own. */
final class SpringLimitStore implements LimitStore {
    private static final String CHANGE = "a change of a limit";

    private final LimitStore limits;
    private final Consumer<String> requireNoTransaction;

    /** @param requireNoTransaction refuses what it is told of within a transaction of the application */
    SpringLimitStore(LimitStore limits, Consumer<String> requireNoTransaction) {
        this.limits = limits;
        this.requireNoTransaction = requireNoTransaction;
    }

    @Override
    public void put(Limit limit) {
        requireNoTransaction.accept(CHANGE);
        limits.put(limit);
    }

    @Override
    public List<Limit> list() {
        return limits.list();
    }

    @Override
    public LimitChangeResult override(LimitKey key, @Nullable Limit limit) {
        requireNoTransaction.accept(CHANGE);
        return limits.override(key, limit);
    }

    @Override
    public LimitChangeResult pause(LimitKey key, Pause pause) {
        requireNoTransaction.accept(CHANGE);
        return limits.pause(key, pause);
    }

    @Override
    public LimitChangeResult rest(LimitKey key, Duration duration) {
        requireNoTransaction.accept(CHANGE);
        return limits.rest(key, duration);
    }

    @Override
    public LimitChangeResult resume(LimitKey key) {
        requireNoTransaction.accept(CHANGE);
        return limits.resume(key);
    }

    @Override
    public LimitState state(LimitKey key) {
        return limits.state(key);
    }

    @Override
    public List<LimitState> states(String name, @Nullable String after, int atMost) {
        return limits.states(name, after, atMost);
    }

    @Override
    public List<LimitState> paused(int atMost) {
        return limits.paused(atMost);
    }

    @Override
    public WaitingJobs waitingJobs(LimitKey key, int atMost) {
        return limits.waitingJobs(key, atMost);
    }

    @Override
    public List<BlockedSequence> blocked(@Nullable String after, int atMost) {
        return limits.blocked(after, atMost);
    }

    @Override
    public boolean skip(UUID jobId) {
        requireNoTransaction.accept(CHANGE);
        return limits.skip(jobId);
    }

    @Override
    public int waiting(String limitName) {
        return limits.waiting(limitName);
    }

    @Override
    public void lookAgain() {
        limits.lookAgain();
    }

    @Override
    public @Nullable Duration untilNextStart() {
        return limits.untilNextStart();
    }
}
