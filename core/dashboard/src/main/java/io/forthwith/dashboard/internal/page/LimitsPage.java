package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;
import static io.forthwith.dashboard.internal.html.Html.text;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.http.Asset;
import io.forthwith.dashboard.internal.view.Layout;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who is held back by a limit? */
public final class LimitsPage implements Page {
    static final String NAME = "name";
    static final String AFTER = "after";
    private static final int PAGE = 50;
    private static final int LIMITS = 10;
    private static final int KEYS_OF_EACH = 10;
    private static final int LONGEST_KEY = 200;
    private static final int LONGEST_SHOWN = 40;
    private static final String EXAMPLE = """
            Limit perTenant = Limit.of("tenant").concurrency(3);
            Worker worker = Worker.of(store, processors).limits(perTenant).start();
            jobs.enqueue(NewJob.of(RENDER, shot).limit("tenant", tenantId));""";

    @Override
    public String path() {
        return "limits";
    }

    @Override
    public boolean isOffered(Source source) {
        return source.hasLimits();
    }

    @Override
    public Content content(View view) {
        String given = view.param(LimitMarks.KEY);
        LimitKey key = given == null ? null : LimitMarks.read(given.strip());
        if (key != null) {
            return Content.redirect(LimitMarks.link(view, key));
        }
        String name = view.param(NAME);
        if (name != null && (name.indexOf(':') >= 0 || LimitMarks.read(name + ":x") == null)) {
            return Content.problem(view, "error.notFound", 404);
        }
        Asked<List<Limit>> limits = view.source().limits();
        // They need no declaration, so they are among the limits if there are some.
        Asked<List<LimitState>> fair = view.source().firstLimitKeys(LimitKey.FAIR, 1);
        Sequences sequences = sequences(view, name);
        return new Content(view.say("nav.limits"), body(view, view.await(limits), fair, name, sequences));
    }

    /** Reads the sequences that the first page shows, or all; null on the page of another limit. */
    private static @Nullable Sequences sequences(View view, @Nullable String name) {
        if (LimitKey.SEQUENCE.equals(name)) {
            return Sequences.alone(view);
        }
        return name == null && view.param(AFTER) == null ? Sequences.amongLimits(view) : null;
    }

    private static Node body(
            View view,
            Answer<List<Limit>> answer,
            Asked<List<LimitState>> fair,
            @Nullable String name,
            @Nullable Sequences sequences) {
        List<Limit> limits = answer.value();
        if (limits == null) {
            return answer.problem() == Answer.Problem.NOT_KEPT
                    ? Parts.card("limits", view.say("nav.limits"), Parts.empty(view.say("limits.notKept")))
                    : Parts.card(view, "limits", view.say("nav.limits"), answer, any -> Node.NONE);
        }
        SortedSet<String> names = names(limits);
        if (!Objects.requireNonNullElse(view.await(fair).value(), List.of()).isEmpty()) {
            names.add(LimitKey.FAIR);
        }
        String only = name == null && names.size() == 1 ? names.first() : name;
        return all(
                form(view, only),
                sequences == null ? null : sequences.blockedCard(),
                LimitKey.SEQUENCE.equals(name) ? null : declared(view, limits, names, only, sequences),
                sequences == null ? null : sequences.inUseCard(),
                name == null ? null : el("p", Parts.link(view.link("limits"), view.say("limits.back"))));
    }

    private static Node declared(
            View view,
            List<Limit> limits,
            SortedSet<String> names,
            @Nullable String only,
            @Nullable Sequences sequences) {
        if (only != null) {
            return one(view, limits, only);
        } else if (!names.isEmpty()) {
            return several(view, limits, names);
        }
        return sequences == null || sequences.areNone()
                ? Parts.card(
                        "limits",
                        view.say("nav.limits"),
                        Parts.empty(el("p", view.say("limits.none")), el("pre", EXAMPLE)))
                : Node.NONE;
    }

    /** The names under which keys are found: types have one in common. */
    private static SortedSet<String> names(List<Limit> limits) {
        SortedSet<String> names = new TreeSet<>();
        for (Limit limit : limits) {
            int colon = limit.name().indexOf(':');
            names.add(colon < 0 ? limit.name() : limit.name().substring(0, colon));
        }
        // Sequences need no declaration, and have cards of their own.
        names.remove(LimitKey.SEQUENCE);
        return names;
    }

    /** Leads to a key. */
    private static Node form(View view, @Nullable String name) {
        String given = view.param(LimitMarks.KEY);
        // What is the key of a limit has led to its page.
        String bad = given == null || given.isBlank() ? null : given.strip();
        String proposed = name == null ? "" : name + ":";
        Node label = el(
                "label",
                view.say("limits.find"),
                el(
                        "input",
                        attr("name", LimitMarks.KEY),
                        attr("value", bad == null ? proposed : PageTexts.cut(bad, LONGEST_KEY)),
                        attr("maxlength", LONGEST_KEY),
                        attr("autocomplete", "off"),
                        attr("spellcheck", "false"),
                        attr("placeholder", "tenant:acme"),
                        attrIf(bad != null, "aria-invalid", "true"),
                        attrIf(bad != null, "aria-describedby", "bad-key")));
        return el(
                "form",
                css("filters"),
                attr("action", "limits"),
                attr("method", "get"),
                attr("aria-label", view.say("limits.find")),
                Layout.language(view),
                view.param(NAME) == null || name == null ? null : Parts.hidden(NAME, name),
                bad == null ? label : el("div", css("bad"), label, problem(view, bad)),
                el("button", view.say("jobs.filter.apply")));
    }

    private static Node problem(View view, String bad) {
        return el(
                "p",
                css("problem"),
                attr("id", "bad-key"),
                view.say("limits.badKey", PageTexts.cut(bad, LONGEST_SHOWN)));
    }

    /** Of each limit the first keys. */
    private static Node several(View view, List<Limit> limits, SortedSet<String> all) {
        String after = view.param(AFTER);
        List<String> names =
                (after == null ? all : all.tailSet(after + '\0')).stream().toList();
        Map<String, Asked<List<LimitState>>> asked = new LinkedHashMap<>();
        for (String name : names.subList(0, Math.min(LIMITS, names.size()))) {
            asked.put(name, view.source().firstLimitKeys(name, KEYS_OF_EACH + 1));
        }
        List<Node> cards = new ArrayList<>();
        asked.forEach((name, keys) -> cards.add(first(view, limits, name, view.await(keys))));
        return all(
                cards,
                pages(
                        view,
                        after != null,
                        view.link("limits"),
                        names.size() <= LIMITS ? null : view.link("limits", AFTER, names.get(LIMITS - 1))));
    }

    private static Node first(View view, List<Limit> limits, String name, Answer<List<LimitState>> answer) {
        return Parts.card("limit-" + Asset.hash(name), heading(view, name), Parts.shown(view, answer, read -> {
            LimitKeys keys = LimitKeys.of(name, read, limits, null, KEYS_OF_EACH);
            return all(
                    declared(view, limits, name),
                    table(view, keys, true),
                    keys.next() == null
                            ? null
                            : el(
                                    "p",
                                    css("pages"),
                                    view.say("limits.order", KEYS_OF_EACH),
                                    Parts.link(view.link("limits", NAME, name), view.say("limits.all"))));
        }));
    }

    private static Node one(View view, List<Limit> limits, String name) {
        String after = after(view, name, AFTER);
        Answer<List<LimitState>> answer = view.await(view.source().limitKeys(name, after, PAGE + 1));
        return Parts.card("keys", heading(view, name), Parts.shown(view, answer, read -> {
            LimitKeys keys = LimitKeys.of(name, read, limits, after, PAGE);
            return all(
                    declared(view, limits, name),
                    table(view, keys, after == null),
                    keys.next() == null && after == null ? null : el("p", css("muted"), view.say("limits.order", PAGE)),
                    pages(
                            view,
                            after != null,
                            view.link("limits", NAME, name),
                            name,
                            keys.next(),
                            view.link("limits", NAME, name, AFTER, keys.next())));
        }));
    }

    /** After which key a list goes on; null if the parameter has none. */
    static @Nullable String after(View view, String name, String parameter) {
        String after = view.param(parameter);
        return after == null || LimitMarks.read(name + ":" + after) == null ? null : after;
    }

    private static Node heading(View view, String name) {
        return name.equals(LimitKey.TYPE) ? text(view.say("limits.types")) : foreign(name);
    }

    /** What is declared for each key; nothing for types, which have a limit each. */
    private static Node declared(View view, List<Limit> limits, String name) {
        if (name.equals(LimitKey.TYPE)) {
            return Node.NONE;
        }
        if (name.equals(LimitKey.FAIR)) {
            return el("p", view.say("limits.fair"));
        }
        return limits.stream()
                .filter(limit -> limit.name().equals(name))
                .findFirst()
                .map(limit -> el("p", view.say("limits.each"), " ", el("b", LimitMarks.allows(view, limit))))
                .orElseGet(() -> LimitMarks.undeclared(view));
    }

    private static Node table(View view, LimitKeys keys, boolean isFirst) {
        return keys.states().isEmpty()
                ? Parts.empty(view.say(isFirst ? "limits.noKeys" : "limits.noMore"))
                : keys.table(view);
    }

    /** The way to more keys; if the redactor changes the last one, which the link would hold, a sentence says that there are more. */
    static Node pages(View view, boolean isLater, String first, String name, @Nullable String last, String next) {
        LimitKey key = last == null ? null : LimitMarks.read(name + ":" + last);
        return key == null || LimitMarks.isOpen(view, key)
                ? pages(view, isLater, first, last == null ? null : next)
                : all(pages(view, isLater, first, null), el("p", css("muted"), view.say("limits.moreHidden")));
    }

    private static Node pages(View view, boolean isLater, String first, @Nullable String next) {
        return isLater || next != null
                ? el(
                        "p",
                        css("pages"),
                        isLater ? Parts.link(first, view.say("schedules.first")) : null,
                        next == null ? null : Parts.link(next, view.say("schedules.next")))
                : Node.NONE;
    }
}
