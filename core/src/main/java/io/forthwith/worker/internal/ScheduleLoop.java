package io.forthwith.worker.internal;

import io.forthwith.JobStoreException;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Fires the schedules that are due, and declares those of this application. Every worker does both, and none is a leader: the rows of the schedules are
 * locked.
 */
public final class ScheduleLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    /** Schedules that are fired in one transaction. */
    private static final int BITE = 100;

    /** Of a store that has none. */
    private static final Duration NO_SCHEDULES = Duration.ofDays(1);

    private static final int PAGE = 500;
    /** A schedule that somebody else stores is found so late, unless it is the first one. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    /** While other workers have locked all that is due. */
    private static final Duration OTHERS_FIRE = Duration.ofMillis(100);
    /** While there are no schedules. */
    private static final Duration NONE_WAIT = Duration.ofSeconds(5);
    /** How often the newest version of the owner is asked for: it decides who declares. */
    private static final Duration VERSION_CHECK = Duration.ofSeconds(15);
    /** How often the declarations are repeated, so that those that nobody repeats show. */
    private static final Duration DECLARE_AGAIN = Duration.ofMinutes(10);

    private final JobStore store;
    private final DeclaredSchedules declared;
    private final StoreBackOff guard;
    private final RandomGenerator random;
    private final Ticker ticker;
    private final NavigableSet<String> undeclared = new TreeSet<>();
    /** Whether the rest of the declaration goes one by one. */
    private boolean areAlone;

    private boolean isRetiring;
    private boolean hasDeclared;
    private long declareAgainAt;
    private long checkVersionAt;
    private @Nullable Long newestSeen;

    ScheduleLoop(
            JobStore store, DeclaredSchedules declared, StoreBackOff guard, RandomGenerator random, Ticker ticker) {
        this.store = store;
        this.declared = declared;
        this.guard = guard;
        this.random = random;
        this.ticker = ticker;
    }

    @Override
    public Duration run() {
        Duration wait;
        try {
            Optional<ScheduleStore> schedules = store.schedules();
            if (schedules.isEmpty()) {
                return NO_SCHEDULES;
            }
            wait = fire(schedules.get());
            beginToDeclareIfDue(schedules.get());
            if (declareSome(schedules.get())) {
                wait = Duration.ZERO;
            }
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        guard.succeeded();
        // It may just have declared the first ones.
        return declared.isNone() || wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
    }

    private Duration fire(ScheduleStore store) {
        ScheduleStore.Fired fired = store.fireDue(BITE);
        if (fired.schedules() > 0) {
            LOG.debug("[Worker] {} schedules were due and enqueued {} jobs", fired.schedules(), fired.jobs());
        }
        Duration untilNext = fired.untilNext();
        if (untilNext == null) {
            return NONE_WAIT;
        }
        if (fired.schedules() == 0 && untilNext.isZero()) {
            return StoreBackOff.jitter(OTHERS_FIRE, random);
        }
        return untilNext.compareTo(LONGEST_WAIT) < 0 ? untilNext : LONGEST_WAIT;
    }

    private void beginToDeclareIfDue(ScheduleStore store) {
        if (!undeclared.isEmpty()) {
            return;
        }
        long now = ticker.nanos();
        boolean isDue = !hasDeclared || declareAgainAt - now <= 0;
        if (!isDue && !declared.isNone() && checkVersionAt - now <= 0) {
            // A newer version has come, or has gone: then this one decides again.
            Long newest = store.newestVersion(declared.owner());
            isDue = !Objects.equals(newest, newestSeen);
            newestSeen = newest;
            checkVersionAt = now + StoreBackOff.jitter(VERSION_CHECK, random).toNanos();
        }
        if (isDue) {
            hasDeclared = true;
            declareAgainAt = now + StoreBackOff.jitter(DECLARE_AGAIN, random).toNanos();
            undeclared.addAll(declared.definitions().keySet());
            isRetiring = true;
            newestSeen = declared.isNone() ? null : store.newestVersion(declared.owner());
            checkVersionAt = now + StoreBackOff.jitter(VERSION_CHECK, random).toNanos();
        }
    }

    /**
     * Declares the next bite. Schedules fire between two bites of a long declaration. If one of a bite cannot be declared, because others have locked it or
     * the store refuses it, the rest is declared one by one, and that one later.
     *
     * @return whether there is more to do at once
     */
    private boolean declareSome(ScheduleStore store) {
        if (!undeclared.isEmpty()) {
            List<String> bite = undeclared.stream().limit(bite()).toList();
            try {
                declare(store, bite);
            } catch (JobStoreException failure) {
                if (bite.size() > 1) {
                    areAlone = true;
                    return true;
                }
                undeclared.remove(bite.get(0));
                declareAgainSoon();
                throw failure;
            }
            bite.forEach(undeclared::remove);
        }
        if (!undeclared.isEmpty()) {
            return true;
        }
        areAlone = false;
        if (isRetiring) {
            isRetiring = false;
            boolean isDone = false;
            try {
                retire(store);
                isDone = true;
            } finally {
                if (!isDone) {
                    declareAgainSoon();
                }
            }
        }
        return false;
    }

    private int bite() {
        return areAlone ? 1 : BITE;
    }

    private void declareAgainSoon() {
        declareAgainAt =
                ticker.nanos() + StoreBackOff.jitter(VERSION_CHECK, random).toNanos();
    }

    private void declare(ScheduleStore store, List<String> names) {
        Map<String, ScheduleStore.Change<DeclarationRule.Outcome>> changes = new HashMap<>();
        for (String name : names) {
            ScheduleDefinition definition =
                    Objects.requireNonNull(declared.definitions().get(name));
            changes.put(
                    name,
                    (row, facts) -> DeclarationRule.declare(
                            row, facts, name, UUID.randomUUID(), definition, declared.owner(), declared.version()));
        }
        store.changeAll(changes).forEach((name, outcome) -> {
            if (outcome == DeclarationRule.Outcome.CHANGED) {
                LOG.info(
                        "[Worker] Schedule {} is declared: {}",
                        name,
                        declared.definitions().get(name));
            } else if (outcome != DeclarationRule.Outcome.UNCHANGED) {
                LOG.info("[Worker] Schedule {} stays as it is: {}", name, whyNot(outcome));
            }
        });
    }

    private static String whyNot(DeclarationRule.Outcome outcome) {
        return switch (outcome) {
            case OF_ANOTHER -> "it belongs to another owner";
            case NOT_DECLARED -> "a client or SQL has put it; delete it to declare it";
            default -> "a newer version of its owner declares it";
        };
    }

    private void retire(ScheduleStore store) {
        String after = null;
        List<StoredSchedule> page;
        do {
            page = store.list(after, PAGE);
            for (StoredSchedule schedule : page) {
                after = schedule.name();
                StoredSchedule.Declaration declaration = schedule.declaration();
                if (declaration != null
                        && declaration.owner().equals(declared.owner())
                        && declaration.retiredAt() == null
                        && !declared.definitions().containsKey(schedule.name())) {
                    boolean isRetired = store.change(
                            schedule.name(),
                            (row, facts) -> DeclarationRule.retire(row, facts, declared.owner(), declared.version()));
                    if (isRetired) {
                        LOG.warn("[Worker] Schedule {} is retired: no living worker declares it", schedule.name());
                    }
                }
            }
        } while (page.size() == PAGE);
    }

    @Override
    public boolean isProbing() {
        return guard.isProbing();
    }
}
