package io.forthwith.dashboard.internal.html;

import java.util.List;

/** A piece of HTML: elements, text and what is between them. {@link Html} makes all of them, so that all text is escaped. */
public final class Node {
    /** Nothing. */
    public static final Node NONE = new Node("");

    private final CharSequence html;

    Node(CharSequence html) {
        this.html = html;
    }

    /** One after the other. */
    public static Node of(List<Node> nodes) {
        StringBuilder all = new StringBuilder();
        nodes.forEach(node -> node.writeTo(all));
        return new Node(all);
    }

    void writeTo(StringBuilder out) {
        out.append(html);
    }

    /** The HTML. */
    @Override
    public String toString() {
        return html.toString();
    }
}
