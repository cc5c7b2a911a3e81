package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.View;
import java.util.List;
import java.util.function.Predicate;

/** Says before something is done to jobs which others it is done to as well. */
final class Relatives {
    private Relatives() {}

    /** Says what becomes of the relatives of jobs that are all known. */
    static Node of(View view, String word, List<Job> jobs) {
        List<Job> possible = jobs.stream()
                .filter(job -> ActNames.possible(word).contains(job.status()))
                .toList();
        return switch (word) {
            case ActNames.CANCEL -> sentence(view, "act.cancel.children", possible, Relatives::isParent);
            case ActNames.RETRY ->
                all(
                        sentence(view, "act.retry.children", possible, Relatives::isParent),
                        sentence(view, "act.retry.predecessors", possible, Relatives::needsOthers));
            default -> Node.NONE;
        };
    }

    /** Says what becomes of the relatives if only some of the jobs are known. */
    static Node ofUnknown(View view, String word) {
        return word.equals(ActNames.CHANGE) ? Node.NONE : el("p", view.say("act." + word + ".relatives"));
    }

    private static Node sentence(View view, String key, List<Job> jobs, Predicate<Job> has) {
        long count = jobs.stream().filter(has).count();
        return count == 0 ? Node.NONE : el("p", view.say(key, count));
    }

    private static boolean isParent(Job job) {
        return job.relations().isParent();
    }

    /** A job that runs without its predecessors does not take them along. */
    private static boolean needsOthers(Job job) {
        return job.relations().hasPredecessors()
                && job.relations().onPredecessorFailure() != PredecessorFailurePolicy.RUN;
    }
}
