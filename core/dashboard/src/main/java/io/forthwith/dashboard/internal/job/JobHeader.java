package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;
import static io.forthwith.dashboard.internal.html.Html.text;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.rules.PurgeRule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says in words how a job stands, and what it is. */
public final class JobHeader {
    private JobHeader() {}

    /** @param hands a row about what was done by hand */
    static Node card(JobPageData facts, Node hands) {
        View view = facts.view();
        Job job = facts.job();
        return el(
                "section",
                attr("id", "job"),
                attr("data-live", ""),
                css("card job s-" + job.status().text()),
                el(
                        "div",
                        css("actions"),
                        Parts.pill(view, job.status()),
                        Parts.progress(view, job),
                        Buttons.of(view, job)),
                el("h2", sentence(facts)),
                el("dl", identity(view, job), hands));
    }

    /** How it stands, in one sentence. */
    public static Node sentence(JobPageData facts) {
        return switch (facts.job().status()) {
            case PENDING -> pending(facts);
            case PROCESSING -> running(facts);
            case WAITING -> waiting(facts);
            case COMPLETED -> completed(facts);
            case FAILED -> failed(facts);
            case CANCELLED -> cancelled(facts);
        };
    }

    private static Node pending(JobPageData facts) {
        View view = facts.view();
        Job job = facts.job();
        boolean isDue = !job.runAt().isAfter(view.now());
        Node then =
                isDue ? between(view, job.runAt(), view.now()) : view.words().ago(job.runAt(), view.now());
        String due = isDue ? ".due" : "";
        if (facts.hasFailedLast()) {
            return Sentence.of(view, "job.retry" + due, job.attempt(), then, error(view, job));
        }
        String missing = job.progress().message();
        if (job.postponements() > 0 && missing != null) {
            return Sentence.of(view, "job.postponed" + due, job.postponements(), then, Parts.line(view, missing));
        }
        if (job.lostWorkers() > 0) {
            return Sentence.of(view, "job.lost" + due, job.lostWorkers(), then);
        }
        return Sentence.of(view, isDue ? "job.due" : "job.later", then);
    }

    private static Node running(JobPageData facts) {
        View view = facts.view();
        Job job = facts.job();
        Instant since = job.startedAt() == null ? job.updatedAt() : job.startedAt();
        Node forHowLong = between(view, since, view.now());
        Node worker = facts.worker(job.workerId());
        Instant asked = job.cancelRequestedAt();
        return all(
                asked == null
                        ? Sentence.of(view, "job.running", forHowLong, worker)
                        : Sentence.of(view, "job.stopping", view.words().ago(asked, view.now()), forHowLong, worker),
                progress(view, job));
    }

    private static Node progress(View view, Job job) {
        String message = job.progress().message();
        return all(
                job.progress().percent() == 0
                        ? null
                        : view.say("job.percent", job.progress().percent()),
                message == null ? null : Sentence.of(view, "job.doing", Parts.line(view, message)));
    }

    private static Node waiting(JobPageData facts) {
        View view = facts.view();
        Job job = facts.job();
        if (!job.relations().isParent()) {
            return text(view.say(job.relations().isFinisher() ? "job.waits.siblings" : "job.waits.predecessors"));
        }
        return all(view.say(job.relations().isSealed() ? "job.waits.children" : "job.waits.seal"), progress(view, job));
    }

    private static Node completed(JobPageData facts) {
        View view = facts.view();
        Job job = facts.job();
        Node ended = view.words().ago(job.completedAt(), view.now());
        if (job.relations().isParent()) {
            return parent(view, job, ended);
        }
        Node ran = between(view, job.startedAt(), job.completedAt());
        return job.attempt() > 1
                ? Sentence.of(view, "job.completed.attempts", job.attempt(), ran, ended)
                : Sentence.of(view, "job.completed", ran, ended);
    }

    /** Its children may have failed, or been cancelled, without making it fail. */
    private static Node parent(View view, Job job, Node ended) {
        Node took = between(view, job.createdAt(), job.completedAt());
        JobQuery children = view.scoped(JobQuery.all().parent(job.id()));
        Asked<BoundedCount> askedAll = view.source().countOf(children);
        BoundedCount failed = view.await(view.source().countOf(children.status(JobStatus.FAILED, JobStatus.CANCELLED)))
                .value();
        BoundedCount all = view.await(askedAll).value();
        if (failed == null || all == null || (failed.jobs() == 0 && !failed.isExact())) {
            return Sentence.of(view, "job.completed.parent.unread", took, ended);
        }
        return failed.jobs() == 0
                ? Sentence.of(view, "job.completed.parent", took, ended)
                : Sentence.of(
                        view,
                        "job.completed.parent.failed",
                        took,
                        ended,
                        view.words().number(failed.jobs(), failed.isExact()),
                        view.words().number(all.jobs(), all.isExact()));
    }

    private static Node failed(JobPageData facts) {
        View view = facts.view();
        Job job = facts.job();
        Node ended = view.words().ago(job.completedAt(), view.now());
        return job.attempt() == 0
                ? Sentence.of(view, "job.failed.unrun", ended, error(view, job))
                : Sentence.of(view, "job.failed", job.attempt(), ended, error(view, job));
    }

    private static Node cancelled(JobPageData facts) {
        View view = facts.view();
        Job job = facts.job();
        Node ended = view.words().ago(job.completedAt(), view.now());
        return job.startedAt() == null
                ? Sentence.of(view, "job.cancelled.unrun", ended)
                : Sentence.of(view, "job.cancelled", ended, Math.max(1, job.attempt()));
    }

    private static Node error(View view, Job job) {
        if (job.errorMessage() != null) {
            return Parts.line(view, job.errorMessage());
        }
        return job.errorCode() == null ? text(view.say("job.noMessage")) : Parts.secret(view, job.errorCode());
    }

    private static Node between(View view, @Nullable Instant from, @Nullable Instant to) {
        if (from == null || to == null) {
            return text("?");
        }
        Duration duration = Duration.between(from, to);
        return text(view.words().duration(duration.isNegative() ? Duration.ZERO : duration));
    }

    private static List<Node> identity(View view, Job job) {
        List<Node> rows = new ArrayList<>();
        rows.add(row(view, "job.id", copied(view, job.id().toString(), "id-of-job")));
        rows.add(row(view, "column.type", filtered(view, "type", job.type())));
        rows.add(row(view, "job.queue", filtered(view, "queue", job.queue())));
        if (job.userId() != null) {
            rows.add(row(view, "job.user", filtered(view, "user", job.userId())));
        }
        if (job.projectId() != null) {
            rows.add(row(view, "job.project", filtered(view, "project", job.projectId())));
        }
        List<Node> labels = JobDetails.labels(view, job);
        if (!labels.isEmpty()) {
            rows.add(row(view, "job.labels", el("span", css("row"), labels)));
        }
        List<JobLimit> limits = JobLimit.held(job.limits()).stream()
                .filter(limit -> !limit.key().isSequence())
                .toList();
        if (!limits.isEmpty()) {
            rows.add(row(view, "job.limits", limits(view, limits)));
        }
        SequencePlace sequence = job.sequence();
        if (sequence != null) {
            rows.add(row(view, "job.sequence", sequence(view, job, sequence)));
        }
        if (job.undoes() != null) {
            rows.add(row(view, "job.undoes", Parts.jobLink(view, job.undoes())));
        }
        rows.add(row(view, "job.log", copied(view, "job.id=" + job.id(), "log-of-job")));
        return rows;
    }

    private static Node limits(View view, List<JobLimit> limits) {
        List<Object> all = new ArrayList<>();
        for (JobLimit limit : limits) {
            all.add(all.isEmpty() ? "" : ", ");
            // How a key stands says something of the jobs of others.
            all.add(
                    view.access().isScoped()
                            ? foreign(LimitMarks.shown(view, limit.key()))
                            : LimitMarks.linked(view, limit.key()));
            all.add(limit.cost() == 1 ? "" : " " + view.say("job.limits.cost", limit.cost()));
        }
        return all(all);
    }

    private static Node sequence(View view, Job job, SequencePlace sequence) {
        return all(
                // How a key stands says something of the jobs of others.
                view.access().isScoped()
                        ? foreign(LimitMarks.sequenceText(view, sequence.key()))
                        : LimitMarks.sequence(view, sequence.key()),
                " · ",
                view.say("sequence.policy." + sequence.onFailure()),
                PurgeRule.blocksSequence(job)
                        ? all(" ", Marks.mark("failed", "✕", view.say("sequence.blocks")))
                        : null);
    }

    /** A term and what it is. */
    static Node row(View view, String key, Object... value) {
        return all(el("dt", view.say(key)), el("dd", all(value)));
    }

    private static Node copied(View view, String value, String id) {
        return all(
                el("code", attr("id", id), value),
                " ",
                el(
                        "button",
                        attr("type", "button"),
                        css("copy"),
                        attr("data-copy", value),
                        attr("aria-describedby", id),
                        view.say("job.copy")));
    }

    /** A link to the jobs that have the same value. */
    private static Node filtered(View view, String filter, String value) {
        return Parts.link(view.link("jobs", filter, value), Parts.name(value));
    }
}
