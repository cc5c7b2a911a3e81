package io.forthwith.schedule;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.Pause;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A schedule as it is stored, with what has become of it. Immutable. */
public final class StoredSchedule {
    private final String name;
    private final UUID creationId;
    private final Instant createdAt;
    private final ScheduleDefinition definition;
    private final @Nullable Declaration declaration;
    private final @Nullable Pause pause;
    private final Progress progress;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public StoredSchedule(
            LibraryOnly by,
            String name,
            UUID creationId,
            Instant createdAt,
            ScheduleDefinition definition,
            @Nullable Declaration declaration,
            @Nullable Pause pause,
            Progress progress) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(creationId, "creationId");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(definition, "definition");
        Objects.requireNonNull(progress, "progress");
        this.name = name;
        this.creationId = creationId;
        this.createdAt = createdAt;
        this.definition = definition;
        this.declaration = declaration;
        this.pause = pause;
        this.progress = progress;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /**
     * A new one whenever a schedule of this name is made: it goes into the ids of the runs, so that a schedule that was deleted and made anew does
     * not take the runs of the old one for its own.
     */
    public UUID creationId() {
        return creationId;
    }

    /** When it was made. */
    public Instant createdAt() {
        return createdAt;
    }

    /** What it enqueues, and when. */
    public ScheduleDefinition definition() {
        return definition;
    }

    /** Who has declared it with its workers; null if it was put by a client or by SQL. */
    public @Nullable Declaration declaration() {
        return declaration;
    }

    /** Why it does not fire; null if it does. */
    public @Nullable Pause pause() {
        return pause;
    }

    /** How far it has come. */
    public Progress progress() {
        return progress;
    }

    /** Who has declared a schedule. */
    public static final class Declaration {
        private final String owner;
        private final long version;
        private final Instant declaredAt;
        private final @Nullable Instant retiredAt;

        /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Declaration(
                LibraryOnly by, String owner, long version, Instant declaredAt, @Nullable Instant retiredAt) {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(owner, "owner");
            Objects.requireNonNull(declaredAt, "declaredAt");
            this.owner = owner;
            this.version = version;
            this.declaredAt = declaredAt;
            this.retiredAt = retiredAt;
        }

        /** The application. */
        public String owner() {
            return owner;
        }

        /** Its version. */
        public long version() {
            return version;
        }

        /** When a living worker declared it last, give or take ten minutes. */
        public Instant declaredAt() {
            return declaredAt;
        }

        /** Since when no living worker declares it, so that it does not fire; null if it fires. */
        public @Nullable Instant retiredAt() {
            return retiredAt;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Declaration that
                    && Objects.equals(owner, that.owner)
                    && version == that.version
                    && Objects.equals(declaredAt, that.declaredAt)
                    && Objects.equals(retiredAt, that.retiredAt);
        }

        @Override
        public int hashCode() {
            return Objects.hash(owner, version, declaredAt, retiredAt);
        }

        @Override
        public String toString() {
            return "Declaration[owner=" + owner + ", version=" + version + ", declaredAt=" + declaredAt + ", retiredAt="
                    + retiredAt + "]";
        }
    }

    /** How far a schedule has come. */
    public static final class Progress {
        /** How many open runs a schedule remembers: the newest. */
        public static final int MOST_RUNS = 100;

        /** A schedule that was just made. */
        public static final Progress NONE =
                new Progress(LibraryOnly.KEY, null, null, null, null, 0, 0, null, List.of());

        private final @Nullable Instant anchor;
        private final @Nullable String fingerprint;
        private final @Nullable Instant nextAt;
        private final @Nullable Instant lastFiredAt;
        private final long fired;
        private final long skipped;
        private final @Nullable String error;
        private final List<UUID> runs;

        /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Progress(
                LibraryOnly by,
                @Nullable Instant anchor,
                @Nullable String fingerprint,
                @Nullable Instant nextAt,
                @Nullable Instant lastFiredAt,
                long fired,
                long skipped,
                @Nullable String error,
                List<UUID> runs) {
            Objects.requireNonNull(by, "by");
            this.anchor = anchor;
            this.fingerprint = fingerprint;
            this.nextAt = nextAt;
            this.lastFiredAt = lastFiredAt;
            this.fired = fired;
            this.skipped = skipped;
            this.error = error;
            this.runs = List.copyOf(runs.subList(Math.max(0, runs.size() - MOST_RUNS), runs.size()));
        }

        /** One of the times of a schedule with a period; null before they were computed, and with a cron text. */
        public @Nullable Instant anchor() {
            return anchor;
        }

        /** The fingerprint of the texts from which {@code nextAt} was computed; null before it was. */
        public @Nullable String fingerprint() {
            return fingerprint;
        }

        /** The first nominal time that has neither fired nor was skipped; null if it is to be computed. */
        public @Nullable Instant nextAt() {
            return nextAt;
        }

        /** The newest nominal time that has fired; null if none has. */
        public @Nullable Instant lastFiredAt() {
            return lastFiredAt;
        }

        /** How many times have fired. */
        public long fired() {
            return fired;
        }

        /** How many times have passed without a run. */
        public long skipped() {
            return skipped;
        }

        /** Why it cannot fire, for operators; null if it can. */
        public @Nullable String error() {
            return error;
        }

        /** The ids of runs that were open when it last fired, the oldest first; at most {@value #MOST_RUNS}. */
        public List<UUID> runs() {
            return runs;
        }

        /** Returns this progress with another error, or with none. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Progress withError(LibraryOnly by, @Nullable String other) {
            return new Progress(by, anchor, fingerprint, nextAt, lastFiredAt, fired, skipped, other, runs);
        }

        /** Returns this progress with other open runs. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Progress withRuns(LibraryOnly by, List<UUID> other) {
            return new Progress(by, anchor, fingerprint, nextAt, lastFiredAt, fired, skipped, error, other);
        }

        /** Returns this progress with a next time that was computed from texts with this fingerprint, and without an error. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Progress begun(
                LibraryOnly by, @Nullable Instant newAnchor, @Nullable String newFingerprint, Instant next) {
            return new Progress(by, newAnchor, newFingerprint, next, lastFiredAt, fired, skipped, null, runs);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Progress that
                    && Objects.equals(anchor, that.anchor)
                    && Objects.equals(fingerprint, that.fingerprint)
                    && Objects.equals(nextAt, that.nextAt)
                    && Objects.equals(lastFiredAt, that.lastFiredAt)
                    && fired == that.fired
                    && skipped == that.skipped
                    && Objects.equals(error, that.error)
                    && Objects.equals(runs, that.runs);
        }

        @Override
        public int hashCode() {
            return Objects.hash(anchor, fingerprint, nextAt, lastFiredAt, fired, skipped, error, runs);
        }

        @Override
        public String toString() {
            return "Progress[anchor=" + anchor + ", fingerprint=" + fingerprint + ", nextAt=" + nextAt
                    + ", lastFiredAt=" + lastFiredAt + ", fired=" + fired + ", skipped=" + skipped + ", error=" + error
                    + ", runs=" + runs + "]";
        }
    }

    /** Whether its times pass without a run: it is paused or retired. */
    public boolean isHeld() {
        return pause != null || (declaration != null && declaration.retiredAt() != null);
    }

    /** Returns this schedule with another definition. */
    @SuppressWarnings("exports") // so that only the library can call it
    public StoredSchedule with(LibraryOnly by, ScheduleDefinition other) {
        return new StoredSchedule(by, name, creationId, createdAt, other, declaration, pause, progress);
    }

    /** Returns this schedule with another declaration. */
    @SuppressWarnings("exports") // so that only the library can call it
    public StoredSchedule with(LibraryOnly by, @Nullable Declaration other) {
        return new StoredSchedule(by, name, creationId, createdAt, definition, other, pause, progress);
    }

    /** Returns this schedule with another pause, or with none. */
    @SuppressWarnings("exports") // so that only the library can call it
    public StoredSchedule with(LibraryOnly by, @Nullable Pause other) {
        return new StoredSchedule(by, name, creationId, createdAt, definition, declaration, other, progress);
    }

    /** Returns this schedule with other progress. */
    @SuppressWarnings("exports") // so that only the library can call it
    public StoredSchedule with(LibraryOnly by, Progress other) {
        return new StoredSchedule(by, name, creationId, createdAt, definition, declaration, pause, other);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredSchedule that
                && Objects.equals(name, that.name)
                && Objects.equals(creationId, that.creationId)
                && Objects.equals(createdAt, that.createdAt)
                && Objects.equals(definition, that.definition)
                && Objects.equals(declaration, that.declaration)
                && Objects.equals(pause, that.pause)
                && Objects.equals(progress, that.progress);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, creationId, createdAt, definition, declaration, pause, progress);
    }

    @Override
    public String toString() {
        return "StoredSchedule[name=" + name + ", creationId=" + creationId + ", createdAt=" + createdAt
                + ", definition=" + definition + ", declaration=" + declaration + ", pause=" + pause + ", progress="
                + progress + "]";
    }
}
