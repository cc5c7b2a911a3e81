package io.forthwith.dashboard.internal.http;

import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.internal.SafeText;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first control character of a request, where a name, an id or a filter stands. None of them has one: NUL cannot be stored, and a line break would
 * begin a line of a log.
 *
 * @param place where it stands
 * @param name of the parameter or field, in one line; empty for the path
 */
public record ControlCharacters(Place place, String name) {
    private static final int LONGEST_NAME = 40;

    /** The fields that hold free text, in which lines may end. What is written there is made fit to be stored and logged where it is used. */
    private static final Set<String> FREE_TEXT = Set.of("reason");

    /** Where one can stand. */
    public enum Place {
        PATH,
        PARAMETER,
        FIELD
    }

    /** The first in an address; null if there is none. */
    public static @Nullable ControlCharacters in(DashboardRequest request) {
        return has(request.path())
                ? new ControlCharacters(Place.PATH, "")
                : in(request.query(), Place.PARAMETER, Set.of());
    }

    /** The first in a form; null if there is none. */
    public static @Nullable ControlCharacters in(Form form) {
        return in(form.fields(), Place.FIELD, FREE_TEXT);
    }

    private static @Nullable ControlCharacters in(Map<String, List<String>> all, Place place, Set<String> except) {
        for (Map.Entry<String, List<String>> each : all.entrySet()) {
            boolean isBad = has(each.getKey())
                    || (!except.contains(each.getKey())
                            && each.getValue().stream().anyMatch(ControlCharacters::has));
            if (isBad) {
                return new ControlCharacters(place, SafeText.line(each.getKey(), LONGEST_NAME));
            }
        }
        return null;
    }

    /** Whether a text has one, so that no address may hold it. */
    public static boolean has(String text) {
        return text.codePoints().anyMatch(ControlCharacters::isOne);
    }

    private static boolean isOne(int codePoint) {
        return switch (Character.getType(codePoint)) {
            // Half a pair cannot be stored either.
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                true;
            default -> false;
        };
    }
}
