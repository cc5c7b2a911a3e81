package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.RetryAdvice;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.AuditWriter;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.JobPageBasics;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.RedactedValues;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Retries, cancels and changes jobs: one, some that were chosen, or all that a filter selects as it was when the viewer was asked. All that a filter selects are an act, which
 * goes on also when the viewer has gone. Where the store keeps no acts, one form does a part that takes a few seconds, and offers to go on.
 */
final class JobsAction implements Action {
    private static final String UNTIL = "until";
    private static final String BEFORE = "before";
    private static final int MOST_CHOSEN = 200;
    private static final int BITE = 500;
    private static final int SAMPLE = 5;
    private static final Duration TIME_OF_A_BITE = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Override
    public List<String> words() {
        return ActNames.OF_JOBS;
    }

    @Override
    public boolean isAllowed(Rights access) {
        return access.actsOnJobs();
    }

    /** The ids that were chosen; empty if there is a filter. */
    private static List<UUID> chosen(View view) {
        return view.request().query().getOrDefault(JobFilter.ID, List.of()).stream()
                .map(text -> JobFilter.uuid(text.strip()))
                .filter(Objects::nonNull)
                .distinct()
                .limit(MOST_CHOSEN)
                .toList();
    }

    /** The filter, narrowed to what can be done; null if it selects nothing that can be. */
    private static @Nullable JobFilter narrowed(View view, String word) {
        JobFilter filter = JobFilter.of(view);
        Set<JobStatus> statuses = ActNames.possible(word);
        if (!filter.statuses().isEmpty()) {
            statuses.retainAll(filter.statuses());
        }
        return statuses.isEmpty() ? null : new JobFilter(statuses, filter.values(), filter.problems());
    }

    @Override
    public Page.Content ask(View view, String word) {
        if (view.request().query().containsKey(JobFilter.ID)) {
            return askAboutChosen(view, word);
        }
        JobFilter filter = narrowed(view, word);
        if (filter == null) {
            return Page.Content.problem(view, "act." + word + ".none", 200);
        }
        if (!filter.problems().isEmpty()) {
            return badFilter(view, word, filter);
        }
        JobQuery query = filter.query(view);
        Asked<BoundedCount> counting = view.source().ask(client -> client.countUpTo(query, Source.MOST_COUNTED));
        Asked<Sample> sampling = view.source().ask(client -> Sample.read(client, query.atMost(SAMPLE), view.now()));
        Answer<BoundedCount> count = view.await(counting);
        Answer<Sample> sample = view.await(sampling);
        BoundedCount found = count.value();
        if (found == null || sample.value() == null) {
            return new Page.Content(
                    view.say("act." + word),
                    all(Parts.shown(view, count, any -> Node.NONE), Parts.shown(view, sample, any -> Node.NONE)));
        }
        if (found.jobs() == 0 && found.isExact()) {
            return Page.Content.problem(view, "act." + word + ".none", 200);
        }
        Instant until = sample.value().now();
        String action = filter.frozen(view.now()).link(view, ActNames.PATH, ActNames.DO, word, UNTIL, until);
        return new Page.Content(
                view.say("act." + word),
                Parts.still(
                        view.say("act." + word + ".many", view.words().number(found.jobs(), found.isExact())),
                        described(view, filter),
                        el("p", view.say("act.frozen." + word, view.words().exact(until))),
                        el("h3", view.say("act.sample")),
                        list(view, word, sample.value().jobs()),
                        sample.value().jobs().size() == found.jobs() && found.isExact()
                                ? Relatives.of(view, word, sample.value().jobs())
                                : Relatives.ofUnknown(view, word),
                        confirmation(view, word, action, found),
                        el("p", Parts.link(filter.link(view, "jobs"), view.say("act.back.jobs")))));
    }

    /**
     * The newest jobs of a filter.
     *
     * @param now the time of the store, whose times jobs have
     */
    private record Sample(List<Job> jobs, Instant now) {
        static Sample read(JobClient client, JobQuery query, Instant otherwise) {
            List<Job> jobs = client.search(query).jobs();
            Instant now = jobs.isEmpty() ? null : client.why(jobs.get(0).id()).at();
            return new Sample(jobs, now == null ? otherwise : now);
        }
    }

    private static Page.Content badFilter(View view, String word, JobFilter filter) {
        return new Page.Content(
                view.say("act." + word),
                el(
                        "ul",
                        filter.problems().values().stream()
                                .map(problem -> el("li", problem))
                                .toList()),
                400);
    }

    private static Node described(View view, JobFilter filter) {
        return el(
                "p",
                css("muted"),
                filter.statuses().stream()
                        .map(status -> all(Parts.pill(view, status), " "))
                        .toList(),
                filter.values().entrySet().stream()
                        .map(each -> all(" ", el("code", each.getKey() + "=" + each.getValue())))
                        .toList());
    }

    private static Page.Content askAboutChosen(View view, String word) {
        List<UUID> ids = chosen(view);
        if (ids.isEmpty()) {
            return Page.Content.problem(view, "act.noneChosen", 400);
        }
        Asked<List<Job>> asked = view.source().ask(client -> visible(view, client, ids));
        Answer<List<Job>> jobs = view.await(asked);
        return new Page.Content(
                view.say("act." + word),
                Parts.shown(
                        view,
                        jobs,
                        found -> found.isEmpty()
                                ? el("p", view.say("act.outcome.NOT_FOUND", ids.size()))
                                : chosenJobs(view, word, found)));
    }

    private static Node chosenJobs(View view, String word, List<Job> found) {
        int possible = possible(word, found);
        return Parts.still(
                view.say("act." + word + ".many", view.words().number(possible)),
                possible == found.size() ? null : el("p", view.say("act." + word + ".left", found.size() - possible)),
                list(view, word, found),
                Relatives.of(view, word, found),
                possible == 0
                        ? null
                        : confirmation(
                                view,
                                word,
                                question(view, word, found.stream().map(Job::id).toList()),
                                new BoundedCount(possible, true)));
    }

    private static List<Job> visible(View view, JobClient client, List<UUID> ids) {
        return ids.stream()
                .flatMap(id -> JobPageBasics.seen(view, client.find(id)).stream())
                .toList();
    }

    /** The jobs and, before a retry, what it may come to. */
    private static Node list(View view, String word, List<Job> jobs) {
        Node list = el(
                "ul",
                jobs.stream()
                        .map(job -> el(
                                "li",
                                Parts.pill(view, job.status()),
                                " ",
                                Parts.jobLink(view, job.id()),
                                " ",
                                Parts.name(job.type()),
                                " ",
                                Parts.line(view, job.errorMessage())))
                        .toList());
        return word.equals(ActNames.RETRY) ? all(list, advice(view, jobs)) : list;
    }

    private static List<Node> advice(View view, List<Job> jobs) {
        return jobs.stream()
                .filter(job -> job.status() == JobStatus.FAILED)
                .map(job -> RetryAdvice.of(List.of(job)).sentence(view.words()))
                .distinct()
                .map(sentence -> el("p", el("b", sentence)))
                .toList();
    }

    /** A button; for many jobs, or if nobody knows how many, it needs their number, written by hand. */
    private static Node confirmation(View view, String word, String action, BoundedCount jobs) {
        return el(
                "form",
                css(word.equals(ActNames.CHANGE) ? "confirm filters" : "confirm"),
                attr("method", "post"),
                attr("action", action),
                JobDeed.inputs(view, word),
                view.source().hasActs() ? BeginAct.fields(view, jobs) : null,
                Confirmation.fields(view, jobs),
                " ",
                el(
                        "button",
                        css(word.equals(ActNames.CANCEL) ? "danger" : "strong"),
                        view.say("act." + word + ".button", view.words().number(jobs.jobs(), jobs.isExact()))));
    }

    @Override
    public Page.Content act(View view, String word, Form form) {
        if (!Confirmation.isGiven(form)) {
            return Page.Content.problem(view, "act.notConfirmed", 400);
        }
        JobDeed deed;
        try {
            deed = JobDeed.of(view, word, form);
        } catch (IllegalArgumentException e) {
            return new Page.Content(
                    view.say("act.refused"), el("p", Parts.line(view, String.valueOf(e.getMessage()))), 400);
        }
        return view.request().query().containsKey(JobFilter.ID)
                ? actOnChosen(view, deed, form)
                : actOnFilter(view, deed, form);
    }

    private static Page.Content actOnChosen(View view, JobDeed deed, Form form) {
        List<UUID> ids = chosen(view);
        if (ids.isEmpty()) {
            return Page.Content.problem(view, "act.noneChosen", 400);
        }
        int confirmed = Math.max(Confirmation.FEW, Confirmation.number(form));
        AtomicReference<@Nullable BoundedCount> grown = new AtomicReference<>();
        Tally tally = new Tally(view.redactor());
        Author author = AuditWriter.author(view, form.value(QueueAction.REASON));
        Answer<Boolean> done = changed(view, client -> {
            int possible = ids.size() <= confirmed ? 0 : possible(deed.word(), visible(view, client, ids));
            if (possible > confirmed) {
                grown.set(new BoundedCount(possible, true));
                return false;
            }
            for (UUID id : ids) {
                // Somebody else's job is not there for this viewer.
                AuditWriter.did(
                        view,
                        deed.text() + " job " + id,
                        tally.count(
                                id,
                                () -> JobPageBasics.seen(view, client.find(id)).isPresent()
                                        ? done(view, client, deed, id, author)
                                        : "NOT_FOUND"));
            }
            return true;
        });
        BoundedCount more = grown.get();
        return more == null
                ? report(view, deed.word(), tally, done, Node.NONE)
                : Confirmation.grown(view, more, Confirmation.number(form), question(view, deed.word(), ids));
    }

    /** Where the question about chosen jobs is asked. */
    private static String question(View view, String word, List<UUID> ids) {
        List<@Nullable Object> link = new ArrayList<>(List.of(ActNames.DO, word));
        ids.forEach(id -> link.addAll(List.of(JobFilter.ID, id)));
        return view.link(ActNames.PATH, link.toArray());
    }

    private static int possible(String word, List<Job> jobs) {
        return (int) jobs.stream()
                .filter(job -> ActNames.possible(word).contains(job.status()))
                .count();
    }

    /** Does it to one job, and into the audit of a store that has one it is written in the same transaction. */
    private static String done(View view, JobClient client, JobDeed deed, UUID id, Author author) {
        return view.source()
                .acts()
                .map(acts -> deed.deed().answer(acts.actOn(id, deed.deed(), author)))
                .orElseGet(() -> deed.to(client, id));
    }

    private static Page.Content actOnFilter(View view, JobDeed deed, Form form) {
        String word = deed.word();
        JobFilter filter = narrowed(view, word);
        Instant until = instant(view.param(UNTIL));
        if (filter == null || !filter.problems().isEmpty() || until == null || !Confirmation.isAsked(form)) {
            return Page.Content.problem(view, "act.notConfirmed", 400);
        }
        if (view.source().hasActs()) {
            String question = filter.link(view, ActNames.PATH, ActNames.DO, word);
            return BeginAct.of(view, deed, form, filter.query(view), until, question);
        }
        UUID before = JobFilter.uuid(view.param(BEFORE));
        JobQuery all = before == null ? filter.query(view) : filter.query(view).before(before);
        AtomicReference<@Nullable BoundedCount> grown = new AtomicReference<>();
        Tally tally = new Tally(view.redactor());
        Answer<Boolean> done = changed(view, client -> {
            Recount now = Recount.of(client, all, job -> deed.deed().isMeant(job, until), Confirmation.number(form));
            if (!now.isCovered()) {
                grown.set(now.count());
                return false;
            }
            try {
                return bite(view, client, deed, all.atMost(BITE), until, tally);
            } finally {
                AuditWriter.did(
                        view,
                        deed.text() + " all jobs until " + until + " of "
                                + RedactedValues.of(view, BulkAct.queryText(filter.query(view)))
                                        .text(),
                        tally.counts());
            }
        });
        BoundedCount more = grown.get();
        if (more != null) {
            return Confirmation.grown(
                    view, more, Confirmation.number(form), filter.link(view, ActNames.PATH, ActNames.DO, word));
        }
        UUID reached = tally.goOnBefore();
        UUID next = reached == null ? before : reached;
        Node goOn = tally.isOver()
                ? Node.NONE
                : el(
                        "form",
                        attr("method", "post"),
                        attr("action", filter.link(view, ActNames.PATH, ActNames.DO, word, UNTIL, until, BEFORE, next)),
                        Confirmation.again(form),
                        deed.again(),
                        el("p", view.say("act.goOn.detail")),
                        el("button", css("strong"), view.say("act.goOn")));
        return report(
                view,
                word,
                tally,
                done,
                all(goOn, el("p", Parts.link(filter.link(view, "jobs"), view.say("act.back.jobs")))));
    }

    /** Goes through the newest jobs that are left, for a few seconds. */
    private static boolean bite(View view, JobClient client, JobDeed deed, JobQuery query, Instant until, Tally tally) {
        long deadline = System.nanoTime() + TIME_OF_A_BITE.toNanos();
        JobPage page = client.search(query);
        for (int done = 0; ; ) {
            for (Job job : page.jobs()) {
                if (done == BITE || System.nanoTime() > deadline) {
                    return true;
                }
                if (deed.deed().isMeant(job, until)) {
                    String outcome = tally.count(job.id(), () -> deed.to(client, job.id()));
                    AuditWriter.didOne(view, deed.text() + " job " + job.id(), outcome);
                    done++;
                } else {
                    tally.add("LATER", job.id());
                }
                tally.reached(job.id());
            }
            if (page.next() == null) {
                tally.over();
                return true;
            }
            UUID lookedAt = page.next().before();
            if (lookedAt != null) {
                tally.reached(lookedAt);
            }
            if (System.nanoTime() > deadline) {
                return true;
            }
            page = client.search(page.next());
        }
    }

    private static Answer<Boolean> changed(View view, Function<JobClient, Boolean> change) {
        return view.source().ask(change).await(System.nanoTime() + PATIENCE.toNanos());
    }

    private static Page.Content report(View view, String word, Tally tally, Answer<Boolean> done, Node more) {
        return new Page.Content(
                view.say("act." + word + ".done"),
                Parts.still(
                        view.say("act.report", view.words().number(tally.total())),
                        ActAnswer.problem(view, done.problem()),
                        tally.shown(view),
                        more));
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
