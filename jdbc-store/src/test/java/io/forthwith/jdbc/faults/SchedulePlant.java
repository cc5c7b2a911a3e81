package io.forthwith.jdbc.faults;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.ScheduleRule;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A bug put into the firing of schedules: the checks of a run must find it. */
enum SchedulePlant {
    NONE,
    /** The next time follows from the moment of firing, not from the nominal time. */
    FROM_NOW,
    /** Which runs are open was read some time before the row of the schedule was locked. */
    OLD_SNAPSHOT,
    /** A worker declares whatever other versions are alive. */
    OLDER_OVERWRITES;

    JobStore into(JobStore store) {
        if (this == NONE) {
            return store;
        }
        ScheduleStore planted = new Planted(store.schedules().orElseThrow());
        return (JobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("schedules")) {
                        return Optional.of(planted);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private final class Planted implements ScheduleStore {
        private static final int PAGE = 1_000;

        private final ScheduleStore sound;
        private final Map<UUID, Boolean> remembered = new HashMap<>();

        private Planted(ScheduleStore sound) {
            this.sound = sound;
        }

        @Override
        public <T> Map<String, T> changeAll(Map<String, ScheduleStore.Change<T>> changes) {
            Map<String, ScheduleStore.Change<T>> planted = new HashMap<>();
            changes.forEach(
                    (name, change) -> planted.put(name, (row, facts) -> change.decide(row, new SeenFacts(facts))));
            return sound.changeAll(planted);
        }

        @Override
        public ScheduleStore.Fired fireDue(int atMost) {
            if (SchedulePlant.this == OLDER_OVERWRITES) {
                return sound.fireDue(atMost);
            }
            int jobs = 0;
            for (StoredSchedule each : sound.list(null, PAGE)) {
                jobs += change(each.name(), this::fire);
            }
            return new ScheduleStore.Fired(0, jobs, Duration.ofMillis(200));
        }

        private ScheduleStore.Decision<Integer> fire(@Nullable StoredSchedule row, ScheduleStore.Facts facts) {
            if (row == null) {
                return ScheduleStore.Decision.of(0, null);
            }
            ScheduleStore.Decision<Integer> right = ScheduleRule.fire(row, facts);
            StoredSchedule after = right.row();
            if (SchedulePlant.this != FROM_NOW || right.jobs().isEmpty() || after == null) {
                return right;
            }
            StoredSchedule.Progress progress = after.progress();
            Instant next = facts.now().plusSeconds(1);
            return new ScheduleStore.Decision<>(
                    right.answer(),
                    after.with(
                            LibraryOnly.KEY,
                            progress.begun(LibraryOnly.KEY, progress.anchor(), progress.fingerprint(), next)),
                    right.jobs(),
                    right.cancelled());
        }

        @Override
        public Map<String, String> failing(int atMost) {
            return sound.failing(atMost);
        }

        @Override
        public Optional<StoredSchedule> find(String name) {
            return sound.find(name);
        }

        @Override
        public List<StoredSchedule> list(@Nullable String after, int atMost) {
            return sound.list(after, atMost);
        }

        @Override
        public @Nullable Long newestVersion(String owner) {
            return SchedulePlant.this == OLDER_OVERWRITES ? (Long) System.nanoTime() : sound.newestVersion(owner);
        }

        private final class SeenFacts implements ScheduleStore.Facts {
            private final ScheduleStore.Facts facts;

            private SeenFacts(ScheduleStore.Facts facts) {
                this.facts = facts;
            }

            @Override
            public Instant now() {
                return facts.now();
            }

            @Override
            public Set<UUID> open(Collection<UUID> jobs) {
                Set<UUID> open = facts.open(jobs);
                if (SchedulePlant.this != OLD_SNAPSHOT) {
                    return open;
                }
                // What was true when somebody last looked; of a run that nobody has looked at, that it is not there
                // yet.
                Set<UUID> before = new HashSet<>();
                for (UUID job : jobs) {
                    if (remembered.getOrDefault(job, false)) {
                        before.add(job);
                    }
                    remembered.put(job, open.contains(job));
                }
                return before;
            }

            @Override
            public @Nullable Long newestVersion(String owner) {
                return SchedulePlant.this == OLDER_OVERWRITES ? null : facts.newestVersion(owner);
            }
        }
    }
}
