package io.forthwith.benchmarks.micro;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.StoreHints;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A store with almost no cost of its own, so that a benchmark measures the worker. It returns prepared rows and applies every settlement.
 * It is a proxy, because a worker with plain jobs calls only a few methods of a store.
 */
final class PreparedJobs {
    /** Enough rows that none is claimed again while a worker still holds it. */
    private static final int ROWS = 20_000;

    private static final StoreHints.Subscription NO_SUBSCRIPTION = () -> {};

    private final List<Job> rows = new ArrayList<>(ROWS);
    private final List<Settled> applied = Collections.nCopies(ROWS, Settled.APPLIED);
    private final JobStore store = (JobStore)
            Proxy.newProxyInstance(JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, this::answer);
    private Runnable hint = () -> {};
    private int next;
    private int pending;
    private int unsettled;

    PreparedJobs(String type, String input) {
        UUID worker = new UUID(0, 1);
        for (int i = 0; i < ROWS; i++) {
            rows.add(Job.builder(UUID.randomUUID(), type, Instant.EPOCH)
                    .status(JobStatus.PROCESSING)
                    .claim(1)
                    .workerId(worker)
                    .attempt(1)
                    .startedAt(Instant.EPOCH)
                    .input(input)
                    .build());
        }
    }

    JobStore store() {
        return store;
    }

    /** Adds so many jobs, and wakes the worker. */
    void add(int count) {
        synchronized (this) {
            pending += count;
            unsettled += count;
        }
        hint.run();
    }

    /** Waits until everything that was added is settled. */
    synchronized void awaitSettled() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (unsettled > 0) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException(unsettled + " jobs were not settled within a minute");
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private synchronized @Nullable Object answer(Object proxy, Method method, Object @Nullable [] arguments)
            throws Throwable {
        Object first = arguments == null ? null : arguments[0];
        return switch (method.getName()) {
            case "claim" -> claim(first);
            case "settle" -> settle(first);
            case "beat" -> new BeatAnswer(true, List.of());
            case "held", "takeOver", "list" -> List.of();
            case "purge" -> 0;
            // As with PostgreSQL: the worker relies on hints and does not poll frequently.
            case "hearsOthers" -> true;
            case "onAdded" -> subscribe(first);
            case "register", "deregister" -> null;
            default -> byDefault(proxy, method, arguments);
        };
    }

    private static @Nullable Object byDefault(Object proxy, Method method, Object @Nullable [] arguments)
            throws Throwable {
        if (!method.isDefault()) {
            throw new UnsupportedOperationException(method.getName());
        }
        return InvocationHandler.invokeDefault(proxy, method, arguments);
    }

    private List<Job> claim(@Nullable Object request) {
        int limit = request instanceof ClaimRequest wish ? wish.atMost() : 0;
        int from = next;
        int to = Math.min(from + Math.min(limit, pending), ROWS);
        next = to == ROWS ? 0 : to;
        pending -= to - from;
        return rows.subList(from, to);
    }

    private List<Settled> settle(@Nullable Object settlements) {
        int count = settlements instanceof List<?> all ? all.size() : 0;
        unsettled -= count;
        if (unsettled == 0) {
            notifyAll();
        }
        return applied.subList(0, count);
    }

    private StoreHints.Subscription subscribe(@Nullable Object listener) {
        if (listener instanceof Runnable runnable) {
            hint = runnable;
        }
        return NO_SUBSCRIPTION;
    }
}
