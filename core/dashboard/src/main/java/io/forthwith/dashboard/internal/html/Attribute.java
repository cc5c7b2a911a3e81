package io.forthwith.dashboard.internal.html;

/**
 * An attribute of an element. Immutable.
 *
 * @param name its name, always a constant
 * @param value its value, which is escaped when it is written
 */
public record Attribute(String name, String value) {
    /** Whether it is a link that leads nowhere: the element stands without it. */
    boolean isNowhere() {
        return name.equals("href") && value.isEmpty();
    }
}
