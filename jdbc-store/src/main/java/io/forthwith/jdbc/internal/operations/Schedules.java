package io.forthwith.jdbc.internal.operations;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.adding.AddJobs;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.rows.ScheduleRows;
import io.forthwith.jdbc.internal.sql.CarriedSqlException;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.ScheduleRule;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The schedules. A transaction locks the row of a schedule first, and then what its jobs need; no other operation locks schedules, so
 * nobody waits in the other direction. Immutable and thread-safe.
 */
public final class Schedules implements ScheduleStore {
    /** How often the open run that a new one comes after may be deleted just before the new one is added. */
    private static final int MOST_ROUNDS = 10;

    /** How many times as many schedules are looked at when others have locked those that have been due longest. */
    private static final int MOST_BITES = 50;

    /** How long a batch of schedules waits for one of them whose open run others have locked. */
    private static final Duration LOCK_WAIT = Duration.ofMillis(200);

    /** How long schedules behind locked ones are looked for. */
    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    private final Database database;
    private final Database impatient;

    private final SqlDialect dialect;
    private final ScheduleRows rows;
    private final AddJobs addJobs;
    private final CancelSealRetry cancelling;
    private final ChangeNotices notices;
    private final StatementText open;
    private final StatementText newest;

    public Schedules(Database database, AddJobs addJobs, CancelSealRetry cancelling, ChangeNotices notices) {
        this.database = database;
        this.dialect = database.dialect();
        this.impatient = database.withLockWait(LOCK_WAIT);
        this.rows = new ScheduleRows(dialect);
        this.addJobs = addJobs;
        this.cancelling = cancelling;
        this.notices = notices;
        this.open = dialect.sql(
                "SELECT id FROM {job} WHERE id {in} AND status IN ('pending', 'processing', 'waiting') {latest}");
        this.newest = dialect.sql(
                "SELECT max(schedule_version) FROM {job_worker} WHERE schedule_owner = ? AND lease_until > {now}");
    }

    @Override
    public <T> Map<String, T> changeAll(Map<String, ScheduleStore.Change<T>> changes) {
        // In one order, so that two calls that add the same schedules do not wait for each other in a circle.
        List<String> names = changes.keySet().stream().sorted().toList();
        try {
            return change(impatient, "change " + names.size() + " schedules", names, changes);
        } catch (LocksHeldException held) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    "Could not change " + names.size() + " schedules: another transaction has locked one of them",
                    held);
        }
    }

    @Override
    public <T> T change(String name, ScheduleStore.Change<T> change) {
        return Objects.requireNonNull(change(database, "change schedule " + name, List.of(name), Map.of(name, change))
                .get(name));
    }

    private <T> Map<String, T> change(
            Database database, String what, List<String> names, Map<String, ScheduleStore.Change<T>> changes) {
        return repeating(() -> database.transaction(what, session -> change(session, names, changes)));
    }

    private <T> AnswerWithNotices<Map<String, T>> change(
            Session session, List<String> names, Map<String, ScheduleStore.Change<T>> changes) throws SQLException {
        Map<String, StoredSchedule> rowsBefore = new HashMap<>();
        Instant now = null;
        for (ScheduleRows.Locked locked : rows.lock(session, names)) {
            rowsBefore.put(locked.schedule().name(), locked.schedule());
            now = locked.now();
        }
        SeenFacts facts = new SeenFacts(session, now == null ? rows.now(session) : now, null);
        Map<String, T> answers = new HashMap<>();
        List<StoredSchedule> added = new ArrayList<>();
        List<StoredSchedule> changed = new ArrayList<>();
        List<EncodedJob> jobs = new ArrayList<>();
        List<UUID> cancelled = new ArrayList<>();
        for (String name : names) {
            StoredSchedule before = rowsBefore.get(name);
            ScheduleStore.Change<T> change = Objects.requireNonNull(changes.get(name));
            ScheduleStore.Decision<T> decision = CarriedSqlException.unpacked(() -> change.decide(before, facts));
            StoredSchedule after = decision.row();
            if (before == null && after != null) {
                added.add(after);
            } else if (after == null && before != null) {
                rows.delete(session, name);
            } else if (after != null && !after.equals(before)) {
                changed.add(after);
            }
            jobs.addAll(decision.jobs());
            cancelled.addAll(decision.cancelled());
            answers.put(name, decision.answer());
        }
        rows.insert(session, added);
        rows.update(session, changed);
        return enqueued(session, jobs, cancelled, answers);
    }

    @Override
    public ScheduleStore.Fired fireDue(int atMost) {
        ScheduleRows.Soonest soonest = look(atMost);
        List<String> due = soonest.due();
        if (due.isEmpty()) {
            return new ScheduleStore.Fired(0, 0, soonest.untilNext());
        }
        ScheduleStore.Fired fired = fire(due);
        if (fired.schedules() > 0 || due.size() < atMost) {
            return fired;
        }
        // Others have locked all of them, and may be paused while they fire them.
        due = look(atMost * MOST_BITES).due();
        long end = System.nanoTime() + LOOK_NANOS;
        for (int from = atMost;
                from < due.size() && fired.schedules() == 0 && System.nanoTime() - end < 0;
                from += atMost) {
            fired = fire(due.subList(from, Math.min(from + atMost, due.size())));
        }
        return fired;
    }

    private ScheduleRows.Soonest look(int limit) {
        return database.read("look for due schedules", session -> rows.soonest(session, limit));
    }

    private ScheduleStore.Fired fire(List<String> due) {
        try {
            return repeating(
                    () -> impatient.transaction("fire " + due.size() + " schedules", session -> fire(session, due)));
        } catch (LocksHeldException held) {
            return fireOneByOne(due);
        } catch (JobStoreException refused) {
            if (refused.kind() != JobStoreException.Kind.PERMANENT) {
                throw refused;
            }
            return fireOneByOne(due);
        }
    }

    private AnswerWithNotices<ScheduleStore.Fired> fire(Session session, List<String> names) throws SQLException {
        List<ScheduleRows.Locked> due = rows.lockDue(session, names);
        List<UUID> runs = due.stream()
                .flatMap(locked -> locked.schedule().progress().runs().stream())
                .toList();
        Set<UUID> open = runs.isEmpty() ? Set.of() : open(session, runs);
        List<StoredSchedule> changed = new ArrayList<>();
        List<EncodedJob> jobs = new ArrayList<>();
        List<UUID> cancelled = new ArrayList<>();
        for (ScheduleRows.Locked locked : due) {
            ScheduleStore.Decision<Integer> decision = CarriedSqlException.unpacked(
                    () -> ScheduleRule.fire(locked.schedule(), new SeenFacts(session, locked.now(), open)));
            if (decision.row() != null) {
                changed.add(decision.row());
            }
            jobs.addAll(decision.jobs());
            cancelled.addAll(decision.cancelled());
        }
        rows.update(session, changed);
        return enqueued(session, jobs, cancelled, new ScheduleStore.Fired(due.size(), jobs.size(), Duration.ZERO));
    }

    private Set<UUID> open(Session session, Collection<UUID> jobs) throws SQLException {
        return new HashSet<>(session.query(open, binder -> binder.ids(jobs), row -> dialect.readId(row, 1)));
    }

    /** Something that one of them is to add cannot be added, or others have locked a run that a new one is to come after. */
    private ScheduleStore.Fired fireOneByOne(List<String> names) {
        int decided = 0;
        int jobs = 0;
        for (String name : names) {
            try {
                ScheduleStore.Fired fired = repeating(
                        () -> impatient.transaction("fire schedule " + name, session -> fire(session, List.of(name))));
                decided += fired.schedules();
                jobs += fired.jobs();
            } catch (LocksHeldException held) {
                // It is due until they let go, and the others fire meanwhile.
                LOG.debug("Schedule {} does not fire: others have locked an open run of it", name);
            } catch (JobStoreException refused) {
                if (refused.kind() != JobStoreException.Kind.PERMANENT) {
                    throw refused;
                }
                cannotFire(name, String.valueOf(refused.getMessage()));
                decided++;
            }
        }
        return new ScheduleStore.Fired(decided, jobs, Duration.ZERO);
    }

    private void cannotFire(String name, String reason) {
        change(
                name,
                (row, facts) ->
                        row == null ? ScheduleStore.Decision.of(0, null) : ScheduleRule.cannotFire(row, facts, reason));
    }

    private <T> AnswerWithNotices<T> enqueued(Session session, List<EncodedJob> jobs, List<UUID> cancelled, T answer)
            throws SQLException {
        AnswerWithNotices<T> all = AnswerWithNotices.withoutNotices(answer);
        List<EncodedJob> alone =
                jobs.stream().filter(job -> job.job().predecessors().isEmpty()).toList();
        if (!alone.isEmpty()) {
            addJobs.add(session, alone, NewFamilies.of(alone));
            all = new AnswerWithNotices<>(answer, List.of(), true);
        }
        for (EncodedJob job : jobs) {
            if (!job.job().predecessors().isEmpty()) {
                List<EncodedJob> one = List.of(job);
                AnswerWithNotices<List<Added>> added = addJobs.add(session, one, NewFamilies.of(one));
                if (added.answer().get(0).outcome().isRefusal()) {
                    throw new RunIsGoneException();
                }
                all = all.and(added, answer);
            }
        }
        for (UUID run : cancelled) {
            all = all.and(cancelling.cancel(session, run, Locale.ENGLISH), answer);
        }
        return all;
    }

    private <T> T repeating(Attempt<T> attempt) {
        for (int round = 1; ; round++) {
            try {
                return notices.told(attempt.run());
            } catch (RunIsGoneException again) {
                if (round == MOST_ROUNDS) {
                    throw new JobStoreException(
                            JobStoreException.Kind.TRANSIENT,
                            "Could not add a run: whenever it was to come after an open one, that one was deleted, "
                                    + MOST_ROUNDS + " times in a row",
                            null);
                }
            }
        }
    }

    @FunctionalInterface
    private interface Attempt<T> {
        AnswerWithNotices<T> run();
    }

    /** A run that was open when it was read has ended and was deleted before its row was locked. */
    @SuppressWarnings("serial") // never written
    private static final class RunIsGoneException extends RuntimeException {
        private RunIsGoneException() {
            super("A run is gone", null, false, false);
        }
    }

    @Override
    public Optional<StoredSchedule> find(String name) {
        return database.read("find schedule " + name, session -> rows.find(session, name));
    }

    @Override
    public List<StoredSchedule> list(@Nullable String after, int atMost) {
        return database.read("list schedules", session -> rows.page(session, after, atMost));
    }

    @Override
    public Map<String, String> failing(int atMost) {
        return database.read("look for schedules that cannot fire", session -> rows.failing(session, atMost));
    }

    @Override
    public @Nullable Long newestVersion(String owner) {
        return database.<Optional<Long>>read(
                        "read the newest version of " + owner, session -> newestVersion(session, owner))
                .orElse(null);
    }

    private Optional<Long> newestVersion(Session session, String owner) throws SQLException {
        return session.first(newest, binder -> binder.text(owner), row -> {
            long version = row.getLong(1);
            return row.wasNull() ? null : version;
        });
    }

    /** What the transaction that has locked a schedule reads, each by a statement of its own, which sees what was committed before it. */
    private final class SeenFacts implements ScheduleStore.Facts {
        private final Session session;
        private final Instant now;
        private final @Nullable Set<UUID> known;
        /** All rows of the call are locked before the first question. */
        private final Map<String, Optional<Long>> versions = new HashMap<>();

        /** @param known all open runs of all schedules of the call, if they have been read since the rows were locked */
        SeenFacts(Session session, Instant now, @Nullable Set<UUID> known) {
            this.session = session;
            this.now = now;
            this.known = known;
        }

        @Override
        public Instant now() {
            return now;
        }

        @Override
        public Set<UUID> open(Collection<UUID> jobs) {
            if (known != null) {
                return jobs.stream().filter(known::contains).collect(Collectors.toSet());
            }
            return CarriedSqlException.carried(() -> Schedules.this.open(session, jobs));
        }

        @Override
        public @Nullable Long newestVersion(String owner) {
            return versions.computeIfAbsent(
                            owner, any -> CarriedSqlException.carried(() -> Schedules.this.newestVersion(session, any)))
                    .orElse(null);
        }
    }
}
