package io.forthwith.schedule;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A schedule as it is stored, with what has become of it. Immutable.
 *
 * @param name its name
 * @param creationId a new one whenever a schedule of this name is made: it goes into the ids of the runs, so that a schedule that was
 *     deleted and made anew does not take the runs of the old one for its own
 * @param createdAt when it was made
 * @param definition what it enqueues, and when
 * @param declaration who has declared it with its workers; null if it was put by a client or by SQL
 * @param pause why it does not fire; null if it does
 * @param progress how far it has come
 */
public record StoredSchedule(
        String name,
        UUID creationId,
        Instant createdAt,
        ScheduleDefinition definition,
        @Nullable Declaration declaration,
        @Nullable Pause pause,
        Progress progress) {
    /** Checks for null. */
    public StoredSchedule {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(creationId, "creationId");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(definition, "definition");
        Objects.requireNonNull(progress, "progress");
    }

    /**
     * Who has declared a schedule.
     *
     * @param owner the application
     * @param version its version
     * @param declaredAt when a living worker declared it last, give or take ten minutes
     * @param retiredAt since when no living worker declares it, so that it does not fire; null if it fires
     */
    public record Declaration(
            String owner,
            long version,
            Instant declaredAt,
            @Nullable Instant retiredAt) {
        /** Checks for null. */
        public Declaration {
            Objects.requireNonNull(owner, "owner");
            Objects.requireNonNull(declaredAt, "declaredAt");
        }
    }

    /**
     * Why a schedule does not fire.
     *
     * @param at since when; times that pass from then on are skipped
     * @param by who has paused it; null if unknown
     * @param reason why; null if unknown
     */
    public record Pause(
            Instant at, @Nullable String by, @Nullable String reason) {
        /** Checks for null. */
        public Pause {
            Objects.requireNonNull(at, "at");
        }
    }

    /**
     * How far a schedule has come.
     *
     * @param anchor one of the times of a schedule with a period; null before they were computed, and with a cron text
     * @param fingerprint of the texts from which {@code nextAt} was computed; null before it was
     * @param nextAt the first nominal time that has neither fired nor was skipped; null if it is to be computed
     * @param lastFiredAt the newest nominal time that has fired; null if none has
     * @param fired how many times have fired
     * @param skipped how many times have passed without a run
     * @param error why it cannot fire, for operators; null if it can
     * @param runs the ids of runs that were open when it last fired, the oldest first; at most {@value #MOST_RUNS}
     */
    public record Progress(
            @Nullable Instant anchor,
            @Nullable String fingerprint,
            @Nullable Instant nextAt,
            @Nullable Instant lastFiredAt,
            long fired,
            long skipped,
            @Nullable String error,
            List<UUID> runs) {
        /** How many open runs a schedule remembers: the newest. */
        public static final int MOST_RUNS = 100;

        /** A schedule that was just made. */
        public static final Progress NONE = new Progress(null, null, null, null, 0, 0, null, List.of());

        /** Keeps the newest runs. */
        public Progress {
            runs = List.copyOf(runs.subList(Math.max(0, runs.size() - MOST_RUNS), runs.size()));
        }

        /** The same with another error, or with none. */
        public Progress withError(@Nullable String other) {
            return new Progress(anchor, fingerprint, nextAt, lastFiredAt, fired, skipped, other, runs);
        }

        /** The same with other open runs. */
        public Progress withRuns(List<UUID> other) {
            return new Progress(anchor, fingerprint, nextAt, lastFiredAt, fired, skipped, error, other);
        }

        /** The same with a next time that was computed from texts with this fingerprint, and without an error. */
        public Progress begun(@Nullable Instant newAnchor, @Nullable String newFingerprint, Instant next) {
            return new Progress(newAnchor, newFingerprint, next, lastFiredAt, fired, skipped, null, runs);
        }
    }

    /** Whether its times pass without a run: it is paused or retired. */
    public boolean isHeld() {
        return pause != null || (declaration != null && declaration.retiredAt() != null);
    }

    /** The same with another definition. */
    public StoredSchedule with(ScheduleDefinition other) {
        return new StoredSchedule(name, creationId, createdAt, other, declaration, pause, progress);
    }

    /** The same with another declaration. */
    public StoredSchedule with(@Nullable Declaration other) {
        return new StoredSchedule(name, creationId, createdAt, definition, other, pause, progress);
    }

    /** The same with another pause, or with none. */
    public StoredSchedule with(@Nullable Pause other) {
        return new StoredSchedule(name, creationId, createdAt, definition, declaration, other, progress);
    }

    /** The same with other progress. */
    public StoredSchedule with(Progress other) {
        return new StoredSchedule(name, creationId, createdAt, definition, declaration, pause, other);
    }
}
