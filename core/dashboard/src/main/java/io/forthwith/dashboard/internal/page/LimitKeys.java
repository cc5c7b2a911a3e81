package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.store.ReadModelFactory;
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
                all.put(
                        key.key(),
                        ReadModelFactory.limitState(key, limit, false, null, List.of(), 0, null, null, null));
            }
        }
        read.forEach(state -> all.put(state.key().key(), state));
        return List.copyOf(all.values());
    }

    Node table(View view) {
        Table<LimitState> table = new Table<LimitState>()
                .name(
                        view.say(isOfTypes ? "column.type" : "limits.key"),
                        state -> all(key(view, state.key()), LimitMarks.notes(view, state)));
        if (isOfTypes) {
            table.text(view.say("limits.allows"), state -> LimitMarks.allows(view, state.limit()));
        }
        return table.number(view.say("limits.waiting"), state -> LimitMarks.waiting(view, state))
                .number(view.say("limits.running"), state -> LimitMarks.running(view, state))
                .number(view.say("limits.next"), state -> LimitMarks.nextStart(view, state))
                .onlyIf(state -> state.nextStart() != null)
                .text(view.say("queues.actions"), state -> Buttons.pausing(view, state))
                .of(byNeed());
    }

    /** Keys for which most jobs wait are at the front. */
    List<LimitState> byNeed() {
        return states.stream().sorted(BY_NEED).toList();
    }

    private static Node key(View view, LimitKey key) {
        Node shown = foreign(PageTexts.cut(LimitMarks.shownKey(view, key), LONGEST_KEY));
        return LimitMarks.isOpen(view, key) ? Parts.link(LimitMarks.link(view, key), shown) : shown;
    }
}
