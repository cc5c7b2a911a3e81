package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.FailureCauseCounts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.store.count.JobFailures;
import java.util.List;

/** Failed attempts by what went wrong. */
final class FailedAttemptsTable {
    private static final int MOST_GROUPS = 100;

    private FailedAttemptsTable() {}

    /** The largest groups. */
    static Node brief(View view, FailureCauseCounts failed, int most) {
        return failed.groups().isEmpty()
                ? rest(view, failed, most)
                : all(
                        Parts.table(
                                List.of(
                                        Parts.th(view.say("column.code")),
                                        Parts.th(view.say("column.type")),
                                        Parts.thNumber(view.say("failures.attempts")),
                                        Parts.thNumber(view.say("failures.first"))),
                                failed.groups().stream()
                                        .limit(most)
                                        .map(group -> el(
                                                "tr",
                                                Parts.td(Parts.link(link(view, group, "1h"), code(view, group))),
                                                Parts.td(type(view, group)),
                                                Parts.number(view.words().number(group.attempts())),
                                                Parts.number(first(view, failed, group))))
                                        .toList()),
                        rest(view, failed, most));
    }

    /** All that is known of each group. */
    static Node whole(View view, FailureCauseCounts failed, String span) {
        return failed.groups().isEmpty()
                ? rest(view, failed, MOST_GROUPS)
                : all(
                        el(
                                "div",
                                css("jobs"),
                                new Table<JobFailures>()
                                        .text(
                                                view.say("column.code"),
                                                group -> Parts.link(link(view, group, span), code(view, group)))
                                        .text(view.say("column.type"), group -> type(view, group))
                                        .number(
                                                view.say("failures.attempts"),
                                                group -> view.words().number(group.attempts()))
                                        .number(
                                                view.say("failures.ended"),
                                                group -> view.words().number(group.jobs()))
                                        .text(
                                                view.say("failures.example"),
                                                group -> Parts.jobLink(view, group.sampleId()))
                                        .number(
                                                view.say("failures.first"),
                                                group -> all(
                                                        first(view, failed, group),
                                                        el(
                                                                "div",
                                                                css("note"),
                                                                view.words().minute(group.firstAt()))))
                                        .number(
                                                view.say("failures.last"),
                                                group -> view.words().ago(group.lastAt(), view.now()))
                                        .line(group -> Parts.message(view, group.message()))
                                        .of(failed.groups().stream()
                                                .limit(MOST_GROUPS)
                                                .toList())),
                        rest(view, failed, MOST_GROUPS));
    }

    private static String link(View view, JobFailures group, String span) {
        return isOther(group)
                ? view.link("failures", "span", span)
                : view.link("failures", "span", span, CausePart.CAUSE, group.fingerprint()) + "#cause";
    }

    private static boolean isOther(JobFailures group) {
        return group.fingerprint().equals(JobFailures.OTHER);
    }

    private static Object code(View view, JobFailures group) {
        return isOther(group) ? view.say("failures.other") : Parts.secret(view, group.code());
    }

    private static Object type(View view, JobFailures group) {
        return isOther(group) ? view.say("failures.otherTypes") : Parts.name(group.type());
    }

    private static Node first(View view, FailureCauseCounts failed, JobFailures group) {
        return all(
                failed.isNew(group) ? all(Marks.mark("failed", "✦", view.say("failures.new")), " ") : null,
                view.words().ago(group.firstAt(), view.now()));
    }

    private static Node rest(View view, FailureCauseCounts failed, int most) {
        int left = failed.groups().size() - most;
        return all(
                left > 0 ? el("p", css("muted"), view.say("failures.moreCauses", left)) : null,
                failed.unexplained() > 0
                        ? el("p", css("problem"), view.say("failures.unexplained", failed.unexplained()))
                        : null);
    }
}
