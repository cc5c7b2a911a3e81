package io.forthwith.store;

import io.forthwith.insight.WorkerInfo;
import io.forthwith.schedule.StoredSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The schedules, and the jobs that they enqueue. A role that a {@link JobStore} may have.
 *
 * <p>What becomes of a schedule is decided by pure functions of the library, in a transaction that has locked its row: so two workers never
 * decide about the same schedule at once, and no worker has to be a leader.
 */
public interface ScheduleStore {
    /**
     * Decides about schedules, each by a change of its own. Atomic: the rows are locked, or are found missing; the changes decide; then each row is
     * written or deleted, the jobs are added, each unless its id exists, and the named jobs are cancelled as by {@link JobControl#cancel}. The
     * jobs of a decision may come after open jobs that it was told of. If one of those was deleted meanwhile, or another call has made a missing row,
     * the whole is repeated, so changes have no effects of their own.
     *
     * <p>If another transaction has locked one of them, it may throw a {@link io.forthwith.JobStoreException} of kind {@code TRANSIENT}: it does not
     * hold up the others, or its caller, while it waits for that one.
     *
     * @param changes by the names of the schedules, 1 to 1,000
     * @return the answers of the decisions, by name
     * @throws RuntimeException that a change has thrown; nothing is written
     */
    <T> Map<String, T> changeAll(Map<String, Change<T>> changes);

    /** Decides about one schedule, as {@link #changeAll} decides about many. It may wait for other transactions. */
    default <T> T change(String name, Change<T> change) {
        return Objects.requireNonNull(changeAll(Map.of(name, change)).get(name));
    }

    /**
     * Fires what is due: decides by {@link io.forthwith.store.rules.ScheduleRule#fire} about up to {@code atMost} schedules whose next time has come by the clock of
     * the store, or is to be computed, those first that have been due longest. Schedules that another transaction has locked are left out. Atomic for each
     * schedule, and perhaps for many together: if the jobs of one cannot be added, its error is recorded by
     * {@link io.forthwith.store.rules.ScheduleRule#cannotFire}, and the others fire.
     *
     * @param atMost 1 to 1,000
     */
    Fired fireDue(int atMost);

    /** The schedule with this name. */
    Optional<StoredSchedule> find(String name);

    /**
     * Schedules in the order of their names, compared as ASCII.
     *
     * @param after only names that come later; null for the first page
     * @param atMost the most to return, 1 to 1,000
     */
    List<StoredSchedule> list(@Nullable String after, int atMost);

    /**
     * Schedules that cannot fire, with their {@linkplain StoredSchedule.Progress#error errors}, without those that are paused or retired; by name. Workers
     * ask this once a minute.
     *
     * @param atMost the most to return
     */
    Map<String, String> failing(int atMost);

    /** The highest {@linkplain WorkerInfo version} among the living workers of an owner; null if it has none. */
    @Nullable
    Long newestVersion(String owner);

    /** Decides about one schedule whose row is locked. It may be called again with another row and other facts, so it has no effects. */
    @FunctionalInterface
    interface Change<T> {
        /**
         * Decides.
         *
         * @param row the schedule; null if there is none
         */
        Decision<T> decide(@Nullable StoredSchedule row, Facts facts);
    }

    /** What a decision about a schedule may ask the store, after the row of the schedule was locked. */
    interface Facts {
        /** Returns the time of the store's own clock; the same in one decision. */
        Instant now();

        /** Returns which of these jobs are open, as committed after the row of the schedule was locked. */
        Set<UUID> open(Collection<UUID> jobs);

        /** Answers as {@link ScheduleStore#newestVersion} does, as committed after the row of the schedule was locked. */
        @Nullable
        Long newestVersion(String owner);
    }

    /**
     * What becomes of a schedule. Immutable.
     *
     * @param answer what the caller gets
     * @param row the schedule from now on; null if it is deleted, or there is none
     * @param jobs jobs to add; one whose id exists is left as it is
     * @param cancelled jobs to cancel
     */
    record Decision<T>(T answer, @Nullable StoredSchedule row, List<EncodedJob> jobs, List<UUID> cancelled) {
        /** Checks for null. */
        public Decision {
            Objects.requireNonNull(answer, "answer");
            jobs = List.copyOf(jobs);
            cancelled = List.copyOf(cancelled);
        }

        /** Without jobs. */
        public static <T> Decision<T> of(T answer, @Nullable StoredSchedule row) {
            return new Decision<>(answer, row, List.of(), List.of());
        }
    }

    /**
     * What {@link ScheduleStore#fireDue} did. Immutable.
     *
     * @param schedules how many schedules it decided about; none if others have locked all that are due
     * @param jobs how many jobs it added
     * @param untilNext how long until the next schedule is due, zero if one is; null if there is none
     */
    record Fired(int schedules, int jobs, @Nullable Duration untilNext) {}
}
