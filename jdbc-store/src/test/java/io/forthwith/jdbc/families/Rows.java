package io.forthwith.jdbc.families;

import io.forthwith.Job;
import io.forthwith.JobTies;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rows as text: what a store says of a job, and what the model says of it. */
final class Rows {
    private Rows() {}

    static Map<String, String> of(FamilyModel model) {
        Map<String, String> rows = new TreeMap<>();
        model.jobs().all().forEach(node -> rows.put(node.name, of(node)));
        return rows;
    }

    static Map<String, String> of(Map<String, Job> jobs, FamilyModel model, Cast cast) {
        Map<String, String> rows = new TreeMap<>();
        jobs.forEach((name, job) -> rows.put(name, of(job, model.jobs().find(name), cast)));
        return rows;
    }

    private static String of(Node node) {
        return node.status.text() + (node.isToBeCancelled ? " to be cancelled" : "") + ", claim " + node.claim + " of "
                + node.worker + ", attempt " + node.attempt + ", lost " + node.lostWorkers + ", result " + node.result
                + ", error " + node.why + ", " + percent(node, node.percent) + "%, "
                + place(node.parent == null ? null : (Integer) node.place)
                + node.parent + ", key " + node.key + (node.isParent ? ", parent" : "")
                + (node.isSealed ? "" : " unsealed") + ", " + node.onChildFailure + " " + node.cancelsSiblings + ", "
                + (node.isSuccessor ? node.onPredecessorFailure : null);
    }

    /** Places may have gaps; their order is looked at where children are read. */
    private static String place(@Nullable Integer place) {
        return place == null ? "child of " : place == 0 ? "second part of " : "first part of ";
    }

    private static String of(Job job, @Nullable Node node, Cast cast) {
        JobTies ties = job.ties();
        return job.status().text() + (job.cancelRequestedAt() != null ? " to be cancelled" : "") + ", claim "
                + job.claim() + " of " + cast.name(job.workerId()) + ", attempt " + job.attempt() + ", lost "
                + job.lostWorkers() + ", result " + job.result() + ", error " + Why.of(job) + ", "
                + percent(node, job.progress().percent()) + "%, " + place(ties.position())
                + (job.parentId() == null ? null : cast.name(job.parentId())) + ", key " + job.uniqueKey()
                + (ties.isParent() ? ", parent" : "") + (ties.isSealed() ? "" : " unsealed") + ", "
                + ties.onChildFailure() + " " + ties.cancelsSiblings() + ", " + ties.onPredecessorFailure();
    }

    /** Not compared where the model does not know it. */
    private static String percent(@Nullable Node node, @Nullable Integer percent) {
        return node == null || node.percent == null ? "?" : String.valueOf(percent);
    }

    /** The rows that are not alike; empty if there are none. */
    static String difference(Map<String, String> store, Map<String, String> model) {
        Set<String> names = new LinkedHashSet<>(model.keySet());
        names.addAll(store.keySet());
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            if (!Objects.equals(store.get(name), model.get(name))) {
                text.append(String.format(
                        "%n%s in the store: %s%n%s in the model: %s",
                        name, store.get(name), " ".repeat(name.length()), model.get(name)));
            }
        }
        return text.toString();
    }
}
