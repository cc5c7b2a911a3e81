package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.Words;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Some keys of one limit, in the order of the store. Immutable.
 *
 * @param isOfTypes whether they are types, of which each has a limit of its own
 * @param states how they stand
 * @param next after which key there are more; null if there are none
 */
record LimitKeys(
        boolean isOfTypes,
        List<LimitState> states,
        @Nullable String next) {
    private static final int LONGEST_KEY = 80;

    private static final Comparator<LimitState> BY_NEED = Comparator.comparingInt(LimitState::waiting)
            .reversed()
            .thenComparing(state -> state.pause() == null && state.limit() != null)
            .thenComparing(state -> state.key().key());

    /**
     * The first of what was read.
     *
     * @param name of the limit
     * @param read one more than are shown, if there are more
     * @param declared limits of any name: types that no claim has met are shown too
     * @param after after which key was read; null for the first page
     */
    static LimitKeys of(String name, List<LimitState> read, List<Limit> declared, @Nullable String after, int most) {
        boolean isOfTypes = name.equals(LimitKey.TYPE);
        List<LimitState> all = isOfTypes ? withTypes(read, declared, after) : read;
        return new LimitKeys(
                isOfTypes,
                all.stream().limit(most).toList(),
                all.size() <= most ? null : all.get(most - 1).key().key());
    }

    private static List<LimitState> withTypes(List<LimitState> read, List<Limit> declared, @Nullable String after) {
        SortedMap<String, LimitState> all = new TreeMap<>();
        for (Limit limit : declared) {
            LimitKey key = LimitMarks.read(limit.name());
            if (key != null && (after == null || key.key().compareTo(after) > 0)) {
                all.put(key.key(), new LimitState(key, limit, false, null, List.of(), 0, null, null, null));
            }
        }
        read.forEach(state -> all.put(state.key().key(), state));
        return List.copyOf(all.values());
    }

    Node table(View view) {
        List<Node> head = new ArrayList<>();
        head.add(Parts.th(view.say(isOfTypes ? "column.type" : "limits.key")));
        if (isOfTypes) {
            head.add(Parts.th(view.say("limits.allows")));
        }
        head.add(Parts.thNumber(view.say("limits.waiting")));
        head.add(Parts.thNumber(view.say("limits.running")));
        head.add(Parts.thNumber(view.say("limits.next")));
        if (view.access().actsOnQueues()) {
            head.add(Parts.th(view.say("queues.actions")));
        }
        return Parts.table(
                head, byNeed().stream().map(state -> row(view, state)).toList());
    }

    /** Keys for which most jobs wait are at the front. */
    List<LimitState> byNeed() {
        return states.stream().sorted(BY_NEED).toList();
    }

    private static Node key(View view, LimitKey key) {
        Node shown = foreign(Words.cut(LimitMarks.shownKey(view, key), LONGEST_KEY));
        return LimitMarks.isOpen(view, key) ? Parts.link(LimitMarks.link(view, key), shown) : shown;
    }

    private Node row(View view, LimitState state) {
        return el(
                "tr",
                el("th", Marks.ROW, key(view, state.key()), LimitMarks.notes(view, state)),
                isOfTypes ? Parts.td(LimitMarks.allows(view, state.limit())) : null,
                Parts.number(LimitMarks.waiting(view, state)),
                Parts.number(LimitMarks.running(view, state)),
                Parts.number(LimitMarks.nextStart(view, state)),
                view.access().actsOnQueues() ? Parts.td(Buttons.pausing(view, state)) : null);
    }
}
