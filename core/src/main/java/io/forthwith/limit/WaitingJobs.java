package io.forthwith.limit;

import io.forthwith.internal.LibraryOnly;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The pending jobs that wait for a key of a limit. Immutable. */
public final class WaitingJobs {
    /** How many jobs are looked at. */
    public static final int MOST = 10_000;

    private final List<UUID> first;
    private final List<Part> parts;
    private final boolean areAll;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public WaitingJobs(LibraryOnly by, List<UUID> first, List<Part> parts, boolean areAll) {
        Objects.requireNonNull(by, "by");
        this.first = List.copyOf(first);
        this.parts = List.copyOf(parts);
        this.areAll = areAll;
    }

    /** The ids of those that come first, in the order of claims; unless these are all, of those that were looked at. */
    public List<UUID> first() {
        return first;
    }

    /** How many there are by queue and type, in the order of these. */
    public List<Part> parts() {
        return parts;
    }

    /** Whether all were looked at; if not, {@link #MOST} were, and there are more of some part. */
    public boolean areAll() {
        return areAll;
    }

    /** The jobs of one queue and one type that wait. */
    public static final class Part {
        private final String queue;
        private final String type;
        private final int jobs;

        /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Part(LibraryOnly by, String queue, String type, int jobs) {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(queue, "queue");
            Objects.requireNonNull(type, "type");
            this.queue = queue;
            this.type = type;
            this.jobs = jobs;
        }

        public String queue() {
            return queue;
        }

        public String type() {
            return type;
        }

        /** How many. */
        public int jobs() {
            return jobs;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Part that
                    && Objects.equals(queue, that.queue)
                    && Objects.equals(type, that.type)
                    && jobs == that.jobs;
        }

        @Override
        public int hashCode() {
            return Objects.hash(queue, type, jobs);
        }

        @Override
        public String toString() {
            return "Part[queue=" + queue + ", type=" + type + ", jobs=" + jobs + "]";
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WaitingJobs that
                && Objects.equals(first, that.first)
                && Objects.equals(parts, that.parts)
                && areAll == that.areAll;
    }

    @Override
    public int hashCode() {
        return Objects.hash(first, parts, areAll);
    }

    @Override
    public String toString() {
        return "WaitingJobs[first=" + first + ", parts=" + parts + ", areAll=" + areAll + "]";
    }
}
