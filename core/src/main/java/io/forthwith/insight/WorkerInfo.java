package io.forthwith.insight;

import io.forthwith.internal.NameLists;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SafeText;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A worker, as it registers. Immutable.
 *
 * @param id a new one for every registration
 * @param name a label for people; need not be unique
 * @param host the machine it runs on
 * @param pid its process
 * @param serves the jobs that it takes; null if it does not say, as a worker of an older version of the library
 * @param libraryVersion the version of the library in its process, {@code unknown} if the library does not know its own; null if the worker
 *     does not say
 * @param schedules the schedules that it has brought along; null if there are none, or if it does not say
 */
public record WorkerInfo(
        UUID id,
        String name,
        String host,
        long pid,
        @Nullable Serves serves,
        @Nullable String libraryVersion,
        @Nullable Schedules schedules) {
    private static final int LONGEST = 200;

    /** Makes the texts safe to store. */
    public WorkerInfo {
        Objects.requireNonNull(id, "id");
        name = SafeText.line(name, LONGEST);
        host = SafeText.line(host, LONGEST);
        libraryVersion = libraryVersion == null ? null : SafeText.line(libraryVersion, LONGEST);
    }

    /** A worker that says no more than where it runs. */
    public WorkerInfo(UUID id, String name, String host, long pid) {
        this(id, name, host, pid, null, null, null);
    }

    /**
     * The jobs that a worker takes. Immutable.
     *
     * @param queues the names of its queues
     * @param types the names of the types it has processors for, their former names included
     * @param onlyTypes whether it leaves jobs of other types to other workers; if not, it takes them and fails them
     * @param concurrency how many jobs it runs at a time
     */
    public record Serves(List<String> queues, List<String> types, boolean onlyTypes, int concurrency) {
        /** The last element of a list that was too long: it stands for the names that were left out. Of types, only in what a worker of an older version has said. */
        public static final String CUT = "…";

        private static final int LONGEST_NAME = 128;

        /**
         * Copies the lists, and cuts that of the queues to 10,000 characters of names: {@link #CUT} then stands for the rest. The types are not cut; a worker of an older version
         * of the library has cut its own.
         *
         * @throws IllegalArgumentException if a name has a comma, which separates names where they are stored as one text
         */
        public Serves {
            queues = NameLists.cut(queues.stream().map(Serves::name).toList(), CUT);
            types = types.stream().map(Serves::name).toList();
        }

        private static String name(String name) {
            String line = SafeText.line(name, LONGEST_NAME);
            if (line.contains(NameLists.SEPARATOR)) {
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
     *
     * @param owner the application that they belong to
     * @param version grows when they change
     */
    public record Schedules(String owner, long version) {
        /** Makes the text safe to store. */
        public Schedules {
            owner = SafeText.line(owner, LONGEST);
        }
    }
}
