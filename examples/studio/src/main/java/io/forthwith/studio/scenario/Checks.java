package io.forthwith.studio.scenario;

import io.forthwith.studio.Texts;
import io.forthwith.studio.show.Console;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares results with expectations and prints one line for each. Not thread-safe. */
final class Checks {
    /** With {@code -Dtimes=shown} times are printed and not checked: beside other programs they say little about the library. */
    private static final boolean TIMES_ARE_CHECKED = !"shown".equals(System.getProperty("times"));

    private final Console console;
    private final Texts texts;
    private boolean allWell = true;

    Checks(Console console, Texts texts) {
        this.console = console;
        this.texts = texts;
    }

    /** Compares an actual value with the expected one. */
    void same(String what, Object expected, @Nullable Object seen) {
        that(Objects.equals(expected, seen), what, String.valueOf(seen), String.valueOf(expected));
    }

    /** Records whether a value is as expected. */
    void that(boolean well, String what, String seen, String expected) {
        String line = "  " + console.mark(well) + " " + Console.padded(what, 14) + " " + seen;
        console.line(well ? line : line + "  (" + texts.say("expected", expected) + ")");
        allWell &= well;
    }

    /** Whether a time is as expected, or times are not checked. */
    static boolean inTime(boolean well) {
        return well || !TIMES_ARE_CHECKED;
    }

    /** Prints lines that are no checks. */
    void show(List<String> lines) {
        console.lines(lines);
    }

    boolean allWell() {
        return allWell;
    }
}
