package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.JobStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What must be true of a store's rows after each command, independently of the model. */
final class RowInvariants {
    private final Map<String, Job> before;
    private final Map<String, Job> now;
    private final Map<String, List<Job>> predecessors = new HashMap<>();
    private final Map<String, List<Job>> children = new HashMap<>();
    private final ScenarioJobs cast;
    private final List<String> broken = new ArrayList<>();

    /**
     * @param before the rows before the command
     * @param now the rows after it
     * @param model knows which job comes after which: rows do not show it
     */
    RowInvariants(Map<String, Job> before, Map<String, Job> now, ModelJobs model, ScenarioJobs cast) {
        this.before = before;
        this.now = now;
        this.cast = cast;
        for (Map.Entry<String, Job> each : now.entrySet()) {
            predecessors.put(
                    each.getKey(),
                    model.get(each.getKey()).after.stream()
                            .map(now::get)
                            .filter(Objects::nonNull)
                            .toList());
            Job job = each.getValue();
            if (job.parentId() != null) {
                children.computeIfAbsent(cast.name(job.parentId()), key -> new ArrayList<>())
                        .add(job);
            }
        }
    }

    /**
     * What is broken.
     *
     * @param byHand whether jobs were retried by hand, which may change them several times in one transaction
     */
    List<String> broken(boolean byHand) {
        now.forEach((name, job) -> {
            Job old = before.get(name);
            row(name, job);
            if (old != null) {
                moved(name, old, job, byHand);
            }
            if (job.status() == JobStatus.WAITING) {
                waiting(name, job);
            }
            if (!byHand && (old == null || old.status() != job.status())) {
                arrived(name, job, old);
            }
        });
        positions();
        keys();
        if (waits().hasCycle()) {
            broken.add("Jobs wait for themselves: " + waits());
        }
        return broken;
    }

    private void require(boolean holds, String name, String rule) {
        if (!holds) {
            broken.add(
                    name + " (" + Objects.requireNonNull(now.get(name)).status().text() + ") " + rule);
        }
    }

    private void row(String name, Job job) {
        boolean isFinal = job.status().isFinal();
        require(isFinal == (job.completedAt() != null), name, "has the end " + job.completedAt());
        require(
                job.cancelRequestedAt() == null || isFinal || job.status() == JobStatus.PROCESSING,
                name,
                "is to be cancelled though nothing runs it");
        boolean isWell = job.status() == JobStatus.COMPLETED || job.status() == JobStatus.CANCELLED;
        require(!isWell || job.errorCode() == null, name, "shows the error " + job.errorCode());
        require(job.status() != JobStatus.FAILED || job.errorCode() != null, name, "shows no error");
        require(job.attempt() >= 0, name, "was tried " + job.attempt() + " times");
        boolean runs = job.status() == JobStatus.PENDING || job.status() == JobStatus.PROCESSING;
        require(!runs || !job.relations().isParent(), name, "runs though it is a parent");
    }

    private void moved(String name, Job old, Job job, boolean byHand) {
        require(job.claim() >= old.claim(), name, "had a higher claim: " + old.claim());
        boolean isSame = old.status() == job.status();
        boolean mayRetry = byHand && old.status() != JobStatus.COMPLETED;
        // Another job may end, which releases this one and cancels it, all in one transaction.
        boolean isTwoMoves = old.status() == JobStatus.PROCESSING;
        require(
                isSame || mayRetry || isTwoMoves || old.status().canBecome(job.status()),
                name,
                "was " + old.status().text());
        boolean isHeld = isSame && job.status() == JobStatus.PROCESSING;
        require(!isHeld || job.claim() == old.claim(), name, "was claimed while it was processing");
    }

    private void waiting(String name, Job job) {
        if (job.relations().isParent()) {
            require(
                    !job.relations().isSealed() || childrenOf(name).anyMatch(RowInvariants::isOpen),
                    name,
                    "waits for no child");
        } else if (job.relations().isFinisher()) {
            Job parent = parentOf(job);
            require(parent != null && parent.status() == JobStatus.WAITING, name, "waits for a parent that has ended");
            boolean isOpenGroup = parent != null && !parent.relations().isSealed();
            require(isOpenGroup || siblingsOf(job).anyMatch(RowInvariants::isOpen), name, "waits for no sibling");
        } else {
            require(predecessorsOf(name).anyMatch(RowInvariants::isOpen), name, "waits for no predecessor");
            require(
                    job.relations().onPredecessorFailure() == PredecessorFailurePolicy.RUN
                            || predecessorsOf(name).noneMatch(RowInvariants::isBad),
                    name,
                    "goes on waiting after a predecessor has failed");
        }
    }

    /** The job was not in this status before. */
    private void arrived(String name, Job job, @Nullable Job old) {
        if (job.status() == JobStatus.COMPLETED && job.relations().isParent()) {
            require(childrenOf(name).noneMatch(RowInvariants::isOpen), name, "has an open child");
            require(
                    job.relations().onChildFailure() == ChildFailurePolicy.IGNORE
                            || childrenOf(name).noneMatch(RowInvariants::isBad),
                    name,
                    "has a child that failed");
        }
        boolean isLetGo = job.status() == JobStatus.PENDING && (old == null || old.status() == JobStatus.WAITING);
        if (isLetGo) {
            require(predecessorsOf(name).noneMatch(RowInvariants::isOpen), name, "has an open predecessor");
            require(
                    !job.relations().isFinisher() || siblingsOf(job).noneMatch(RowInvariants::isOpen),
                    name,
                    "runs though a sibling is open");
        }
    }

    private void positions() {
        children.forEach((parent, itsChildren) -> {
            long positions = itsChildren.stream()
                    .map(job -> job.relations().position())
                    .distinct()
                    .count();
            if (positions < itsChildren.size()) {
                broken.add("Children of " + parent + " share a position");
            }
        });
    }

    private void keys() {
        Set<String> taken = new HashSet<>();
        now.forEach((name, job) -> {
            boolean isFree = job.uniqueKey() == null || !isOpen(job) || taken.add(job.uniqueKey());
            require(isFree, name, "is open with a key that another open job has");
        });
    }

    /** At this moment. */
    private WaitGraph waits() {
        WaitGraph waits = new WaitGraph();
        now.forEach((name, job) -> {
            if (job.status() == JobStatus.WAITING) {
                Stream<Job> waited = job.relations().isParent()
                        ? childrenOf(name)
                        : job.relations().isFinisher() ? siblingsOf(job) : predecessorsOf(name);
                waited.filter(RowInvariants::isOpen).forEach(other -> waits.add(name, cast.name(other.id())));
            }
        });
        return waits;
    }

    /** Whether a store reads the relatives of each job in the order in which they were named. */
    static List<String> readings(JobStore store, ModelJobs jobs, ScenarioJobs cast) {
        List<String> wrong = new ArrayList<>();
        for (ModelJob node : jobs.all()) {
            List<String> wanted = node.after;
            List<String> read = names(store.predecessors(cast.id(node.name)), cast);
            if (!read.equals(wanted)) {
                wrong.add("predecessors of " + node.name + " are " + read + " instead of " + wanted);
            }
            List<String> children = jobs.othersOf(node.name).stream()
                    .sorted((one, other) -> Integer.compare(one.position, other.position))
                    .map(child -> child.name)
                    .toList();
            List<String> readChildren = names(store.children(cast.id(node.name), 0, 1_000), cast);
            if (!readChildren.equals(children)) {
                wrong.add("children of " + node.name + " are " + readChildren + " instead of " + children);
            }
        }
        return wrong;
    }

    private static List<String> names(List<Job> jobs, ScenarioJobs cast) {
        return jobs.stream().map(job -> cast.name(job.id())).toList();
    }

    private static boolean isOpen(Job job) {
        return job.status().isOpen();
    }

    private static boolean isBad(Job job) {
        return job.status() == JobStatus.FAILED || job.status() == JobStatus.CANCELLED;
    }

    private @Nullable Job parentOf(Job job) {
        return now.get(cast.name(job.parentId()));
    }

    private Stream<Job> childrenOf(String parent) {
        return children.getOrDefault(parent, List.of()).stream();
    }

    private Stream<Job> siblingsOf(Job job) {
        return childrenOf(cast.name(job.parentId())).filter(other -> !other.id().equals(job.id()));
    }

    private Stream<Job> predecessorsOf(String name) {
        return predecessors.getOrDefault(name, List.of()).stream();
    }
}
