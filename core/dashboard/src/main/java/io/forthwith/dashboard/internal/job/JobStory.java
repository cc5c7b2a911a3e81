package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.Timeline;
import io.forthwith.dashboard.internal.html.Timeline.Kind;
import io.forthwith.dashboard.internal.html.Timeline.Piece;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened to a job from when it was enqueued until now, or until it ended. It is as good as what the store keeps: of attempts that did not fail, only the last. */
public final class JobStory {
    private static final int MOST_ATTEMPTS = 30;

    private final JobPageData facts;
    private final View view;
    private final Job job;
    private final List<FailedAttempt> failures;
    private final List<Piece> pieces = new ArrayList<>();
    private Instant at;

    private JobStory(JobPageData facts) {
        this.facts = facts;
        view = facts.view();
        job = facts.job();
        failures = facts.failures().or(List.of());
        at = job.createdAt();
    }

    static Node card(JobPageData facts) {
        View view = facts.view();
        List<Piece> pieces = pieces(facts);
        return Parts.card(
                "story",
                view.say("story.title"),
                facts.failures().value() == null ? Parts.shown(view, facts.failures(), any -> Node.NONE) : null,
                pieces.isEmpty() ? null : drawing(view, facts.job(), pieces),
                el(
                        "details",
                        attr("id", "story-as-table"),
                        el("summary", view.say("chart.asTable")),
                        table(view, facts.job(), pieces)));
    }

    private static Node drawing(View view, Job job, List<Piece> pieces) {
        Instant end = pieces.get(pieces.size() - 1).to();
        String now = view.say("chart.now");
        boolean isFuture = end.isAfter(view.now());
        return all(
                Timeline.of(pieces, view.say("story.title")),
                el(
                        "div",
                        css("axis"),
                        el("span", view.say("story.enqueued"), " ", view.words().ago(job.createdAt(), view.now())),
                        el(
                                "span",
                                job.completedAt() != null
                                        ? all(
                                                view.say("story.ended"),
                                                " ",
                                                view.words().ago(end, view.now()))
                                        : isFuture
                                                ? all(
                                                        view.say("story.due"),
                                                        " ",
                                                        view.words().ago(end, view.now()))
                                                : now)),
                el(
                        "p",
                        css("legend"),
                        view.say("story.legend"),
                        Timeline.isToScale(pieces) ? null : " " + view.say("story.notToScale")));
    }

    private static Node table(View view, Job job, List<Piece> pieces) {
        List<Node> rows = new ArrayList<>();
        rows.add(row(view, job.createdAt(), "story.enqueued", "–"));
        for (Piece piece : pieces) {
            rows.add(el(
                    "tr",
                    Parts.td(view.words().time(piece.from())),
                    Parts.td(el("span", css("sign"), piece.sign()), " ", foreign(piece.title())),
                    Parts.number(view.words().duration(piece.length()))));
        }
        if (job.completedAt() != null) {
            rows.add(row(view, job.completedAt(), "story.ended", "–"));
        }
        return Parts.table(
                List.of(
                        Parts.th(view.say("story.at")),
                        Parts.th(view.say("story.what")),
                        Parts.thNumber(view.say("story.took"))),
                rows);
    }

    private static Node row(View view, Instant at, String key, String took) {
        return el("tr", Parts.td(view.words().time(at)), Parts.td(view.say(key)), Parts.number(took));
    }

    /** What happened, in order, without holes. */
    public static List<Piece> pieces(JobPageData facts) {
        JobStory story = new JobStory(facts);
        story.failedAttempts();
        switch (story.job.status()) {
            case PENDING -> story.pending();
            case PROCESSING -> story.running();
            case WAITING -> story.waiting();
            default -> story.ended();
        }
        return story.pieces;
    }

    private void failedAttempts() {
        int first = Math.max(0, failures.size() - MOST_ATTEMPTS);
        for (int i = first; i < failures.size(); i++) {
            FailedAttempt failure = failures.get(i);
            Instant began = failure.startedAt() == null ? failure.failedAt() : failure.startedAt();
            if (i == 0) {
                untilStart(began, false, 0);
            } else {
                add(Kind.GAP, "pending", "", began, i == first ? "story.earlier" : "story.gap", first);
            }
            add(
                    Kind.RUN,
                    "failed",
                    Parts.sign(JobStatus.FAILED),
                    failure.failedAt(),
                    "story.failed",
                    failure.attempt(),
                    view.redacted(failure.code()));
        }
    }

    private void pending() {
        Instant now = view.now();
        Instant postponed = job.postponedSince();
        Instant lostRun = lostRun();
        if (postponed != null) {
            add(Kind.WAIT, "pending", "", postponed, "story.waited");
            add(Kind.GAP, "parked", "", later(job.runAt(), at), "story.postponed", job.postponements());
        } else if (lostRun != null) {
            untilStart(lostRun, false, job.lostWorkers() - 1);
            add(Kind.RUN, "failed", Parts.sign(JobStatus.FAILED), earlier(job.updatedAt(), job.runAt()), "story.lost");
            add(Kind.GAP, "pending", "", job.runAt(), "story.gap", 0);
        } else {
            add(Kind.GAP, "pending", "", job.runAt(), failures.isEmpty() ? "story.later" : "story.gap", 0);
        }
        add(Kind.WAIT, "pending", Parts.sign(JobStatus.PENDING), now, "story.waits");
    }

    /** When it began to run on a worker that was lost, if it has not started since; null otherwise. */
    private @Nullable Instant lostRun() {
        Instant began = job.startedAt();
        return job.lostWorkers() > 0 && began != null && !began.isBefore(at) ? began : null;
    }

    private void running() {
        Instant began = job.startedAt() == null ? job.updatedAt() : job.startedAt();
        untilStart(began, true, job.lostWorkers());
        add(Kind.RUN, "processing", Parts.sign(JobStatus.PROCESSING), view.now(), "story.running", job.attempt());
    }

    private void waiting() {
        if (job.startedAt() != null) {
            untilStart(job.startedAt(), false, job.lostWorkers());
        }
        add(
                Kind.WAIT,
                "waiting",
                Parts.sign(JobStatus.WAITING),
                view.now(),
                job.startedAt() == null ? "story.waitsForOthers" : "story.spawned");
    }

    private void ended() {
        Instant end = job.completedAt() == null ? job.updatedAt() : job.completedAt();
        boolean hasLateRun = job.startedAt() != null && job.startedAt().compareTo(at) >= 0 && !facts.hasFailedLast();
        if (hasLateRun && job.startedAt() != null) {
            untilStart(job.startedAt(), true, job.lostWorkers());
        }
        String status = job.status().text();
        String sign = Parts.sign(job.status());
        if (job.relations().isParent()) {
            String key = job.startedAt() == null ? "story.waitedForOthers" : "story.spawnedThen";
            add(Kind.WAIT, "waiting", Parts.sign(JobStatus.WAITING), end, key);
        } else if (hasLateRun && (job.status() != JobStatus.CANCELLED || job.cancelRequestedAt() != null)) {
            add(Kind.RUN, status, sign, end, "story.ran." + status, job.attempt());
        } else {
            add(Kind.WAIT, status, sign, end, "story.waited");
        }
    }

    /**
     * The time before an attempt; when the job was due is known of the last one only.
     *
     * @param lost how many workers were lost before, while they ran the job; when that was is not kept
     */
    private void untilStart(Instant began, boolean isLast, int lost) {
        Instant due = job.runAt();
        boolean isDueKnown = isLast && due.isAfter(at) && !due.isAfter(began);
        Instant postponed = job.postponedSince();
        if (isLast && postponed != null && postponed.isAfter(at) && postponed.isBefore(began)) {
            add(Kind.WAIT, "pending", "", postponed, "story.waited");
            add(Kind.GAP, "parked", "", isDueKnown ? due : began, "story.postponed", job.postponements());
        } else if (lost > 0 && failures.isEmpty()) {
            add(Kind.WAIT, "pending", "", isDueKnown ? due : began, "story.lostBefore", lost);
        } else if (isDueKnown && !failures.isEmpty()) {
            add(Kind.GAP, "pending", "", due, "story.gap", 0);
        } else if (isDueKnown && waitsForOthersFirst()) {
            add(Kind.WAIT, "waiting", Parts.sign(JobStatus.WAITING), due, "story.waitedForOthers");
        } else if (isDueKnown) {
            add(Kind.GAP, "pending", "", due, "story.later", 0);
        }
        add(Kind.WAIT, "pending", "", began, "story.waited");
    }

    private boolean waitsForOthersFirst() {
        return job.relations().hasPredecessors() || job.relations().isFinisher();
    }

    private void add(Kind kind, String status, String sign, @Nullable Instant until, String key, Object... values) {
        // An attempt is shown however short it was; what lies between attempts is not.
        if (until == null || until.isBefore(kind == Kind.RUN ? at : at.plusMillis(1))) {
            return;
        }
        Piece piece = new Piece(kind, status, sign, at, until, "");
        String title = view.say(key, values) + ": " + view.words().duration(piece.length());
        pieces.add(new Piece(kind, status, sign, at, until, title));
        at = until;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
