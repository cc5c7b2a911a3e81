package io.forthwith.worker;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.event.JobEvent;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakenOver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

/**
 * Checks every call to a store. It stands between the store and the layer that loses answers, compares the rows before
 * and after each call, and reports what must never happen.
 */
final class Checks {
    private static final Set<String> BY_HAND = Set.of("retry", "retryPage");

    private final Supplier<Instant> now;
    private final Map<UUID, Instant> leases = new HashMap<>();
    /** Attempts in live processes whose processor has been called and has not returned. */
    private final Map<Claim, SimulatedWorker> running = new HashMap<>();

    private final Set<Claim> begun = new HashSet<>();
    private final Map<Claim, Settlement> written = new HashMap<>();
    private final Set<Claim> cancelled = new HashSet<>();
    private final Map<Claim, JobEvent> told = new HashMap<>();
    private final Set<Claim> toldOtherwise = new HashSet<>();
    private final Map<Sight, Long> sights = new EnumMap<>(Sight.class);
    private Map<UUID, Job> rows = Map.of();
    private Instant robbedNoMore = Instant.MAX;
    private Supplier<Set<UUID>> living = Set::of;
    private @Nullable AssertionError first;
    private int trace;

    Checks(Supplier<Instant> now) {
        this.now = now;
    }

    void saw(Sight sight) {
        sights.merge(sight, 1L, Long::sum);
    }

    Map<Sight, Long> sights() {
        return sights;
    }

    /** The store with checks. */
    JobStore watching(JobStore store) {
        return (JobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {JobStore.class},
                (proxy, method, arguments) -> watched(store, method, arguments));
    }

    private @Nullable Object watched(JobStore store, Method method, Object @Nullable [] arguments) throws Throwable {
        trace = Objects.hash(trace, method.getName(), now.get());
        Object answer;
        try {
            answer = method.invoke(store, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
        if (arguments != null) {
            Map<UUID, Job> before = rows;
            rows = rowsOf(store);
            look(method.getName(), arguments, answer, before);
        }
        return answer;
    }

    private static Map<UUID, Job> rowsOf(JobStore store) {
        Map<UUID, Job> rows = new LinkedHashMap<>();
        store.scan(JobQuery.all().atMost(1_000)).forEach(job -> rows.put(job.id(), job));
        return rows;
    }

    int trace() {
        return trace;
    }

    Map<UUID, Job> rows() {
        return rows;
    }

    private void look(String call, Object[] arguments, @Nullable Object answer, Map<UUID, Job> before) {
        switch (call) {
            case "register" -> leases.put(((WorkerInfo) arguments[0]).id(), until((Duration) arguments[1]));
            case "deregister" -> leases.remove((UUID) arguments[0]);
            case "beat" -> beat((UUID) arguments[0], (Duration) arguments[1], (BeatAnswer) answer);
            case "claim" -> claimed((ClaimRequest) arguments[0], answersOf(answer, Job.class), before);
            case "settle" ->
                settled(answersOf(arguments[0], Settlement.class), answersOf(answer, Settled.class), before);
            case "takeOver" -> {
                answersOf(answer, TakenOver.class).forEach(taken -> takenOver(taken, before));
                // Their leases are removed, even if they held no jobs.
                leases.keySet().removeIf(worker -> !isLeased(worker));
            }
            default -> {}
        }
        before.forEach((id, job) -> moved(call, job, rows.get(id)));
        rows.values().forEach(this::standsAlone);
    }

    private static <T> List<T> answersOf(@Nullable Object list, Class<T> type) {
        return ((List<?>) Objects.requireNonNull(list)).stream().map(type::cast).toList();
    }

    private Instant until(Duration lease) {
        return now.get().plus(lease);
    }

    private void beat(UUID worker, Duration lease, @Nullable BeatAnswer beat) {
        boolean alive = Objects.requireNonNull(beat).alive();
        check(alive == leases.containsKey(worker), "worker {} was told that it is alive: {}", worker, alive);
        if (alive) {
            leases.put(worker, until(lease));
        } else {
            saw(Sight.BEAT_OF_THE_DEAD);
        }
    }

    private boolean isLeased(@Nullable UUID worker) {
        Instant until = leases.get(worker);
        return until != null && until.isAfter(now.get());
    }

    private void claimed(ClaimRequest request, List<Job> jobs, Map<UUID, Job> before) {
        check(
                jobs.size() <= request.atMost(),
                "{} jobs were claimed where {} were wanted",
                jobs.size(),
                request.atMost());
        check(jobs.isEmpty() || isLeased(request.workerId()), "a worker without a lease has claimed {}", jobs);
        for (Job job : jobs) {
            Job was = Objects.requireNonNull(before.get(job.id()), "claimed from nowhere");
            check(was.status() == JobStatus.PENDING, "{} was claimed while {}", was, was.status());
            check(!was.runAt().isAfter(now.get()), "{} was claimed at {}, before {}", was, now.get(), was.runAt());
            check(job.claim() > was.claim(), "the claim of {} has not grown from {}", job, was.claim());
        }
    }

    private void settled(List<Settlement> settlements, List<Settled> answers, Map<UUID, Job> before) {
        check(settlements.size() == answers.size(), "{} were answered with {}", settlements, answers);
        for (int i = 0; i < answers.size(); i++) {
            Settlement settlement = settlements.get(i);
            Claim claim = settlement.claim();
            Job was = before.get(claim.jobId());
            boolean isHeld = isHeld(claim, was);
            switch (answers.get(i)) {
                case APPLIED -> {
                    check(isHeld, "{} was applied to {}, which {} held no more", settlement, was, claim);
                    check(!written.containsKey(claim), "{} was written after {}", settlement, written.get(claim));
                    written.put(claim, settlement);
                    if (settlement instanceof Settlement.GiveBack && !begun.contains(claim)) {
                        saw(Sight.STRAY_GIVEN_BACK);
                    }
                }
                case ALREADY_APPLIED -> {
                    // If the answer of a cancellation was lost and another client retries the job by hand, it looks as
                    // if the job was given back.
                    check(
                            written.containsKey(claim) || cancelled.contains(claim),
                            "{} was said to be written already, and was not",
                            settlement);
                    saw(Sight.LOST_ANSWER_FOUND_WRITTEN);
                }
                case LOST -> {
                    check(!isHeld || hasMoved(was), "{} was refused although {} held the job", settlement, claim);
                    if (begun.contains(claim)) {
                        saw(Sight.LATE_RESULT_REFUSED);
                    }
                }
                case CANCELLED -> {
                    cancelled.add(claim);
                    saw(Sight.CANCELLED_WHILE_RUNNING);
                }
                case CONFLICT, BUSY -> {}
            }
        }
    }

    private static boolean isHeld(Claim claim, @Nullable Job job) {
        return job != null
                && job.status() == JobStatus.PROCESSING
                && job.claim() == claim.number()
                && claim.workerId().equals(job.workerId());
    }

    /** Whether another settlement of the same call has changed its status. */
    private boolean hasMoved(@Nullable Job was) {
        Job is = was == null ? null : rows.get(was.id());
        return is == null || was == null || is.status() != was.status();
    }

    private void takenOver(TakenOver taken, Map<UUID, Job> before) {
        Job was = Objects.requireNonNull(before.get(taken.jobId()));
        check(!isLeased(was.workerId()), "{} was taken over from a worker whose lease is good", was);
        check(
                now.get().isBefore(robbedNoMore) || !living.get().contains(was.workerId()),
                "{} was taken over from a worker that nothing keeps from beating",
                was);
        saw(taken.status() == JobStatus.FAILED ? Sight.WORKERS_LOST_TOO_OFTEN : Sight.TAKEN_OVER);
    }

    private void moved(String call, Job was, @Nullable Job is) {
        check(is != null, "{} has vanished by {}", was, call);
        Objects.requireNonNull(is);
        check(is.claim() >= was.claim(), "the claim of {} has shrunk from {} by {}", is, was.claim(), call);
        if (was.status() == is.status()) {
            check(
                    !was.status().isFinal() || Objects.equals(was.result(), is.result()),
                    "the result of {} has changed by {}",
                    was,
                    call);
            return;
        }
        // A parent that is retried may have no open children, and then ends in the same transaction.
        check(
                was.status().canBecome(is.status()) || (was.relations().isParent() && BY_HAND.contains(call)),
                "{} became {} by {}",
                was,
                is.status(),
                call);
        check(
                !was.status().isFinal() || BY_HAND.contains(call),
                "{} had ended, and became {} by {}",
                was,
                is.status(),
                call);
        if (was.status().isFinal()) {
            saw(Sight.RETRIED_BY_HAND);
        }
        if (is.status() == JobStatus.PROCESSING) {
            check(call.equals("claim"), "{} began to run by {}", is, call);
        }
        if (was.status() == JobStatus.PROCESSING && !call.equals("settle")) {
            check(is.claim() > was.claim(), "{} left its worker by {} without a new claim", is, call);
        }
    }

    /** What must hold for every row at every moment. */
    private void standsAlone(Job job) {
        check(job.attempt() <= job.claim(), "{} has more attempts than claims: {}", job, job.attempt());
        check(
                (job.completedAt() != null) == job.status().isFinal(),
                "{} is {} and has ended at {}",
                job,
                job.status(),
                job.completedAt());
        if (job.relations().isParent() && job.relations().onChildFailure() == ChildFailurePolicy.FAIL_AT_ONCE) {
            List<Job> children = rows.values().stream()
                    .filter(child -> job.id().equals(child.parentId()))
                    .toList();
            if (job.status() == JobStatus.COMPLETED) {
                saw(Sight.PARENT_CLOSED);
                check(
                        children.stream().allMatch(child -> child.status() == JobStatus.COMPLETED),
                        "{} completed before its children {}",
                        job,
                        children);
            }
            if (job.status() == JobStatus.WAITING) {
                check(
                        children.stream().anyMatch(child -> child.status().isOpen()),
                        "{} waits for children that have all ended: {}",
                        job,
                        children);
            }
        }
    }

    void begins(SimulatedWorker worker, Job job) {
        Claim claim = Claim.of(job);
        check(begun.add(claim), "{} began twice with one claim", claim);
        long others = running.entrySet().stream()
                .filter(each -> each.getKey().jobId().equals(job.id()))
                .peek(each -> check(each.getKey().number() < claim.number(), "{} began after {}", claim, each.getKey()))
                .count();
        if (others > 0) {
            saw(Sight.OVERLAPPING_HANDLERS);
        }
        running.put(claim, worker);
        long atOnce = running.values().stream().filter(worker::equals).count();
        // If a job was settled while its thread did not return, its slot went to another thread.
        check(
                atOnce <= SimulatedWorker.SLOTS + worker.engine.slots.zombies(),
                "{} runs {} jobs at the same moment",
                worker,
                atOnce);
    }

    void ends(Job job) {
        running.remove(Claim.of(job));
    }

    void died(SimulatedWorker worker) {
        running.values().removeIf(worker::equals);
    }

    /** The events of a worker must agree with the rows of the store. */
    void tells(JobEvent event) {
        if (event instanceof JobEvent.Started) {
            return;
        }
        if (event instanceof JobEvent.Refused || event instanceof JobEvent.Cancelled) {
            toldOtherwise.add(Claim.of(event.job()));
            return;
        }
        Claim claim = Claim.of(event.job());
        JobEvent earlier = told.put(claim, event);
        check(earlier == null, "{} was told after {}", event, earlier);
        Settlement settlement = written.get(claim);
        check(
                cancelled.contains(claim) || (settlement != null && isOf(settlement, event)),
                "{} was told, and {} was written",
                event,
                settlement);
    }

    private static boolean isOf(Settlement settlement, JobEvent event) {
        if (event instanceof JobEvent.Completed) {
            return settlement instanceof Settlement.Complete;
        }
        if (event instanceof JobEvent.Failed) {
            return settlement instanceof Settlement.Fail;
        }
        if (event instanceof JobEvent.RetryScheduled) {
            return settlement instanceof Settlement.Retry;
        }
        if (event instanceof JobEvent.Postponed) {
            return settlement instanceof Settlement.Postpone;
        }
        return event instanceof JobEvent.GivenBack
                ? settlement instanceof Settlement.GiveBack
                : settlement instanceof Settlement.AwaitChildren;
    }

    /** From here on no call fails, so every live worker keeps its lease. */
    void healed(Instant then, Supplier<Set<UUID>> whoLives) {
        robbedNoMore = then;
        living = whoLives;
    }

    /**
     * After recovery: the worker that has written an outcome has sent its event, if the worker still lives. There is
     * one exception: the answer was lost, and before the worker repeated the call, another worker claimed the job, or a
     * client retried or cancelled it.
     */
    void allTold(Set<UUID> livingWorkers) {
        written.forEach((claim, settlement) -> check(
                !begun.contains(claim)
                        || !livingWorkers.contains(claim.workerId())
                        || told.containsKey(claim)
                        || (toldOtherwise.contains(claim) && !(settlement instanceof Settlement.Complete)),
                "{} was written and never told",
                settlement));
    }

    void check(boolean holds, String otherwise, @Nullable Object... values) {
        if (!holds) {
            AssertionError found = new AssertionError(
                    MessageFormatter.arrayFormat(otherwise, values).getMessage());
            if (first == null) {
                first = found;
            }
            throw found;
        }
    }

    /** The first violation. Workers survive every exception of a store, so the test must ask for it. */
    void throwFirst() {
        if (first != null) {
            throw first;
        }
    }
}
