package io.forthwith.client;

import io.forthwith.Enqueued;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.UuidV7;
import io.forthwith.json.internal.JobJson;
import io.forthwith.json.internal.ScheduleEncoder;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.store.rules.ScheduleRule;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterators;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Stores schedules and looks after them. Every change is atomic and durable when the method returns; workers see it within a second, or within five while there is no schedule. Immutable
 * and thread-safe. Methods that throw {@link io.forthwith.JobStoreException} may be called again.
 */
public final class ScheduleClient {
    /** How many times one {@link #backfill} enqueues at the most. */
    public static final int MOST_BACKFILLED = 1_000;

    private static final int MOST_PREVIEWED = 1_000;
    private static final int PAGE = 200;
    private static final int LONGEST_NAME = 200;
    private static final String NO_NAME = "give the name of the schedule";

    private final ScheduleStore store;
    private final Supplier<JobJson> json;

    ScheduleClient(ScheduleStore store, Supplier<JobJson> json) {
        this.store = store;
        this.json = json;
    }

    /**
     * What a backfill did.
     */
    public static final class Backfilled {
        private final int times;
        private final @Nullable Instant next;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Backfilled(LibraryOnly by, int times, @Nullable Instant next) {
            Objects.requireNonNull(by, "by");
            this.times = times;
            this.next = next;
        }

        /** How many nominal times now have a run. */
        public int times() {
            return times;
        }

        /** Where to go on; null if all is done. */
        public @Nullable Instant next() {
            return next;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Backfilled that && times == that.times && Objects.equals(next, that.next);
        }

        @Override
        public int hashCode() {
            return Objects.hash(times, next);
        }

        @Override
        public String toString() {
            return "Backfilled[times=" + times + ", next=" + next + "]";
        }
    }

    /**
     * Stores a schedule, or replaces the one with its name. If the new one has other times, these begin now; the runs that are open stay.
     *
     * @return whether anything has changed
     * @throws IllegalArgumentException if it has no times, settings that contradict each other, or an input that cannot be stored
     * @throws IllegalStateException if workers declare a schedule with this name: change it there
     */
    public boolean put(Schedule schedule) {
        NullRules.require(schedule, "schedule", "give Schedule.of(name, type, input).cron(...)");
        ScheduleDefinition definition = ScheduleEncoder.encode(schedule, json.get());
        UUID creationId = UUID.randomUUID();
        return switch (store.change(
                schedule.name(),
                (row, facts) -> DeclarationRule.put(row, facts, schedule.name(), creationId, definition))) {
            case CHANGED -> true;
            case UNCHANGED -> false;
            default ->
                throw new IllegalStateException(
                        "Schedule " + schedule.name()
                                + " is declared by workers, which would undo this change: change it there, or use another name");
        };
    }

    /** The schedule with this name. */
    public Optional<StoredSchedule> find(String name) {
        return store.find(given(name));
    }

    /** All schedules in the order of their names. They are read while the stream is consumed. */
    public Stream<StoredSchedule> list() {
        return StreamSupport.stream(
                        new Spliterators.AbstractSpliterator<List<StoredSchedule>>(Long.MAX_VALUE, 0) {
                            private @Nullable String after;
                            private boolean isOver;

                            @Override
                            public boolean tryAdvance(Consumer<? super List<StoredSchedule>> pages) {
                                if (isOver) {
                                    return false;
                                }
                                List<StoredSchedule> page = store.list(after, PAGE);
                                isOver = page.size() < PAGE;
                                after = page.isEmpty()
                                        ? null
                                        : page.get(page.size() - 1).name();
                                pages.accept(page);
                                return true;
                            }
                        },
                        false)
                .flatMap(List::stream);
    }

    /**
     * Pauses a schedule: times that pass from now on are skipped, and never caught up. Runs that are open stay. A schedule that is paused already keeps
     * its first pause.
     *
     * @param pause who pauses it, and why
     * @return the pause that is in force
     * @throws IllegalArgumentException if there is no such schedule
     */
    public Pause pause(String name, Pause pause) {
        NullRules.require(pause, "pause", "give Pause.by(name), or Pause.of()");
        return changed(name, (schedule, facts) -> {
            Pause held = schedule.pause() == null
                    ? new Pause(LibraryOnly.KEY, facts.now(), pause.by(), pause.reason())
                    : schedule.pause();
            return ScheduleStore.Decision.of(held, schedule.with(LibraryOnly.KEY, held));
        });
    }

    /**
     * Ends a pause. The next time that comes fires.
     *
     * @return whether it was paused
     * @throws IllegalArgumentException if there is no such schedule
     */
    public boolean resume(String name) {
        return changed(
                name,
                (schedule, facts) ->
                        ScheduleStore.Decision.of(schedule.pause() != null, ScheduleRule.resumed(schedule, facts)));
    }

    /**
     * Runs a schedule now, also if it is paused. Its times stay as they are.
     *
     * @return the run; if the schedule allows no second one, the open run, which is not new
     * @throws IllegalArgumentException if there is no such schedule, or its texts were changed by hand and cannot be read
     */
    public Enqueued runNow(String name) {
        UUID id = UuidV7.next();
        UUID run = changed(name, (schedule, facts) -> ScheduleRule.runNow(schedule, facts, id));
        return new Enqueued(LibraryOnly.KEY, run, run.equals(id), false);
    }

    /**
     * Enqueues the runs of nominal times that are over, at most {@value #MOST_BACKFILLED} a call. A time that has a run already, and whose job is still
     * kept, does not run again; so a call may be repeated.
     *
     * @param from the first time
     * @param to the end, not included; not after now
     * @throws IllegalArgumentException if {@code to} is before {@code from} or after now, there is no such schedule, or it is not
     *     {@link io.forthwith.schedule.IfRunning#ALLOW}
     */
    public Backfilled backfill(String name, Instant from, Instant to) {
        given(name);
        NullRules.require(from, "from", "give the first nominal time");
        NullRules.require(to, "to", "give the end, not included");
        if (to.isBefore(from)) {
            throw new IllegalArgumentException("A backfill cannot end at " + to + ", before it begins at " + from);
        }
        List<Instant> times =
                changed(name, (schedule, facts) -> ScheduleRule.backfill(schedule, facts, from, to, MOST_BACKFILLED));
        return new Backfilled(
                LibraryOnly.KEY,
                times.size(),
                times.size() < MOST_BACKFILLED
                        ? null
                        : times.get(times.size() - 1).plusNanos(1_000));
    }

    /**
     * Deletes a schedule. Its runs stay. One that workers declare comes back when they declare it again, at the latest within ten minutes: take it out of
     * their declarations first.
     *
     * @return whether there was one
     */
    public boolean delete(String name) {
        return store.change(given(name), (row, facts) -> ScheduleStore.Decision.of(row != null, null));
    }

    /**
     * The next nominal times of a schedule. A paused schedule has times too.
     *
     * @param atMost 1 to 1,000
     * @throws IllegalArgumentException if {@code atMost} is out of range, there is no such schedule, or its texts were changed by hand and cannot be read
     */
    public List<Instant> next(String name, int atMost) {
        if (atMost < 1 || atMost > MOST_PREVIEWED) {
            throw new IllegalArgumentException("Cannot show " + atMost + " times: 1 to " + MOST_PREVIEWED);
        }
        return changed(
                name,
                (schedule, facts) ->
                        ScheduleStore.Decision.of(ScheduleRule.next(schedule, facts.now(), atMost), schedule));
    }

    /** Changes a schedule that must be there. */
    private <T> T changed(
            String name, BiFunction<StoredSchedule, ScheduleStore.Facts, ScheduleStore.Decision<T>> change) {
        return store.change(given(name), (row, facts) -> {
            if (row == null) {
                throw new IllegalArgumentException("There is no schedule \"" + SafeText.line(name, LONGEST_NAME)
                        + "\": schedules().list() shows those that there are");
            }
            return change.apply(row, facts);
        });
    }

    private static String given(@Nullable String name) {
        return NullRules.require(name, "name", NO_NAME);
    }
}
