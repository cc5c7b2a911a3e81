package io.forthwith.worker;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.memory.CountingParents;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes a store wrong on purpose, as real stores can be wrong. The simulation must find each of these bugs. */
final class PlantedBug {
    private final @Nullable Bug bug;
    private final Map<Claim, Integer> attempts = new HashMap<>();
    private @Nullable CountingParents counting;
    private boolean isTakingOver;
    private int added;

    /** What is wrong. */
    enum Bug {
        /** Writes a result while the job is processing, even if another worker holds it. */
        WRITES_ARE_NOT_FENCED,
        /** Uses the attempt as the fencing token, although the number of an attempt can be used again. */
        ATTEMPT_IS_THE_FENCE,
        /** Takes over from workers whose lease is good. */
        TAKE_OVER_WITHOUT_A_LOOK_AT_THE_LEASE,
        /** Reports success although no row was written. */
        NO_ROW_IS_SUCCESS,
        /** Reports failure if no row was written because an earlier call had written it. */
        NO_ROW_IS_FAILURE,
        /** Sometimes accepts a job without storing it. */
        ACCEPTED_AND_NOT_STORED,
        /** Ends parents by a counter instead of reading their children, so that a repeated settlement counts twice. */
        PARENTS_BY_COUNTER,
        /** Not in the store: a worker that closes stops its heartbeats before its jobs have ended. */
        HEARTBEAT_STOPS_FIRST
    }

    /** No bug. */
    PlantedBug() {
        this.bug = null;
    }

    PlantedBug(Bug bug) {
        this.bug = bug;
    }

    /** The clock of the store itself. */
    Instant time(Instant now) {
        return isTakingOver ? now.plus(Duration.ofDays(1)) : now;
    }

    /** Whether workers stop their heartbeats when they begin to stop. */
    boolean stopsHeartbeatFirst() {
        return bug == Bug.HEARTBEAT_STOPS_FIRST;
    }

    /**
     * @param memory holds the rows of {@code store}, or of the store that it wraps
     */
    JobStore into(JobStore store, InMemoryJobStore memory, Supplier<Instant> now) {
        if (bug == Bug.PARENTS_BY_COUNTER) {
            counting = new CountingParents(memory, now);
        }
        return bug == null
                ? store
                : (JobStore) Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {JobStore.class},
                        (proxy, method, arguments) -> call(store, method, arguments));
    }

    private @Nullable Object call(JobStore store, Method method, Object @Nullable [] arguments) throws Throwable {
        Object[] given = arguments == null ? new Object[0] : arguments;
        switch (method.getName()) {
            case "add" -> {
                return add(store, all(given[0], EncodedJob.class));
            }
            case "claim" -> {
                List<Job> jobs = store.claim((ClaimRequest) given[0]);
                jobs.forEach(job -> attempts.put(Claim.of(job), job.attempt()));
                return jobs;
            }
            case "settle" -> {
                return settle(store, all(given[0], Settlement.class));
            }
            default -> {}
        }
        isTakingOver = bug == Bug.TAKE_OVER_WITHOUT_A_LOOK_AT_THE_LEASE
                && method.getName().equals("takeOver");
        try {
            return method.invoke(store, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        } finally {
            isTakingOver = false;
        }
    }

    private static <T> List<T> all(Object list, Class<T> type) {
        return ((List<?>) list).stream().map(type::cast).toList();
    }

    private List<Added> add(JobStore store, List<EncodedJob> jobs) {
        if (bug == Bug.ACCEPTED_AND_NOT_STORED && ++added % 10 == 0) {
            return jobs.stream()
                    .map(job -> new Added(job.job().id(), Added.Outcome.ADDED))
                    .toList();
        }
        return store.add(jobs);
    }

    private List<Settled> settle(JobStore store, List<Settlement> settlements) {
        List<Settled> answers = store.settle(
                settlements.stream().map(each -> asWritten(store, each)).toList());
        if (counting != null) {
            for (int i = 0; i < answers.size(); i++) {
                counting.answered(settlements.get(i), answers.get(i));
            }
        }
        return answers.stream().map(this::asRead).toList();
    }

    private Settlement asWritten(JobStore store, Settlement settlement) {
        Claim claim = settlement.claim();
        Optional<Job> running = store.find(claim.jobId()).filter(job -> job.status() == JobStatus.PROCESSING);
        boolean isLetThrough = bug == Bug.WRITES_ARE_NOT_FENCED
                || (bug == Bug.ATTEMPT_IS_THE_FENCE
                        && running.map(job -> attempts.getOrDefault(claim, 0) == job.attempt())
                                .orElse(false));
        return running.isPresent() && isLetThrough ? claimedBy(Claim.of(running.get()), settlement) : settlement;
    }

    private static Settlement claimedBy(Claim claim, Settlement settlement) {
        if (settlement instanceof Settlement.Complete complete) {
            return Settlement.complete(claim, complete.result());
        }
        return settlement instanceof Settlement.Fail fail
                ? Settlement.fail(claim, fail.error(), fail.locale())
                : settlement;
    }

    private Settled asRead(Settled answer) {
        if (bug == Bug.NO_ROW_IS_SUCCESS && answer == Settled.LOST) {
            return Settled.APPLIED;
        }
        return bug == Bug.NO_ROW_IS_FAILURE && answer == Settled.ALREADY_APPLIED ? Settled.LOST : answer;
    }
}
