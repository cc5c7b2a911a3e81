package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;

/**
 * Many things are done only if their number was written by hand. A form carries the number that was asked for, so that a slip is noticed; how many there are is counted
 * anew, because a client can write into a form what it wants.
 */
final class Confirmation {
    private static final String WRITTEN = "confirm";
    private static final String EXPECTED = "expected";
    private static final int CONFLICT = 409;
    /** Of so many nobody has to write the number. */
    static final int FEW = 10;

    private static final int VERY_MANY = 500;

    private Confirmation() {}

    /** A field for the number of many, or if nobody knows how many; nothing to write for a few. */
    static Node fields(View view, BoundedCount count) {
        String number = Integer.toString(count.jobs());
        boolean isMany = !count.isExact() || count.jobs() > FEW;
        return all(
                Parts.hidden(EXPECTED, number),
                isMany
                        ? el(
                                "label",
                                view.say("act.confirm", number),
                                " ",
                                el(
                                        "input",
                                        attr("name", WRITTEN),
                                        attr("required", ""),
                                        attr("inputmode", "numeric"),
                                        attr("pattern", number),
                                        attr("autocomplete", "off")))
                        : Parts.hidden(WRITTEN, number));
    }

    /** A field for a reason; for very many, or if nobody knows how many, it must be written. */
    static Node reason(View view, BoundedCount count) {
        boolean isNeeded = needsReason(count);
        return el(
                "label",
                view.say(isNeeded ? "act.reason.needed" : "act.reason"),
                " ",
                el(
                        "input",
                        attr("name", QueueAction.REASON),
                        attr("maxlength", 1_000),
                        attr("size", 40),
                        attrIf(isNeeded, "required", "")));
    }

    static boolean needsReason(BoundedCount count) {
        return !count.isExact() || count.jobs() > VERY_MANY;
    }

    /** A form that goes on asks with the number that this one was sent with. */
    static Node again(Form form) {
        String number = form.value(EXPECTED);
        return number == null ? Node.NONE : all(Parts.hidden(EXPECTED, number), Parts.hidden(WRITTEN, number));
    }

    /** The number that was confirmed; 0 if there is none. */
    static int number(Form form) {
        String written = form.value(WRITTEN);
        return written != null && written.matches("[0-9]{1,9}") ? Integer.parseInt(written) : 0;
    }

    /** Says that there are more than were confirmed, so that nothing was done, and leads to the question. */
    static Page.Content grown(View view, BoundedCount now, int confirmed, String question) {
        return new Page.Content(
                view.say("act.grown"),
                all(
                        el(
                                "p",
                                view.say(
                                        "act.grown.detail",
                                        view.words().number(now),
                                        view.words().number(confirmed))),
                        el("p", Parts.link(question, view.say("act.grown.again")))),
                CONFLICT);
    }

    /** Whether a form asks for a number. */
    static boolean isAsked(Form form) {
        return form.value(EXPECTED) != null;
    }

    /** Whether the number that was written is the one that the form asks for, if it asks for one. */
    static boolean isGiven(Form form) {
        String expected = form.value(EXPECTED);
        return expected == null || expected.equals(form.value(WRITTEN));
    }
}
