package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The sequences on the page about limits: those that a failed job blocks, and those in use. */
final class Sequences {
    /** The parameter that has the key after which the blocked ones go on. */
    private static final String BLOCKED = "blocked";

    private static final int PAGE = 50;
    private static final int FIRST = 10;
    private static final int MOST_RUNNING = 3;

    private final View view;
    private final boolean isAlone;
    private final @Nullable String afterBlocked;
    private final @Nullable String after;
    private final Asked<List<BlockedSequence>> blocked;
    private final Asked<List<LimitState>> inUse;

    private Sequences(View view, boolean isAlone) {
        this.view = view;
        this.isAlone = isAlone;
        this.afterBlocked = isAlone ? LimitsPage.after(view, LimitKey.SEQUENCE, BLOCKED) : null;
        this.after = isAlone ? LimitsPage.after(view, LimitKey.SEQUENCE, LimitsPage.AFTER) : null;
        this.blocked = view.source().blockedSequences(afterBlocked, most() + 1);
        this.inUse = isAlone
                ? view.source().limitKeys(LimitKey.SEQUENCE, after, most() + 1)
                : view.source().firstLimitKeys(LimitKey.SEQUENCE, most() + 1);
    }

    /** Begins to read the first ones, which are shown with the limits. */
    static Sequences amongLimits(View view) {
        return new Sequences(view, false);
    }

    /** Begins to read a page of them. */
    static Sequences alone(View view) {
        return new Sequences(view, true);
    }

    private int most() {
        return isAlone ? PAGE : FIRST;
    }

    /** Whether it is known that there are none. */
    boolean areNone() {
        return isNone(view.await(blocked)) && isNone(view.await(inUse));
    }

    private static boolean isNone(Answer<? extends List<?>> answer) {
        List<?> read = answer.value();
        return read == null ? answer.problem() == Answer.Problem.NOT_KEPT : read.isEmpty();
    }

    /** The blocked ones; nothing if there are none. */
    Node blockedCard() {
        Answer<List<BlockedSequence>> answer = view.await(blocked);
        boolean isHidden = isNone(answer) && afterBlocked == null;
        return Marks.place(
                "blocked",
                isHidden
                        ? null
                        : all(el("h2", view.say("sequences.blocked")), Parts.shown(view, answer, this::blockedRows)));
    }

    private Node blockedRows(List<BlockedSequence> read) {
        List<BlockedSequence> shown = read.stream().limit(most()).toList();
        String next = read.size() <= most() ? null : shown.get(most() - 1).key();
        return all(
                el("p", view.say("sequences.blocked.detail")),
                shown.isEmpty()
                        ? Parts.empty(view.say("limits.noMore"))
                        : new Table<BlockedSequence>()
                                .name(view.say("sequences.key"), each -> LimitMarks.sequence(view, each.key()))
                                .text(
                                        view.say("failures.when"),
                                        each -> view.words().ago(each.failedAt(), view.now()))
                                .text(view.say("workers.job"), each -> Parts.jobLink(view, each.jobId()))
                                .text(
                                        view.say("column.type"),
                                        each -> Parts.link(
                                                view.link("jobs", "type", each.type()), Parts.name(each.type())))
                                .text(view.say("queues.actions"), each -> Buttons.skipping(view, each.jobId()))
                                .line(each -> Parts.message(view, each.message()))
                                .of(shown),
                pages(
                        afterBlocked != null,
                        next,
                        view.link("limits", LimitsPage.NAME, LimitKey.SEQUENCE, LimitsPage.AFTER, after),
                        view.link(
                                "limits", LimitsPage.NAME, LimitKey.SEQUENCE, LimitsPage.AFTER, after, BLOCKED, next)));
    }

    /** Shows the sequences in use; nothing if there are none, unless they have the page for themselves. */
    Node inUseCard() {
        Answer<List<LimitState>> answer = view.await(inUse);
        boolean isHidden = isNone(answer) && !isAlone;
        return Marks.place(
                "sequences",
                isHidden
                        ? null
                        : all(el("h2", view.say("sequences.title")), Parts.shown(view, answer, this::inUseRows)));
    }

    private Node inUseRows(List<LimitState> read) {
        LimitKeys keys = LimitKeys.of(LimitKey.SEQUENCE, read, List.of(), after, most());
        return all(
                el("p", view.say("sequences.detail")),
                keys.states().isEmpty()
                        ? Parts.empty(view.say(after == null ? "limits.noKeys" : "limits.noMore"))
                        : new Table<LimitState>()
                                .name(
                                        view.say("sequences.key"),
                                        state -> all(
                                                LimitMarks.sequence(
                                                        view, state.key().key()),
                                                LimitMarks.notes(view, state)))
                                .number(view.say("limits.waiting"), state -> LimitMarks.waiting(view, state))
                                .text(view.say("sequences.running"), state -> jobs(state.running()))
                                .text(
                                        view.say("sequences.first"),
                                        state -> state.first() == null ? null : jobs(List.of(state.first())))
                                .text(view.say("queues.actions"), state -> Buttons.pausing(view, state))
                                .of(keys.byNeed()),
                keys.next() == null && after == null ? null : el("p", css("muted"), view.say("limits.order", most())),
                pages(
                        after != null,
                        keys.next(),
                        view.link("limits", LimitsPage.NAME, LimitKey.SEQUENCE, BLOCKED, afterBlocked),
                        view.link(
                                "limits",
                                LimitsPage.NAME,
                                LimitKey.SEQUENCE,
                                LimitsPage.AFTER,
                                keys.next(),
                                BLOCKED,
                                afterBlocked)));
    }

    private Node jobs(List<UUID> ids) {
        return all(ids.stream()
                .limit(MOST_RUNNING)
                .map(id -> all(Parts.jobLink(view, id), " "))
                .toList());
    }

    /** The way to the others: all of them have a page. */
    private Node pages(boolean isLater, @Nullable String next, String firstPage, String nextPage) {
        if (isAlone) {
            return LimitsPage.pages(view, isLater, firstPage, LimitKey.SEQUENCE, next, nextPage);
        }
        return next == null
                ? Node.NONE
                : el(
                        "p",
                        css("pages"),
                        Parts.link(view.link("limits", LimitsPage.NAME, LimitKey.SEQUENCE), view.say("sequences.all")));
    }
}
