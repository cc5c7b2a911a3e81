package io.forthwith.jdbc.families;

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

/** Who waits for whom, by name. */
final class Waits {
    private final Map<String, Set<String>> waited = new LinkedHashMap<>();

    void add(String job, String waitedFor) {
        waited.computeIfAbsent(job, key -> new TreeSet<>()).add(waitedFor);
    }

    Set<String> waitedForBy(@Nullable String job) {
        return waited.getOrDefault(job, Set.of());
    }

    /** If nothing but this call existed. */
    static Waits within(List<Role> call) {
        Waits waits = new Waits();
        for (Role role : call) {
            role.after().forEach(other -> waits.add(role.name(), other));
            if (role.parent() != null) {
                waits.add(role.parent(), role.name());
            }
        }
        call.stream().filter(Role::isFinisher).forEach(role -> waits.addSiblings(role.name(), role.parent()));
        return waits;
    }

    /** When these are added to the jobs that are there; or would again if it were retried: who has completed never is. */
    static Waits with(List<Role> call, Nodes jobs) {
        Waits waits = within(call);
        for (Node job : jobs.all()) {
            job.predecessors.forEach(other -> waits.add(job.name, other));
            if (job.parent != null) {
                waits.add(job.parent, job.name);
            }
        }
        jobs.all().stream().filter(Node::isFinisher).forEach(job -> waits.addSiblings(job.name, job.parent));
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

    /** All that a job waits for, by whatever way; itself only if it waits for itself. */
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

    /** Takes away who waits for nobody that is left, over and over: whoever is left then waits for itself. */
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
