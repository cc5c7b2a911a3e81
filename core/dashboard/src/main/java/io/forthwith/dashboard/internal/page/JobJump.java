package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.MatchingLabels;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobPage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Leads from a text that somebody has typed to the job or the jobs that it names. */
final class JobJump {
    private static final int LONGEST_SHOWN = 60;
    private static final int NOT_FOUND = 404;
    private static final int NO_ANSWER = 503;

    private JobJump() {}

    static Page.Content content(View view, String text) {
        UUID id = JobFilter.uuid(text);
        String problem = JobFilter.problem(view, JobFilter.TYPE, text);
        if (id != null) {
            return job(view, text, id);
        }
        return problem == null
                ? named(view, text)
                : new Page.Content(view.say("jump.none"), el("p", css("problem"), problem), NOT_FOUND);
    }

    /** The job with this id, or else those of this unique key: a key may look like an id. */
    private static Page.Content job(View view, String text, UUID id) {
        JobQuery visible = view.scoped(JobQuery.all());
        Asked<JobPage> askedByKey = byKey(view, text);
        Asked<MatchingLabels> askedByLabel = view.source().labelled(visible, text);
        Answer<Optional<Job>> found =
                view.await(view.source().ask(client -> client.find(id).filter(visible::selects)));
        if (found.value() != null && found.value().isPresent()) {
            return Page.Content.redirect(view.link("job", "id", id));
        }
        Answer<JobPage> ofKey = view.await(askedByKey);
        Answer<MatchingLabels> ofLabel = view.await(askedByLabel);
        Page.Content reached = reached(view, text, ofKey, ofLabel);
        if (reached != null) {
            return reached;
        }
        List<String> names = List.of(JobFilter.KEY, JobFilter.USER, JobFilter.PROJECT);
        return found.value() == null
                ? nothing(view, found, none -> Node.NONE)
                : nothing(
                        view,
                        ofKey,
                        page -> all(
                                el(
                                        "p",
                                        view.say(page.next() == null ? "jump.noId" : "jump.noIdYet"),
                                        " ",
                                        foreign(id.toString())),
                                searched(view, ofLabel),
                                links(view, text, names)));
    }

    private static Asked<JobPage> byKey(View view, String text) {
        JobQuery ofKey = view.scoped(JobQuery.all()).uniqueKey(text).atMost(2);
        return view.source().ask(client -> client.search(ofKey));
    }

    /**
     * Leads to what a key or a label has found: to the only job, to the list of its jobs, or to a choice of these, if the text is several things; null
     * if nothing was found.
     */
    private static Page.@Nullable Content reached(
            View view, String text, Answer<JobPage> ofKey, Answer<MatchingLabels> ofLabel) {
        Map<String, Node> links = new LinkedHashMap<>();
        JobPage keyed = ofKey.value();
        if (keyed != null && !keyed.jobs().isEmpty()) {
            links.put(
                    link(view, keyed, JobFilter.KEY, text),
                    all(view.say("jobs.filter.key"), " ", foreign(PageTexts.cut(text, LONGEST_SHOWN))));
        }
        for (MatchingLabels.Hit hit : ofLabel.or(MatchingLabels.NONE).found()) {
            String label = JobFilter.text(hit.label());
            links.putIfAbsent(
                    link(view, hit.jobs(), JobFilter.LABEL, label),
                    all(view.say("jobs.filter.label"), " ", foreign(PageTexts.cut(label, LONGEST_SHOWN))));
        }
        return switch (links.size()) {
            case 0 -> null;
            case 1 -> Page.Content.redirect(links.keySet().iterator().next());
            default ->
                new Page.Content(
                        view.say("jump.several"),
                        el(
                                "section",
                                css("card"),
                                el(
                                        "ul",
                                        links.entrySet().stream()
                                                .map(each -> el("li", Parts.link(each.getKey(), each.getValue())))
                                                .toList())));
        };
    }

    private static String link(View view, JobPage found, String name, String value) {
        return found.jobs().size() == 1 && found.next() == null
                ? view.link("job", "id", found.jobs().get(0).id())
                : view.link("jobs", name, value);
    }

    /** What was searched beside types and keys. */
    private static Node searched(View view, Answer<MatchingLabels> ofLabel) {
        MatchingLabels labels = ofLabel.value();
        return labels == null
                ? el("p", css("muted"), view.say("labels.unread"))
                : labels.searched().isEmpty() || view.access().isScoped()
                        ? Node.NONE
                        : LabelsSearched.searched(view, labels.searched());
    }

    /** The jobs of this type, or else those of this unique key or label. */
    private static Page.Content named(View view, String text) {
        JobQuery visible = view.scoped(JobQuery.all());
        Asked<JobPage> byKey = byKey(view, text);
        Asked<MatchingLabels> byLabel = view.source().labelled(visible, text);
        Answer<JobPage> ofType = view.await(
                view.source().ask(client -> client.search(visible.type(text).atMost(1))));
        if (ofType.value() != null && !ofType.value().jobs().isEmpty()) {
            return Page.Content.redirect(view.link("jobs", JobFilter.TYPE, text));
        }
        Answer<JobPage> ofKey = view.await(byKey);
        Answer<MatchingLabels> ofLabel = view.await(byLabel);
        Page.Content reached = reached(view, text, ofKey, ofLabel);
        if (reached != null) {
            return reached;
        }
        return nothing(
                view,
                ofKey.value() == null ? ofKey : ofType,
                page -> none(
                        view,
                        text,
                        page,
                        ofKey.value() != null && ofKey.value().next() == null,
                        searched(view, ofLabel)));
    }

    /** Says that nothing was found, or that the store does not answer. */
    private static <T> Page.Content nothing(View view, Answer<T> found, Function<T, Node> sentence) {
        Node card = el("section", css("card"), Parts.shown(view, found, sentence));
        return found.value() == null
                ? new Page.Content(view.say("nav.jobs"), card, NO_ANSWER)
                : new Page.Content(view.say("jump.none"), card, NOT_FOUND);
    }

    private static Node none(View view, String text, JobPage ofType, boolean isEveryKey, Node labels) {
        boolean isEveryType = ofType.next() == null;
        List<String> names = new ArrayList<>();
        if (!isEveryType) {
            names.add(JobFilter.TYPE);
        }
        if (!isEveryKey) {
            names.add(JobFilter.KEY);
        }
        names.addAll(List.of(JobFilter.QUEUE, JobFilter.USER, JobFilter.PROJECT, JobFilter.CODE));
        return all(
                el(
                        "p",
                        view.say(isEveryType && isEveryKey ? "jump.nothing" : "jump.nothingYet"),
                        " ",
                        foreign(PageTexts.cut(text, LONGEST_SHOWN))),
                labels,
                links(view, text, names));
    }

    private static Node links(View view, String text, List<String> names) {
        return all(
                el("p", view.say("jump.orAs")),
                el(
                        "ul",
                        names.stream()
                                .filter(name -> JobFilter.onlyOf(view, name) == null)
                                .map(name -> el(
                                        "li",
                                        Parts.link(
                                                view.link("jobs", name, text),
                                                view.say("jobs.filter." + name),
                                                " ",
                                                foreign(PageTexts.cut(text, LONGEST_SHOWN)))))
                                .toList()));
    }
}
