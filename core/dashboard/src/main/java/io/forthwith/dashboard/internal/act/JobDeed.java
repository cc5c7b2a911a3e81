package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.JobChange;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.internal.NameRules;
import io.forthwith.store.act.Deed;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is done to jobs: they are retried, cancelled or changed. Immutable.
 *
 * @param word for it in addresses
 * @param fields of the form that say what changes, as they were written
 * @param change what changes; null unless jobs are changed
 */
record JobDeed(
        String word, Map<String, String> fields, @Nullable JobChange change) {
    private static final String PRIORITY = "priority";
    private static final String QUEUE = "queue";

    /**
     * What a form wants.
     *
     * @throws IllegalArgumentException if it wants a change and does not say which, or one that there is not
     */
    static JobDeed of(View view, String word, Form form) {
        Map<String, String> fields = new TreeMap<>();
        if (!word.equals(ActNames.CHANGE)) {
            return new JobDeed(word, fields, null);
        }
        JobChange change = JobChange.of();
        String when = form.value(ActNames.WHEN);
        if (when != null) {
            fields.put(ActNames.WHEN, when);
            change = when.equalsIgnoreCase(ActNames.NOW)
                    ? change.delay(Duration.ZERO)
                    : change(change, at(time(view, when)), view.say("act.change.late", when));
        }
        String priority = form.value(PRIORITY);
        if (priority != null) {
            fields.put(PRIORITY, priority);
            change = change(
                    change,
                    each -> each.priority(number(priority)),
                    view.say("act.change.badPriority", priority, NewJob.HIGHEST_PRIORITY));
        }
        String queue = form.value(QUEUE);
        if (queue != null) {
            fields.put(QUEUE, queue);
            change = change(change, each -> each.queue(queue), view.say("act.change.badQueue", queue));
        }
        return new JobDeed(word, fields, change(change, JobChange::notEmpty, view.say("act.change.nothing")));
    }

    /** The library refuses in English; the form says it in the language of the viewer. */
    private static JobChange change(JobChange before, UnaryOperator<JobChange> more, String refusal) {
        try {
            return more.apply(before);
        } catch (IllegalArgumentException english) {
            throw new IllegalArgumentException(refusal, english);
        }
    }

    private static UnaryOperator<JobChange> at(Instant time) {
        return change -> change.runAt(time);
    }

    /** Why this is no name of a queue, for the viewer; null if it is one. */
    static @Nullable String refused(View view, String queue) {
        try {
            NameRules.requireOwn("Queue", queue);
            return null;
        } catch (IllegalArgumentException english) {
            return view.say("act.change.badQueue", queue);
        }
    }

    private static Instant time(View view, String text) {
        Instant time = JobFilter.until(view.now(), text);
        if (time == null) {
            throw new IllegalArgumentException(view.say("act.change.time", text));
        }
        return time;
    }

    private static int number(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }

    /** Does it to one job, and says what has become of it. */
    String to(JobClient client, UUID id) {
        if (change != null) {
            return deed().answer(client.change(id, change));
        }
        return deed().answer(word.equals(ActNames.RETRY) ? client.retry(id) : client.cancel(id));
    }

    /** What a store that keeps acts does to each job. Jobs without a language of their own get English messages, as from the client of the dashboard. */
    Deed deed() {
        if (change != null) {
            return Deed.change(change);
        }
        return word.equals(ActNames.RETRY) ? Deed.retry() : Deed.cancel(Locale.ENGLISH);
    }

    /** For the log. */
    String text() {
        return change == null ? word : word + " " + fields;
    }

    /** The fields in which it is written; none unless jobs are changed. */
    static Node inputs(View view, String word) {
        return word.equals(ActNames.CHANGE)
                ? all(
                        label(
                                view,
                                ActNames.WHEN,
                                el(
                                        "input",
                                        attr("name", ActNames.WHEN),
                                        attr("placeholder", "now, 2h, 2026-11-27T03:00Z"))),
                        label(
                                view,
                                PRIORITY,
                                el(
                                        "select",
                                        attr("name", PRIORITY),
                                        el("option", attr("value", ""), view.say("act.change.same")),
                                        IntStream.rangeClosed(0, NewJob.HIGHEST_PRIORITY)
                                                .mapToObj(level -> el("option", Integer.toString(level)))
                                                .toList())),
                        label(view, QUEUE, el("input", attr("name", QUEUE), attr("maxlength", 128))))
                : Node.NONE;
    }

    private static Node label(View view, String name, Node input) {
        return el("label", view.say("act.change." + name), " ", input);
    }

    /** A form that goes on has the fields that this one was sent with. */
    Node again() {
        return all(fields.entrySet().stream()
                .map(field -> Parts.hidden(field.getKey(), field.getValue()))
                .toList());
    }
}
