package io.forthwith.store.kit.internal.random;

import io.forthwith.JobStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which job waits for which, by name. */
final class WaitGraph {
    private final Map<String, Set<String>> waited = new LinkedHashMap<>();

    void add(String job, String waitedFor) {
        waited.computeIfAbsent(job, key -> new TreeSet<>()).add(waitedFor);
    }

    Set<String> waitedForBy(String job) {
        return waited.getOrDefault(job, Set.of());
    }

    /** If nothing but this call existed. */
    static WaitGraph within(List<PlannedJob> call) {
        WaitGraph waits = new WaitGraph();
        for (PlannedJob role : call) {
            role.after().forEach(other -> waits.add(role.name(), other));
            if (role.parent() != null) {
                waits.add(role.parent(), role.name());
            }
        }
        call.stream().filter(PlannedJob::isFinisher).forEach(role -> waits.addSiblings(role.name(), role.parent()));
        return waits;
    }

    /**
     * As it is when these jobs have been added to those that are there. A job that has ended counts as one that waits, since it may be
     * retried; a job that has completed does not, since it is never retried.
     */
    static WaitGraph with(List<PlannedJob> call, ModelJobs jobs) {
        WaitGraph waits = within(call);
        for (ModelJob job : jobs.all()) {
            job.after.forEach(other -> waits.add(job.name, other));
            if (job.parent != null) {
                waits.add(job.parent, job.name);
            }
        }
        jobs.all().stream().filter(job -> job.isFinisher).forEach(job -> waits.addSiblings(job.name, job.parent));
        jobs.all().stream()
                .filter(job -> job.status == JobStatus.COMPLETED)
                .forEach(job -> waits.waited.remove(job.name));
        return waits;
    }

    private void addSiblings(String finisher, @Nullable String parent) {
        for (String sibling : List.copyOf(waitedForBy(Objects.requireNonNull(parent)))) {
            if (!sibling.equals(finisher)) {
                add(finisher, sibling);
            }
        }
    }

    /** All jobs that a job waits for, directly or not; itself only if it waits for itself. */
    Set<String> allWaitedForBy(String job) {
        Set<String> all = new LinkedHashSet<>();
        List<String> edge = new ArrayList<>(List.of(job));
        while (!edge.isEmpty()) {
            for (String next : waitedForBy(edge.remove(edge.size() - 1))) {
                if (all.add(next)) {
                    edge.add(next);
                }
            }
        }
        return all;
    }

    /** Removes jobs that wait for no job that is left, again and again: a job that is left in the end waits for itself. */
    boolean hasCycle() {
        Map<String, Set<String>> left = new LinkedHashMap<>(waited);
        while (left.keySet().removeIf(job -> waitedForBy(job).stream().noneMatch(left::containsKey))) {
            // Again.
        }
        return !left.isEmpty();
    }

    @Override
    public String toString() {
        return waited.toString();
    }
}
