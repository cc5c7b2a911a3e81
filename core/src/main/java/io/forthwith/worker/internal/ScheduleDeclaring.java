package io.forthwith.worker.internal;

import io.forthwith.JobStoreException;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.UnrunnableSchedules;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Declares the schedules of this application, in bites, so that schedules fire in between; and retires those that it has declared once and does not declare
 * any more. Used by one thread.
 */
final class ScheduleDeclaring {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    /** Schedules that are declared in one transaction. */
    private static final int BITE = 100;

    private static final int PAGE = 500;
    /** How many of one bite may fail before the rest of it is put off too: each may wait a moment for a lock. */
    private static final int MOST_FAILURES = 5;
    /** How often the newest version of the owner is asked for: it decides who declares. */
    private static final Duration VERSION_CHECK = Duration.ofSeconds(15);
    /** How often the declarations are repeated, so that those that nobody repeats show. */
    private static final Duration DECLARE_AGAIN = Duration.ofMinutes(10);

    private final DeclaredSchedules declared;
    private final UnrunnableSchedules unrunnable;
    private final RandomGenerator random;
    private final Ticker ticker;
    private final NavigableSet<String> undeclared = new TreeSet<>();
    /** Those that others have locked. */
    private final List<String> putOff = new ArrayList<>();
    /** What was last said of a schedule. */
    private final Map<String, DeclarationRule.Outcome> outcomes = new HashMap<>();

    private boolean isRetiring;
    private boolean hasDeclared;
    private long declareAgainAt;
    private long checkVersionAt;
    private @Nullable Long newestSeen;

    ScheduleDeclaring(
            DeclaredSchedules declared, UnrunnableSchedules unrunnable, RandomGenerator random, Ticker ticker) {
        this.declared = declared;
        this.unrunnable = unrunnable;
        this.random = random;
        this.ticker = ticker;
    }

    boolean isNone() {
        return declared.isNone();
    }

    /**
     * Does the next part of what is due. A schedule that others have locked is put off, and so is one that the store refuses, without the others.
     *
     * @return whether there is more to do at once
     * @throws RuntimeException if the store has failed otherwise
     */
    boolean step(ScheduleStore store) {
        if (undeclared.isEmpty()) {
            beginIfDue(store);
        }
        if (!undeclared.isEmpty()) {
            List<String> bite = undeclared.stream().limit(BITE).toList();
            bite.forEach(undeclared::remove);
            declareBite(store, bite);
        }
        if (undeclared.isEmpty() && isRetiring) {
            retire(store);
            isRetiring = false;
        }
        return !undeclared.isEmpty();
    }

    private void beginIfDue(ScheduleStore store) {
        long now = ticker.nanos();
        boolean isDue = !hasDeclared || declareAgainAt - now <= 0;
        if (!isDue && !declared.isNone() && checkVersionAt - now <= 0) {
            // A newer version has come, or has gone: then this one decides again.
            Long newest = store.newestVersion(declared.owner());
            isDue = !Objects.equals(newest, newestSeen);
            newestSeen = newest;
            checkVersionAt = now + StoreBackOff.jitter(VERSION_CHECK, random).toNanos();
            undeclared.addAll(putOff);
            putOff.clear();
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

    private void declareBite(ScheduleStore store, List<String> bite) {
        try {
            declare(store, bite);
        } catch (RuntimeException failure) {
            declareOneByOne(store, bite, failure);
        }
    }

    private void declareOneByOne(ScheduleStore store, List<String> bite, RuntimeException first) {
        RuntimeException failure = first;
        int declaredNow = 0;
        int failures = 0;
        boolean isRefused = false;
        for (String name : bite) {
            if (failures == MOST_FAILURES) {
                putOff.add(name);
                continue;
            }
            try {
                declare(store, List.of(name));
                declaredNow++;
            } catch (RuntimeException failed) {
                failure = failed;
                failures++;
                boolean passes = failed instanceof JobStoreException exception
                        && exception.kind() != JobStoreException.Kind.PERMANENT;
                isRefused |= !passes;
                if (passes) {
                    putOff.add(name);
                }
            }
        }
        // Otherwise others have locked some, and the store does its part.
        if (isRefused || declaredNow == 0) {
            throw failure;
        }
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
            boolean isNew = outcome != outcomes.put(name, outcome);
            if (outcome == DeclarationRule.Outcome.CHANGED) {
                LOG.info(
                        "[Worker] Schedule {} is declared: {}",
                        name,
                        declared.definitions().get(name));
            } else if (isNew && outcome != DeclarationRule.Outcome.UNCHANGED) {
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
        unrunnable.begin();
        do {
            page = store.list(after, PAGE);
            for (StoredSchedule schedule : page) {
                after = schedule.name();
                unrunnable.see(schedule);
                StoredSchedule.Declaration declaration = schedule.declaration();
                if (declaration != null
                        && declaration.owner().equals(declared.owner())
                        && declaration.retiredAt() == null
                        && !declared.definitions().containsKey(schedule.name())) {
                    boolean isRetired = store.change(
                            schedule.name(),
                            (row, facts) -> DeclarationRule.retire(row, facts, declared.owner(), declared.version()));
                    if (isRetired) {
                        LOG.warn(
                                "[Worker] Schedule {} is retired: no living worker declares it",
                                SafeText.line(schedule.name(), 200));
                    }
                }
            }
        } while (page.size() == PAGE);
        unrunnable.end();
    }
}
