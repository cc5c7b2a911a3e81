package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.rules.PurgeRule;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Lets the jobs of a sequence pass one that has failed. The jobs behind it may be of any user, so it needs the right to act on queues. */
final class SkipFailedInSequenceAction implements Action {
    @Override
    public List<String> words() {
        return List.of(ActNames.SKIP);
    }

    @Override
    public boolean isAllowed(Rights access) {
        return access.actsOnQueues();
    }

    @Override
    public Page.Content ask(View view, String word) {
        UUID id = JobFilter.uuid(view.param(JobFilter.ID));
        if (id == null) {
            return Page.Content.problem(view, "job.malformed", 400);
        }
        Answer<Optional<Job>> answer = view.await(view.source().ask(client -> client.find(id)));
        Optional<Job> found = answer.value();
        if (found == null) {
            return new Page.Content(view.say("act.skip"), Parts.shown(view, answer, any -> Node.NONE));
        }
        Job job = found.orElse(null);
        if (job == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        SequencePlace sequence = job.sequence();
        return sequence == null || !PurgeRule.blocksSequence(job)
                ? Page.Content.problem(view, "act.skip.none", 200)
                : new Page.Content(view.say("act.skip"), question(view, job, sequence));
    }

    private static Node question(View view, Job job, SequencePlace sequence) {
        return Parts.still(
                Sentence.of(view, "act.skip.what", foreign(LimitMarks.sequenceText(view, sequence.key()))),
                el(
                        "p",
                        Parts.pill(view, job.status()),
                        " ",
                        Parts.jobLink(view, job.id()),
                        " ",
                        Parts.name(job.type()),
                        " ",
                        Parts.line(view, job.errorMessage())),
                el("p", view.say("act.skip.detail")),
                el(
                        "form",
                        css("confirm"),
                        attr("method", "post"),
                        attr(
                                "action",
                                view.link(
                                        ActNames.PATH,
                                        ActNames.DO,
                                        ActNames.SKIP,
                                        JobFilter.ID,
                                        job.id(),
                                        LimitMarks.KEY,
                                        LimitMarks.isOpen(view, sequence.limitKey())
                                                ? sequence.limitKey().text()
                                                : null)),
                        el("button", css("strong"), view.say("act.skip"))),
                el("p", Parts.link(LimitMarks.link(view, sequence.limitKey()), view.say("act.back.limit"))));
    }

    @Override
    public Page.Content act(View view, String word, Form form) {
        UUID id = JobFilter.uuid(view.param(JobFilter.ID));
        if (id == null) {
            return Page.Content.problem(view, "job.malformed", 400);
        }
        ActAnswer change = ActAnswer.of(
                view,
                ActAnswer.Told.of(word + " job", id),
                client -> client.limits().skip(id));
        if (Boolean.FALSE.equals(change.value())) {
            return Page.Content.problem(view, "act.skip.none", 200);
        }
        // The key says only where to go.
        LimitKey key = LimitMarks.key(view);
        return change.reply(view, key == null ? view.link("job", JobFilter.ID, id) : LimitMarks.link(view, key));
    }
}
