package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StoredNameLists;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A worker, as it registers. Immutable.
 */
public final class WorkerInfo {
    private final UUID id;
    private final String name;
    private final String host;
    private final long pid;
    private final @Nullable Serves serves;
    private final @Nullable String libraryVersion;
    private final @Nullable Schedules schedules;
    private static final int LONGEST = 200;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public WorkerInfo(
            LibraryOnly by,
            UUID id,
            String name,
            String host,
            long pid,
            @Nullable Serves serves,
            @Nullable String libraryVersion,
            @Nullable Schedules schedules) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(id, "id");
        this.name = SafeText.line(name, LONGEST);
        this.host = SafeText.line(host, LONGEST);
        this.libraryVersion = libraryVersion == null ? null : SafeText.line(libraryVersion, LONGEST);
        this.id = id;
        this.pid = pid;
        this.serves = serves;
        this.schedules = schedules;
    }

    /** A new one for every registration. */
    public UUID id() {
        return id;
    }

    /** A label for people; need not be unique. */
    public String name() {
        return name;
    }

    /** The machine it runs on. */
    public String host() {
        return host;
    }

    /** Its process. */
    public long pid() {
        return pid;
    }

    /** The jobs that it takes; null if it does not say, as a worker of an older version of the library. */
    public @Nullable Serves serves() {
        return serves;
    }

    /** The version of the library in its process, {@code unknown} if the library does not know its own; null if the worker does not say. */
    public @Nullable String libraryVersion() {
        return libraryVersion;
    }

    /** The schedules that it has brought along; null if there are none, or if it does not say. */
    public @Nullable Schedules schedules() {
        return schedules;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WorkerInfo that
                && Objects.equals(id, that.id)
                && Objects.equals(name, that.name)
                && Objects.equals(host, that.host)
                && pid == that.pid
                && Objects.equals(serves, that.serves)
                && Objects.equals(libraryVersion, that.libraryVersion)
                && Objects.equals(schedules, that.schedules);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, name, host, pid, serves, libraryVersion, schedules);
    }

    @Override
    public String toString() {
        return "WorkerInfo[id=" + id + ", name=" + name + ", host=" + host + ", pid=" + pid + ", serves=" + serves
                + ", libraryVersion=" + libraryVersion + ", schedules=" + schedules + "]";
    }

    /**
     * The jobs that a worker takes. Immutable.
     */
    public static final class Serves {
        private final List<String> queues;
        private final List<String> types;
        private final boolean onlyTypes;
        private final int concurrency;

        /** The last element of a list that was too long: it stands for the names that were left out. Of types, only in what a worker of an older version has said. */
        public static final String CUT = "…";

        private static final int LONGEST_NAME = 128;

        /**
         * The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores.
         *
         * @throws IllegalArgumentException if a name has a comma, which separates names where they are stored as one text
         */
        @SuppressWarnings("exports") // so that only the library can call it
        public Serves(LibraryOnly by, List<String> queues, List<String> types, boolean onlyTypes, int concurrency) {
            Objects.requireNonNull(by, "by");
            this.queues = StoredNameLists.cut(queues.stream().map(Serves::name).toList(), CUT);
            this.types = types.stream().map(Serves::name).toList();
            this.onlyTypes = onlyTypes;
            this.concurrency = concurrency;
        }

        /** The names of its queues. */
        public List<String> queues() {
            return queues;
        }

        /** The names of the types it has processors for, their former names included. */
        public List<String> types() {
            return types;
        }

        /** Whether it leaves jobs of other types to other workers; if not, it takes them and fails them. */
        public boolean onlyTypes() {
            return onlyTypes;
        }

        /** How many jobs it runs at a time. */
        public int concurrency() {
            return concurrency;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Serves that
                    && Objects.equals(queues, that.queues)
                    && Objects.equals(types, that.types)
                    && onlyTypes == that.onlyTypes
                    && concurrency == that.concurrency;
        }

        @Override
        public int hashCode() {
            return Objects.hash(queues, types, onlyTypes, concurrency);
        }

        @Override
        public String toString() {
            return "Serves[queues=" + queues + ", types=" + types + ", onlyTypes=" + onlyTypes + ", concurrency="
                    + concurrency + "]";
        }

        private static String name(String name) {
            String line = SafeText.line(name, LONGEST_NAME);
            if (line.contains(StoredNameLists.SEPARATOR)) {
                throw new IllegalArgumentException("\"" + line
                        + "\" is not the name of a queue or type: it has a comma; give several names one by one");
            }
            return line;
        }

        /**
         * Whether a worker that serves these takes such a job, also an undo job. Where names were cut, the job may be among them: then it is
         * taken, as far as one knows.
         */
        public boolean takes(String queue, String type) {
            boolean isUndo = queue.startsWith(NameRules.UNDO);
            boolean hasType =
                    has(types, type.startsWith(NameRules.UNDO) ? type.substring(NameRules.UNDO.length()) : type);
            return isUndo ? hasType : servesQueue(queue) && (hasType || !onlyTypes);
        }

        /** Whether a worker that serves these serves the queue, as far as one knows. */
        public boolean servesQueue(String queue) {
            return has(queues, queue);
        }

        private static boolean has(List<String> names, String name) {
            return names.contains(name) || names.contains(CUT);
        }
    }

    /**
     * The schedules of an application. Immutable.
     */
    public static final class Schedules {
        private final String owner;
        private final long version;

        /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Schedules(LibraryOnly by, String owner, long version) {
            Objects.requireNonNull(by, "by");
            this.owner = SafeText.line(owner, LONGEST);
            this.version = version;
        }

        /** The application that they belong to. */
        public String owner() {
            return owner;
        }

        /** Grows when they change. */
        public long version() {
            return version;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Schedules that && Objects.equals(owner, that.owner) && version == that.version;
        }

        @Override
        public int hashCode() {
            return Objects.hash(owner, version);
        }

        @Override
        public String toString() {
            return "Schedules[owner=" + owner + ", version=" + version + "]";
        }
    }
}
