package io.forthwith.dashboard.internal.job;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.FamilyGraph.Edge;
import io.forthwith.dashboard.internal.view.JobPageBasics;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A family, as far as the viewer may know of it and as it is shown: the job at the root, what is below it, and what comes before and after them. Immutable.
 *
 * @param asked the id of the job that was asked for
 * @param members parents before their children
 * @param after who comes after whom
 * @param successors the first ones that come after a member without being one
 * @param hasMoreSuccessors whether there are more of these
 * @param more how many children of a member, by its number, are not shown
 * @param isSlow whether the store was too slow to read all
 */
record Family(
        UUID asked,
        List<Member> members,
        List<Edge> after,
        List<Successor> successors,
        boolean hasMoreSuccessors,
        Map<Integer, More> more,
        boolean isSlow) {
    private static final int MOST_MEMBERS = 200;
    private static final int MOST_CHILDREN = 120;
    private static final int DEEPEST = 10;
    private static final int HIGHEST = 20;
    /** How many members are asked what comes before them, and as many what comes after them. */
    private static final int MOST_READS = 50;

    static final int MOST_SUCCESSORS = 20;
    /** What is left of the time of the page for showing what was read. */
    private static final Duration REST = Duration.ofMillis(200);

    /**
     * A job of the family.
     *
     * @param parent the number of its parent; -1 for none
     * @param depth how far it is below the root
     * @param before how many steps it stands before a member without being one; 0 for a member
     */
    record Member(Job job, int parent, int depth, int before) {}

    /**
     * A job that is no member and comes after one.
     *
     * @param of the number of that member
     */
    record Successor(Job job, int of) {}

    /**
     * Children that are not shown.
     *
     * @param count how many they are; null if it is not known
     */
    record More(@Nullable BoundedCount count) {}

    /** Reads the family of a job; empty if there is no such job, or the viewer may not know of it. */
    static Optional<Family> read(JobClient client, View view, UUID id) {
        return JobPageBasics.seen(view, client.find(id)).map(job -> new Reading(client, view, job).family());
    }

    /** How many of those that are shown have a status. */
    long count(JobStatus status) {
        return members.stream().filter(each -> each.job.status() == status).count();
    }

    /** The statuses that some of those that are shown have. */
    Stream<JobStatus> statuses() {
        return Arrays.stream(JobStatus.values()).filter(status -> count(status) > 0);
    }

    /** Whether all is shown. */
    boolean isWhole() {
        return more.isEmpty() && !isSlow;
    }

    private static final class Reading {
        private final JobClient client;
        private final View view;
        private final Job asked;
        private final long end;
        private final List<Member> members = new ArrayList<>();
        private final Map<UUID, Integer> numbers = new HashMap<>();
        private final Map<UUID, Job> wayDown = new HashMap<>();
        private final List<Edge> after = new ArrayList<>();
        private final List<Successor> successors = new ArrayList<>();
        private final Map<Integer, More> more = new HashMap<>();
        private boolean isSlow;

        Reading(JobClient client, View view, Job asked) {
            this.client = client;
            this.view = view;
            this.asked = asked;
            end = view.deadline() - REST.toNanos();
        }

        Family family() {
            Job root = asked;
            try {
                root = root();
                add(root, -1, 0, 0);
                down();
                predecessors();
                sourcesFirst();
                successors();
            } catch (JobStoreException e) {
                // What was read until then is shown.
                isSlow = true;
            }
            if (members.isEmpty()) {
                add(root, -1, 0, 0);
            }
            return new Family(
                    asked.id(),
                    List.copyOf(members),
                    List.copyOf(after),
                    List.copyOf(successors.subList(0, Math.min(MOST_SUCCESSORS, successors.size()))),
                    successors.size() > MOST_SUCCESSORS,
                    Map.copyOf(more),
                    isSlow);
        }

        private boolean hasTime() {
            if (System.nanoTime() - end > 0) {
                isSlow = true;
            }
            return !isSlow;
        }

        private Job root() {
            Job highest = asked;
            for (int level = 0; level < HIGHEST && highest.parentId() != null && hasTime(); level++) {
                Optional<Job> parent = JobPageBasics.seen(view, client.find(highest.parentId()));
                if (parent.isEmpty() || wayDown.containsKey(parent.get().id())) {
                    break;
                }
                wayDown.put(parent.get().id(), highest);
                highest = parent.get();
            }
            return highest;
        }

        private void down() {
            for (int i = 0; i < members.size(); i++) {
                if (members.get(i).job.relations().isParent()) {
                    children(i);
                }
            }
        }

        private void children(int number) {
            Member parent = members.get(number);
            // One place is left for the finisher, and one for the job that was asked for.
            int room = Math.min(MOST_CHILDREN, MOST_MEMBERS - members.size() - 2);
            if (room < 1 || parent.depth >= DEEPEST || !hasTime()) {
                more.put(number, new More(null));
                return;
            }
            Children children = Children.read(client, view, parent.job.id(), room);
            int before = members.size();
            children.jobs().forEach(child -> add(child, number, parent.depth + 1, 0));
            Job onTheWay = wayDown.get(parent.job.id());
            if (onTheWay != null) {
                add(onTheWay, number, parent.depth + 1, 0);
            }
            if (children.hasMore()) {
                more.put(number, new More(rest(parent.job.id(), members.size() - before)));
            }
        }

        private @Nullable BoundedCount rest(UUID parent, int shown) {
            BoundedCount count = client.countUpTo(view.scoped(JobQuery.all().parent(parent)), Source.MOST_COUNTED);
            return count.jobs() > shown ? new BoundedCount(count.jobs() - shown, count.isExact()) : null;
        }

        private void predecessors() {
            int reads = 0;
            for (int i = 0; i < members.size(); i++) {
                if (members.get(i).job.relations().hasPredecessors()) {
                    if (reads == MOST_READS || !hasTime()) {
                        isSlow = true;
                        return;
                    }
                    reads++;
                    before(i);
                }
            }
        }

        private void before(int number) {
            Member successor = members.get(number);
            for (Job predecessor : client.predecessors(successor.job.id())) {
                if (JobPageBasics.sees(view, predecessor)) {
                    add(predecessor, -1, 0, successor.before + 1);
                    Integer found = numbers.get(predecessor.id());
                    if (found != null) {
                        after.add(new Edge(found, number));
                    }
                }
            }
        }

        /** Puts each job that comes before the family left of all that come after it, also if it was found behind another one. */
        private void sourcesFirst() {
            int most = (int) members.stream().filter(each -> each.before > 0).count();
            boolean hasChanged = true;
            // In a ring, which plain SQL can write, nothing stands first.
            for (int round = 0; hasChanged && round < most; round++) {
                hasChanged = false;
                for (Edge edge : after) {
                    Member source = members.get(edge.from());
                    int least = members.get(edge.to()).before + 1;
                    if (source.before > 0 && source.before < least && least <= most) {
                        members.set(edge.from(), new Member(source.job, source.parent, source.depth, least));
                        hasChanged = true;
                    }
                }
            }
        }

        private void successors() {
            int reads = 0;
            for (int i = 0; i < members.size() && successors.size() <= MOST_SUCCESSORS; i++) {
                Job member = members.get(i).job;
                // What comes after a predecessor is none of the family's business.
                if (members.get(i).before == 0 && member.relations().hasSuccessors()) {
                    if (reads == MOST_READS || !hasTime()) {
                        isSlow = true;
                        return;
                    }
                    reads++;
                    int number = i;
                    // Members are among them.
                    client.successors(member.id(), MOST_MEMBERS + MOST_SUCCESSORS).stream()
                            .filter(job -> !numbers.containsKey(job.id()) && JobPageBasics.sees(view, job))
                            .limit(MOST_SUCCESSORS + 1L - successors.size())
                            .forEach(job -> successors.add(new Successor(job, number)));
                }
            }
        }

        private void add(Job job, int parent, int depth, int before) {
            if (members.size() < MOST_MEMBERS && numbers.putIfAbsent(job.id(), members.size()) == null) {
                members.add(new Member(job, parent, depth, before));
            }
        }
    }
}
