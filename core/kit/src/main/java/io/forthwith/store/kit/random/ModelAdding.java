package io.forthwith.store.kit.random;

import io.forthwith.JobStatus;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One call that adds jobs to the model. If the call holds a family or a graph, it adds all jobs or none. */
final class ModelAdding {
    private final Map<String, ModelJob> jobs;
    private final List<ScenarioJobs.Role> call;
    private final List<ScenarioJobs.Role> fresh;

    ModelAdding(Map<String, ModelJob> jobs, List<ScenarioJobs.Role> call) {
        this.jobs = jobs;
        this.call = call;
        this.fresh =
                call.stream().filter(role -> !jobs.containsKey(role.name())).toList();
    }

    /** Jobs that wait are checked later. */
    List<String> add(int dueAt) {
        boolean isAllOrNone = call.stream().anyMatch(role -> !role.relations().isNone());
        String refusal = isAllOrNone ? refusal() : null;
        List<String> answers = call.stream()
                .map(role -> refusal == null ? add(role, dueAt) : refusal)
                .toList();
        jobs.values()
                .forEach(job -> job.after.stream()
                        .map(jobs::get)
                        .filter(Objects::nonNull)
                        .forEach(predecessor -> predecessor.hasSuccessors = true));
        return answers;
    }

    private String add(ScenarioJobs.Role role, int dueAt) {
        String holder = holderOf(role.key(), jobs);
        if (!fresh.contains(role)) {
            return "ID_EXISTS " + role.name();
        }
        if (holder != null) {
            return "KEY_TAKEN " + holder;
        }
        ModelJob job = new ModelJob(role);
        job.isParent = !job.isSealed
                || call.stream()
                        .anyMatch(each -> role.name().equals(each.relations().parent()));
        boolean waits = job.isParent || job.isFinisher || !job.after.isEmpty();
        job.status = waits ? JobStatus.WAITING : JobStatus.PENDING;
        job.dueAt = dueAt;
        jobs.put(job.name, job);
        return "ADDED " + role.name();
    }

    private @Nullable String refusal() {
        for (ScenarioJobs.Role role : fresh) {
            String parent = role.relations().parent();
            if (parent != null && !isFresh(parent) && !isTaken(role, jobs.get(parent))) {
                return "PARENT_CLOSED " + parent;
            }
            for (String predecessor : role.relations().after()) {
                if (!isFresh(predecessor) && !jobs.containsKey(predecessor)) {
                    return "NO_PREDECESSOR " + predecessor;
                }
            }
        }
        return fresh.stream()
                .map(role -> holderOf(role.key(), jobs))
                .filter(Objects::nonNull)
                .findFirst()
                .map(holder -> "CONFLICT " + holder)
                .orElse(null);
    }

    private boolean isFresh(String name) {
        return fresh.stream().anyMatch(role -> role.name().equals(name));
    }

    private static boolean isTaken(ScenarioJobs.Role child, @Nullable ModelJob group) {
        return group != null && group.isOpenGroup() && !child.relations().isFinisher();
    }

    /** The open job that holds a unique key. */
    static @Nullable String holderOf(@Nullable String key, Map<String, ModelJob> jobs) {
        return key == null
                ? null
                : jobs.values().stream()
                        .filter(job -> key.equals(job.key) && job.status.isOpen())
                        .map(job -> job.name)
                        .findFirst()
                        .orElse(null);
    }
}
