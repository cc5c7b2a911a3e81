package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.Reason;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.store.ReadModelFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Why a job does not run, what to do about it, and what was looked at. */
final class JobWhy {
    private static final int LONGEST_DETAIL = 10_000;

    private JobWhy() {}

    static Node card(View view, Answer<Diagnosis> answer) {
        return Parts.card(view, "why", view.say("why.title"), answer, diagnosis -> reasons(view, diagnosis));
    }

    private static Node reasons(View view, Diagnosis diagnosis) {
        List<Node> items = new ArrayList<>();
        for (Reason reason : diagnosis.reasons()) {
            items.add(el("li", reason(view, reason)));
        }
        return all(
                el("ol", css("why"), items),
                el(
                        "details",
                        attr("id", "checked"),
                        el("summary", view.say("why.checked")),
                        el(
                                "ul",
                                diagnosis.checked().stream()
                                        .map(name -> el("li", check(view, diagnosis, name)))
                                        .toList())));
    }

    private static Node check(View view, Diagnosis diagnosis, String name) {
        boolean isFound = diagnosis.reasons().stream().anyMatch(reason -> answers(reason, name));
        return all(
                el("span", css("sign"), attr("aria-hidden", "true"), isFound ? "▸" : "·"),
                " ",
                view.words().sayOr("why.check." + name, name),
                " ",
                el("b", isFound ? view.say("why.yes") : ""));
    }

    /** A sequence is a limit of one job at a time, and is looked at with the others. */
    private static boolean answers(Reason reason, String name) {
        return reason.name().equals(name) || (reason instanceof Reason.BehindInSequence && name.equals("Limited"));
    }

    private static Node reason(View view, Reason reason) {
        Locale locale = view.words().locale();
        Reason shown = shown(view, reason);
        String remedy = redacted(view, shown, shown.remedy(locale));
        return all(
                el("p", css("what"), foreign(redacted(view, shown, what(view, shown, locale)))),
                evidence(view, shown),
                remedy.isEmpty() ? null : el("p", css("remedy"), "→ ", foreign(remedy)));
    }

    /** A sentence about a reason, in which the key of a limit is as the host wants it to be shown. */
    private static String redacted(View view, Reason reason, String sentence) {
        LimitKey key = reason instanceof Reason.Limited limited
                ? limited.state().key()
                : reason instanceof Reason.TakesTurns turns
                        ? LimitMarks.read(LimitKey.FAIR + ":" + turns.key())
                        : reason instanceof Reason.BehindInSequence behind
                                ? LimitMarks.read(LimitKey.SEQUENCE + ":" + behind.sequence())
                                : null;
        String shown = view.redacted(sentence);
        return key == null || LimitMarks.isOpen(view, key)
                ? shown
                : shown.replace(key.text(), LimitMarks.shown(view, key))
                        .replace(key.key(), LimitMarks.shownKey(view, key));
    }

    private static String what(View view, Reason reason, Locale locale) {
        // Jobs are named by the links below it.
        if (reason instanceof Reason.SlotsBusy busy) {
            return view.say("why.slotsBusy", busy.workers(), busy.slots());
        }
        if (reason instanceof Reason.SiblingsOpen) {
            return view.say("why.siblings");
        }
        if (reason instanceof Reason.PredecessorsOpen open) {
            return view.say("why.predecessors", open.count());
        }
        if (reason instanceof Reason.BehindInSequence behind) {
            return view.say("why.sequence", behind.sequence());
        }
        if (reason instanceof Reason.Behind && view.access().isScoped()) {
            return view.say("why.behind");
        }
        return reason.text(locale);
    }

    /** The reason as this viewer may see it: texts of errors as the host wants them, and nothing about jobs of others. */
    private static Reason shown(View view, Reason reason) {
        if (reason instanceof Reason.NotDue due) {
            String detail = view.redacted(PageTexts.cut(due.detail(), LONGEST_DETAIL));
            return new Reason.NotDue(LibraryOnly.KEY, due.until(), due.left(), due.cause(), due.times(), detail);
        }
        if (!view.access().isScoped()) {
            return reason;
        }
        if (reason instanceof Reason.SlotsBusy busy) {
            return new Reason.SlotsBusy(LibraryOnly.KEY, busy.workers(), busy.slots(), List.of());
        }
        if (reason instanceof Reason.PredecessorsOpen open) {
            return new Reason.PredecessorsOpen(LibraryOnly.KEY, List.of(), open.count());
        }
        if (reason instanceof Reason.QueuePaused paused) {
            return new Reason.QueuePaused(
                    LibraryOnly.KEY,
                    paused.queue(),
                    ReadModelFactory.pause(paused.pause().since(), null, null));
        }
        if (reason instanceof Reason.TakesTurns) {
            // How many jobs of the key wait is about jobs of others.
            return new Reason.TakesTurns(LibraryOnly.KEY, "…", 1);
        }
        if (reason instanceof Reason.Limited limited && limited.state().pause() != null) {
            return new Reason.Limited(
                    LibraryOnly.KEY, unnamed(limited.state(), limited.state().pause()));
        }
        if (reason instanceof Reason.QueueUnserved unserved
                && !unserved.similar().isEmpty()) {
            return new Reason.QueueUnserved(LibraryOnly.KEY, unserved.queue(), List.of("…"));
        }
        return reason;
    }

    /** The state without who has paused the key and why. */
    private static LimitState unnamed(LimitState state, Pause pause) {
        return ReadModelFactory.limitState(
                state.key(),
                state.limit(),
                state.isOverridden(),
                ReadModelFactory.pause(pause.since(), null, null),
                state.running(),
                state.waiting(),
                state.nextStart(),
                state.restsUntil(),
                state.first());
    }

    /** Links to what the reason rests on. */
    private static Node evidence(View view, Reason reason) {
        List<Node> links = new ArrayList<>();
        if (reason instanceof Reason.SlotsBusy busy) {
            busy.longest()
                    .forEach(job -> links.add(el("span", Parts.name(job.type()), " ", Parts.jobLink(view, job.id()))));
        } else if (reason instanceof Reason.PredecessorsOpen open) {
            open.open().forEach(id -> links.add(Parts.jobLink(view, id)));
        } else if (reason instanceof Reason.ChildrenOpen || reason instanceof Reason.SiblingsOpen) {
            links.add(Parts.link(view.link("family", "id", view.param("id")), view.say("job.family.whole")));
        } else if (!view.access().isScoped()) {
            pages(view, reason, links);
        }
        return links.isEmpty() ? Node.NONE : el("p", css("row"), links);
    }

    private static void pages(View view, Reason reason, List<Node> links) {
        if (reason instanceof Reason.QueuePaused || reason instanceof Reason.QueueUnserved) {
            links.add(Parts.link(view.link("queues"), view.say("nav.queues")));
        } else if (reason instanceof Reason.Limited limited) {
            links.add(LimitMarks.linked(view, limited.state().key()));
        } else if (reason instanceof Reason.TakesTurns turns) {
            links.add(LimitMarks.linked(view, LimitKey.fairBy(turns.key())));
        } else if (reason instanceof Reason.BehindInSequence behind) {
            links.add(Parts.jobLink(view, behind.first()));
            links.add(LimitMarks.sequence(view, behind.sequence()));
        } else if (reason instanceof Reason.TypeSkipped
                || reason instanceof Reason.TypeUnknown
                || reason instanceof Reason.TypeLeft
                || reason instanceof Reason.WorkerDead
                || reason instanceof Reason.WorkersStopping
                || reason instanceof Reason.WorkersSilent
                || reason instanceof Reason.WorkersDegraded
                || reason instanceof Reason.LastTry) {
            links.add(Parts.link(view.link("workers"), view.say("nav.workers")));
        }
    }
}
