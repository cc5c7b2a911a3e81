package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.FailedAttempt;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.Words;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The attempts of a job that failed, the newest one first. */
public final class JobAttempts {
    private static final int MOST_SHOWN = 50;
    private static final int LONGEST_TRACE = 64 * 1024;

    private JobAttempts() {}

    public static Node card(JobFacts facts) {
        return Parts.card(
                facts.view(),
                "attempts",
                facts.view().say("attempts.title"),
                facts.failures(),
                failures -> failures.isEmpty() ? none(facts) : table(facts, failures));
    }

    private static Node none(JobFacts facts) {
        String key = facts.job().startedAt() == null ? "attempts.notBegun" : "attempts.none";
        return Parts.empty(facts.view().say(key));
    }

    private static Node table(JobFacts facts, List<FailedAttempt> failures) {
        View view = facts.view();
        List<Node> rows = new ArrayList<>();
        int last = Math.max(0, failures.size() - MOST_SHOWN);
        for (int i = failures.size() - 1; i >= last; i--) {
            rows.add(row(facts, failures.get(i)));
        }
        return all(
                Parts.table(
                        List.of(
                                Parts.thNumber(view.say("attempts.number")),
                                Parts.th(view.say("attempts.failed")),
                                Parts.th(view.say("column.code")),
                                Parts.th(view.say("attempts.message")),
                                Parts.th(view.say("column.worker")),
                                Parts.thNumber(view.say("story.took"))),
                        rows),
                last == 0 ? null : el("p", css("muted"), view.say("attempts.earlier", last)));
    }

    private static Node row(JobFacts facts, FailedAttempt failure) {
        View view = facts.view();
        return el(
                "tr",
                Parts.number(failure.attempt()),
                Parts.td(view.words().ago(failure.failedAt(), view.now())),
                Parts.td(
                        Parts.secret(view, failure.code()),
                        el("div", css("muted"), view.say("attempts.kind." + failure.kind()))),
                el(
                        "td",
                        css("message"),
                        Parts.line(view, failure.message()),
                        failure.exceptionClass() == null
                                ? null
                                : el("div", css("muted"), Parts.line(view, failure.exceptionClass())),
                        trace(view, failure)),
                Parts.td(facts.worker(failure.workerId())),
                Parts.number(
                        failure.startedAt() == null
                                ? "–"
                                : view.words().duration(Duration.between(failure.startedAt(), failure.failedAt()))));
    }

    private static Node trace(View view, FailedAttempt failure) {
        String trace = failure.trace();
        return trace == null || trace.isBlank()
                ? Node.NONE
                : el(
                        "details",
                        attr("id", "trace-" + failure.claim()),
                        el("summary", view.say("attempts.trace")),
                        el("pre", attr("tabindex", 0), view.redacted(Words.cutLines(trace, LONGEST_TRACE))));
    }
}
