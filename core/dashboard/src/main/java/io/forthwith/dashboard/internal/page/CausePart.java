package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.FailureCauseCounts;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Span;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.store.count.JobFailures;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The attempts that failed because of one cause, which somebody has chosen. */
final class CausePart {
    /** The parameter with the fingerprint of the cause. */
    static final String CAUSE = "cause";

    private static final String ID = "cause";
    private static final int MOST = 20;

    private CausePart() {}

    /** A place for it if none was chosen. */
    static Node card(View view, Span span, FailureCauseCounts failed) {
        String chosen = view.param(CAUSE);
        if (chosen == null) {
            return Marks.place(ID, null);
        }
        JobFailures cause = failed.groups().stream()
                .filter(group -> group.fingerprint().equals(chosen) && !chosen.equals(JobFailures.OTHER))
                .findFirst()
                .orElse(null);
        boolean areAllApart = failed.unexplained() == 0
                && failed.groups().stream()
                        .noneMatch(group -> group.fingerprint().equals(JobFailures.OTHER));
        if (cause == null) {
            return Parts.card(
                    ID,
                    view.say("failures.cause"),
                    Parts.empty(view.say(areAllApart ? "failures.causeGone" : "failures.causeNotApart")));
        }
        return Parts.card(
                view,
                ID,
                view.say("failures.cause"),
                view.await(view.source().attempts(cause, failed.since(), view.now(), MOST)),
                attempts -> attempts(view, span, cause, attempts, areAllApart));
    }

    private static Node attempts(
            View view, Span span, JobFailures cause, List<FailedAttempt> attempts, boolean areAllApart) {
        return all(
                el("p", el("b", Parts.secret(view, cause.code())), " · ", Parts.name(cause.type())),
                el("p", view.say("failures.count", cause.attempts())),
                areAllApart ? null : el("p", css("muted"), view.say("failures.notAllApart")),
                attempts.isEmpty()
                        ? Parts.empty(view.say("failures.attemptsGone"))
                        : all(
                                el("h3", view.say("failures.newestAttempts", attempts.size())),
                                el("div", css("jobs"), table(view, attempts))),
                el(
                        "p",
                        css("pages"),
                        view.isOpen(cause.code()) ? jobs(view, span, cause) : null,
                        Parts.link(view.link("failures", "span", span.word()), view.say("failures.close"))));
    }

    private static Node jobs(View view, Span span, JobFailures cause) {
        String link =
                view.link("failures", "span", span.word(), JobFilter.TYPE, cause.type(), JobFilter.CODE, cause.code());
        return Parts.link(link + "#group", view.say("failures.jobsOfCode"));
    }

    private static Node table(View view, List<FailedAttempt> attempts) {
        Answer<JobsById> answer = view.await(view.source()
                .find(attempts.stream().map(FailedAttempt::jobId).distinct().toList()));
        JobsById found = answer.value();
        return all(
                found == null ? el("p", css("problem"), view.say("problem." + answer.problem())) : null,
                new Table<FailedAttempt>()
                        .text(view.say("workers.job"), attempt -> Parts.jobLink(view, attempt.jobId()))
                        .text(view.say("failures.jobNow"), attempt -> now(view, found, attempt))
                        .number(view.say("jobs.column.attempt"), FailedAttempt::attempt)
                        .number(
                                view.say("failures.when"),
                                attempt -> view.words().ago(attempt.failedAt(), view.now()))
                        .line(attempt -> Parts.message(view, attempt.message()))
                        .of(attempts));
    }

    private static Object now(View view, @Nullable JobsById found, FailedAttempt attempt) {
        Job job = found == null ? null : found.job(attempt.jobId());
        return job == null ? "?" : Parts.pill(view, job.status());
    }
}
