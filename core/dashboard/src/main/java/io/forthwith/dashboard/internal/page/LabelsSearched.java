package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.JobQuery;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.LabelName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says which labels were searched, and which jobs have none. */
final class LabelsSearched {
    private LabelsSearched() {}

    /**
     * What was searched for a label of the filter.
     *
     * @param text as in the address; null if the filter has none
     */
    static Node sentence(View view, @Nullable String text) {
        JobQuery.Label label = text == null ? null : JobFilter.label(text);
        if (label == null) {
            return Node.NONE;
        }
        Answer<List<LabelName>> names = view.await(view.source().labels());
        if (names.value() == null) {
            return Node.NONE;
        }
        List<LabelName> declared = names.value();
        return declared.stream()
                .filter(name -> name.name().equals(label.name()))
                .findFirst()
                .map(name -> searched(view, List.of(name)))
                .orElseGet(() -> undeclared(view, label.name(), declared));
    }

    /** That these labels were searched. */
    static Node searched(View view, List<LabelName> names) {
        List<Node> parts = new ArrayList<>();
        for (LabelName name : names) {
            parts.add(all(
                    parts.isEmpty() ? " " : "; ",
                    foreign(name.name()),
                    " ",
                    view.say("labels.since", view.words().exact(name.since()))));
        }
        return el("p", css("muted"), view.say("labels.searched"), parts, ". ", view.say("labels.without"));
    }

    /** A viewer of some jobs only does not hear of names that others use. */
    private static Node undeclared(View view, String name, List<LabelName> declared) {
        List<Node> others = new ArrayList<>();
        if (!view.access().isScoped()) {
            declared.forEach(each -> others.add(all(others.isEmpty() ? " " : ", ", foreign(each.name()))));
        }
        return el(
                "p",
                css("muted"),
                view.say("labels.undeclared"),
                " ",
                foreign(name),
                ". ",
                others.isEmpty() ? null : all(view.say("labels.declared"), others, "."));
    }
}
