package io.forthwith.jdbc.families;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a row of a store says, or should. */
record Row(
        JobStatus status,
        boolean isToBeCancelled,
        long claim,
        String worker,
        int attempt,
        int lostWorkers,
        @Nullable String result,
        @Nullable Why why,
        @Nullable Integer percent,
        @Nullable String parent,
        Place place,
        @Nullable String key,
        boolean isParent,
        boolean isSealed,
        ChildFailurePolicy onChildFailure,
        boolean cancelsSiblings,
        @Nullable PredecessorFailurePolicy onPredecessorFailure) {

    /** Places may have gaps; their order is looked at where children are read. */
    private enum Place {
        NONE,
        FIRST_PART,
        FINISHER;

        static Place of(@Nullable Integer position) {
            return position == null ? NONE : position == 0 ? FINISHER : FIRST_PART;
        }
    }

    private static Row of(Node node) {
        return new Row(
                node.status,
                node.isToBeCancelled,
                node.claim,
                node.worker,
                node.attempt,
                node.lostWorkers,
                node.result,
                node.why,
                node.percent,
                node.parent,
                Place.of(node.parent == null ? null : (Integer) node.place),
                node.key,
                node.isParent,
                node.isSealed,
                node.onChildFailure,
                node.cancelsSiblings,
                node.isSuccessor ? node.onPredecessorFailure : null);
    }

    /** @param node tells what is not looked at */
    private static Row of(Job job, Node node, Cast cast) {
        return new Row(
                job.status(),
                job.cancelRequestedAt() != null,
                job.claim(),
                cast.name(job.workerId()),
                job.attempt(),
                job.lostWorkers(),
                job.result(),
                Why.of(job),
                node.percent == null ? null : (Integer) job.progress().percent(),
                job.parentId() == null ? null : cast.name(job.parentId()),
                Place.of(job.relations().position()),
                job.uniqueKey(),
                job.relations().isParent(),
                job.relations().isSealed(),
                job.relations().onChildFailure(),
                job.relations().cancelsSiblings(),
                job.relations().onPredecessorFailure());
    }

    /** Where a store and the model are not of one mind. */
    static List<String> differences(Map<String, Job> jobs, Nodes model, Cast cast) {
        List<String> differences = new ArrayList<>();
        for (String name : new TreeSet<>(model.names())) {
            Job job = jobs.get(name);
            Node node = model.get(name);
            Row wanted = of(node);
            if (job == null || !of(job, node, cast).equals(wanted)) {
                differences.add(name + " is    " + (job == null ? "not there" : of(job, node, cast)));
                differences.add(name + " wants " + wanted);
            }
        }
        jobs.keySet().stream()
                .filter(name -> !model.has(name))
                .forEach(name -> differences.add(name + " should not be there"));
        return differences;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(status.text());
        text.append(isToBeCancelled ? " to be cancelled" : "");
        text.append(", claim ").append(claim).append(" of ").append(worker);
        text.append(", attempt ").append(attempt).append(", lost ").append(lostWorkers);
        text.append(", result ").append(result).append(", why ").append(why);
        text.append(", ")
                .append(percent == null ? "?" : percent)
                .append("%, key ")
                .append(key);
        if (parent != null) {
            text.append(", ").append(low(place)).append(" of ").append(parent);
        }
        if (isParent) {
            text.append(isSealed ? ", parent" : ", unsealed parent");
        }
        text.append(", on child failure ").append(low(onChildFailure)).append(cancelsSiblings ? " cancels" : "");
        text.append(onPredecessorFailure == null ? "" : ", on predecessor failure " + low(onPredecessorFailure));
        return text.toString();
    }

    private static String low(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
