package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.QueueState;
import io.forthwith.store.count.QueueTypes;
import org.jspecify.annotations.Nullable;

/** What waits in the queue that somebody has chosen, by type. */
final class QueuePart {
    private static final String ID = "queue";
    private static final int MOST = 50;

    private QueuePart() {}

    /** To the page of queues, with this one chosen. */
    static String link(View view, String queue) {
        return view.link("queues", JobFilter.QUEUE, queue) + "#" + ID;
    }

    /**
     * What is read of one queue.
     *
     * @param queue null if none was chosen
     */
    record Reading(@Nullable String queue, @Nullable Asked<QueueTypes> types) {
        static Reading begin(View view) {
            String queue = view.param(JobFilter.QUEUE);
            return queue == null || JobFilter.problem(view, JobFilter.QUEUE, queue) != null
                    ? new Reading(null, null)
                    : new Reading(queue, view.source().types(queue));
        }

        /** A place for it if none was chosen. */
        Node card(View view) {
            return queue == null || types == null
                    ? Marks.place(ID, null)
                    : Parts.card(
                            view,
                            ID,
                            view.say("queues.types"),
                            view.await(types),
                            of -> QueuePart.types(view, queue, of));
        }
    }

    private static Node types(View view, String queue, QueueTypes types) {
        int left = types.types().size() - MOST;
        return all(
                el("p", el("b", Parts.name(queue))),
                types.types().isEmpty() ? Parts.empty(view.say("queues.types.none")) : table(view, queue, types),
                left > 0 ? el("p", css("muted"), view.say("queues.types.more", left)) : null,
                types.areAll() ? null : el("p", css("problem"), view.say("queues.types.part", QueueState.MOST_COUNTED)),
                el(
                        "p",
                        css("pages"),
                        Parts.link(view.link("jobs", JobFilter.QUEUE, queue), view.say("queues.types.jobs")),
                        Parts.link(view.link("queues"), view.say("failures.close"))));
    }

    private static Node table(View view, String queue, QueueTypes types) {
        boolean areAll = types.areAll();
        return new Table<QueueTypes.OfType>()
                .name(view.say("column.type"), each -> Parts.link(pending(view, queue, each), Parts.name(each.type())))
                .number(view.say("queues.due"), each -> view.words().number(each.due(), areAll))
                .number(view.say("queues.scheduled"), each -> view.words().number(each.scheduled(), areAll))
                .onlyIf(each -> each.scheduled() > 0 || !areAll)
                .number(view.say("queues.limited"), each -> view.words().number(each.limited(), areAll))
                .onlyIf(each -> each.limited() > 0 || !areAll)
                .of(types.types().stream().limit(MOST).toList());
    }

    private static String pending(View view, String queue, QueueTypes.OfType each) {
        return view.link("jobs", JobFilter.QUEUE, queue, JobFilter.TYPE, each.type(), "status", "pending");
    }
}
