package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.FailedAttempt;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The attempts of a job that failed, the newest one first. */
public final class JobAttempts {
    private static final int MOST_SHOWN = 50;
    private static final int LONGEST_TRACE = 64 * 1024;

    private JobAttempts() {}

    public static Node card(JobPageData facts) {
        return Parts.card(
                facts.view(),
                "attempts",
                facts.view().say("attempts.title"),
                facts.failures(),
                failures -> failures.isEmpty() ? none(facts) : table(facts, failures));
    }

    private static Node none(JobPageData facts) {
        String key = facts.job().startedAt() == null ? "attempts.notBegun" : "attempts.none";
        return Parts.empty(facts.view().say(key));
    }

    private static Node table(JobPageData facts, List<FailedAttempt> failures) {
        View view = facts.view();
        int last = Math.max(0, failures.size() - MOST_SHOWN);
        List<FailedAttempt> newestFirst = new ArrayList<>(failures.subList(last, failures.size()));
        Collections.reverse(newestFirst);
        return all(
                new Table<FailedAttempt>()
                        .number(view.say("attempts.number"), FailedAttempt::attempt)
                        .text(
                                view.say("attempts.failed"),
                                failure -> view.words().ago(failure.failedAt(), view.now()))
                        .text(
                                view.say("column.code"),
                                failure -> failure.code() == null ? null : Parts.secret(view, failure.code()))
                        .text(view.say("failures.kind"), failure -> view.say("attempts.kind." + failure.kind()))
                        .text(view.say("column.worker"), failure -> facts.worker(failure.workerId()))
                        .number(view.say("story.took"), failure -> took(view, failure))
                        .line(failure -> error(view, failure))
                        .of(newestFirst),
                last == 0 ? null : el("p", css("muted"), view.say("attempts.earlier", last)));
    }

    private static @Nullable String took(View view, FailedAttempt failure) {
        return failure.startedAt() == null
                ? null
                : view.words().duration(Duration.between(failure.startedAt(), failure.failedAt()));
    }

    private static Node error(View view, FailedAttempt failure) {
        return all(
                Parts.message(view, failure.message()),
                failure.exceptionClass() == null
                        ? null
                        : el("div", css("muted"), Parts.line(view, failure.exceptionClass())),
                trace(view, failure));
    }

    private static Node trace(View view, FailedAttempt failure) {
        String trace = failure.trace();
        return trace == null || trace.isBlank()
                ? Node.NONE
                : el(
                        "details",
                        attr("id", "trace-" + failure.claim()),
                        el("summary", view.say("attempts.trace")),
                        el("pre", attr("tabindex", 0), view.redacted(PageTexts.cutLines(trace, LONGEST_TRACE))));
    }
}
