package io.forthwith.studio.scenario;

import io.forthwith.studio.Texts;
import io.forthwith.studio.show.Console;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What was expected and what was seen, printed line by line. Not thread-safe. */
final class Checks {
    private final Console console;
    private final Texts texts;
    private boolean allWell = true;

    Checks(Console console, Texts texts) {
        this.console = console;
        this.texts = texts;
    }

    /** Compares what was seen with what was expected. */
    void same(String what, Object expected, @Nullable Object seen) {
        that(Objects.equals(expected, seen), what, String.valueOf(seen), String.valueOf(expected));
    }

    /** Notes whether it is as expected. */
    void that(boolean well, String what, String seen, String expected) {
        String line = "  " + console.mark(well) + " " + Console.padded(what, 14) + " " + seen;
        console.line(well ? line : line + "  (" + texts.say("expected", expected) + ")");
        allWell &= well;
    }

    boolean allWell() {
        return allWell;
    }
}
