package io.forthwith.dashboard.internal.view;

import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import java.util.ArrayList;
import java.util.List;

/** A sentence of ours around pieces of HTML: times, links, names from the store. */
public final class Sentence {
    /** Stands around the number of a piece while the sentence is made; no sentence of ours has it. */
    private static final char MARK = '\uE000';

    private Sentence() {}

    /**
     * The text with this key.
     *
     * @param values nodes; and numbers, which the text may choose by
     */
    public static Node of(View view, String key, Object... values) {
        Object[] marked = values.clone();
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] instanceof Number)) {
                marked[i] = MARK + Integer.toString(i) + MARK;
            }
        }
        List<Object> parts = new ArrayList<>();
        String[] pieces = view.say(key, marked).split(String.valueOf(MARK), -1);
        for (int i = 0; i < pieces.length; i++) {
            parts.add(i % 2 == 0 ? pieces[i] : values[Integer.parseInt(pieces[i])]);
        }
        return Html.all(parts);
    }
}
