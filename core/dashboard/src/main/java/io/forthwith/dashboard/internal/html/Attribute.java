package io.forthwith.dashboard.internal.html;

/**
 * An attribute of an element. Immutable.
 *
 * @param name its name, always a constant
 * @param value its value, which is escaped when it is written
 */
public record Attribute(String name, String value) {}
