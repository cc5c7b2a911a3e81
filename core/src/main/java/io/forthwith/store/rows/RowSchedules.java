package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.ScheduleRule;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The schedules of an {@link AbstractJobStore}. Each call is one transaction, but of due schedules one each if the store refuses a job. */
final class RowSchedules implements ScheduleStore {
    private final Transactions transactions;

    /** Runs a transaction in which jobs move. */
    @FunctionalInterface
    interface Transactions {
        <T> T moving(Function<RowTransaction, T> work);
    }

    RowSchedules(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public <T> Map<String, T> changeAll(Map<String, ScheduleStore.Change<T>> changes) {
        return transactions.moving(moves -> {
            // A store may have no way to undo what a transaction that throws has written.
            Map<String, ScheduleStore.Decision<T>> decisions = new HashMap<>();
            changes.forEach((name, change) ->
                    decisions.put(name, change.decide(moves.rows().schedule(name), new SeenFacts(moves))));
            Map<String, T> answers = new HashMap<>();
            decisions.forEach((name, decision) -> answers.put(name, carriedOut(moves, name, decision)));
            return answers;
        });
    }

    @Override
    public ScheduleStore.Fired fireDue(int atMost) {
        try {
            return transactions.moving(moves -> fire(moves, due(moves, atMost)));
        } catch (JobStoreException refused) {
            requirePermanent(refused);
            return fireOneByOne(transactions.moving(moves -> due(moves, atMost)));
        }
    }

    private static void requirePermanent(JobStoreException refused) {
        if (refused.kind() != JobStoreException.Kind.PERMANENT) {
            throw refused;
        }
    }

    private static List<String> due(RowTransaction moves, int atMost) {
        Instant now = moves.transitions().now();
        return moves.rows()
                .schedulesByNextTime()
                .takeWhile(schedule -> isDue(schedule, now))
                .limit(atMost)
                .map(StoredSchedule::name)
                .toList();
    }

    private static ScheduleStore.Fired fire(RowTransaction moves, List<String> due) {
        ScheduleStore.Facts facts = new SeenFacts(moves);
        Instant now = facts.now();
        int decided = 0;
        int jobs = 0;
        for (String name : due) {
            StoredSchedule schedule = moves.rows().schedule(name);
            if (schedule != null && isDue(schedule, now)) {
                jobs += carriedOut(moves, name, ScheduleRule.fire(schedule, facts));
                decided++;
            }
        }
        Duration untilNext = moves.rows()
                .schedulesByNextTime()
                .findFirst()
                .map(next -> isDue(next, now)
                        ? Duration.ZERO
                        : Duration.between(now, next.progress().nextAt()))
                .orElse(null);
        return new ScheduleStore.Fired(decided, jobs, untilNext);
    }

    /** The store cannot keep a job of one of them: that one keeps the reason, and the others fire. */
    private ScheduleStore.Fired fireOneByOne(List<String> due) {
        int decided = 0;
        int jobs = 0;
        for (String name : due) {
            try {
                ScheduleStore.Fired fired = transactions.moving(moves -> fire(moves, List.of(name)));
                decided += fired.schedules();
                jobs += fired.jobs();
            } catch (JobStoreException refused) {
                requirePermanent(refused);
                String reason = String.valueOf(refused.getMessage());
                change(
                        name,
                        (row, facts) -> row == null
                                ? ScheduleStore.Decision.of(0, null)
                                : ScheduleRule.cannotFire(row, facts, reason));
                decided++;
            }
        }
        return new ScheduleStore.Fired(decided, jobs, Duration.ZERO);
    }

    private static boolean isDue(StoredSchedule schedule, Instant now) {
        Instant next = schedule.progress().nextAt();
        return next == null || !next.isAfter(now);
    }

    private static <T> T carriedOut(RowTransaction moves, String name, ScheduleStore.Decision<T> decision) {
        JobRowAccess rows = moves.rows();
        for (EncodedJob job : decision.jobs()) {
            List<EncodedJob> alone = List.of(job);
            new RowAdding(moves).add(alone, NewFamilies.of(alone));
        }
        decision.cancelled().forEach(run -> new RowControl(moves).cancel(run, Locale.ENGLISH));
        if (decision.row() == null) {
            rows.deleteSchedule(name);
        } else if (!decision.row().equals(rows.schedule(name))) {
            rows.put(decision.row());
        }
        return decision.answer();
    }

    @Override
    public Optional<StoredSchedule> find(String name) {
        return transactions.moving(moves -> Optional.ofNullable(moves.rows().schedule(name)));
    }

    @Override
    public List<StoredSchedule> list(@Nullable String after, int atMost) {
        return transactions.moving(
                moves -> moves.rows().schedules(after).limit(atMost).toList());
    }

    @Override
    public Map<String, String> failing(int atMost) {
        return transactions.moving(moves -> {
            Map<String, String> errors = new TreeMap<>();
            moves.rows()
                    .schedules(null)
                    .filter(schedule -> schedule.progress().error() != null && !schedule.isHeld())
                    .limit(atMost)
                    .forEach(schedule -> errors.put(
                            schedule.name(), String.valueOf(schedule.progress().error())));
            return errors;
        });
    }

    @Override
    public @Nullable Long newestVersion(String owner) {
        return transactions
                .<Optional<Long>>moving(moves -> Optional.ofNullable(new SeenFacts(moves).newestVersion(owner)))
                .orElse(null);
    }

    /** What one transaction sees. */
    private record SeenFacts(RowTransaction moves) implements ScheduleStore.Facts {
        @Override
        public Instant now() {
            return moves.transitions().now();
        }

        @Override
        public Set<UUID> open(Collection<UUID> jobs) {
            return jobs.stream().filter(this::isOpen).collect(Collectors.toSet());
        }

        private boolean isOpen(UUID id) {
            Job job = moves.rows().get(id);
            return job != null && job.status().isOpen();
        }

        @Override
        public @Nullable Long newestVersion(String owner) {
            return moves.rows().workers().stream()
                    .filter(worker -> worker.leaseEndsAt().isAfter(now()))
                    .map(worker -> worker.info().schedules())
                    .filter(schedules -> schedules != null && schedules.owner().equals(owner))
                    .map(WorkerInfo.Schedules::version)
                    .max(Long::compareTo)
                    .orElse(null);
        }
    }
}
