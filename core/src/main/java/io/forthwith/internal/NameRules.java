package io.forthwith.internal;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules for names of job types, queues, unique keys and durable steps. */
public final class NameRules {
    private static final int MAX_LENGTH = 128;
    private static final Pattern NOT_IN_A_NAME = Pattern.compile("[^\\w\\-./:]|^\\W");

    /** The prefix of the types and queues of undo jobs. */
    public static final String UNDO = "undo:";

    private static final int SHORT = 64;
    private static final String RULE_TEXT =
            " of the characters A-Z a-z 0-9 _ - . / : are allowed, and the first must be a letter, a digit or _";

    private NameRules() {}

    /**
     * Returns {@code name} if it is valid and has at most 64 characters.
     *
     * @throws IllegalArgumentException naming the value and the rule
     */
    public static String requireShort(String what, @Nullable String name) {
        String given = NullRules.require(name, what, "it has a name, 1 to " + SHORT + RULE_TEXT);
        if (!isName(given, SHORT)) {
            throw new IllegalArgumentException(
                    what + " \"" + SafeText.line(given, 200) + "\" is not a valid name: 1 to " + SHORT + RULE_TEXT);
        }
        return given;
    }

    /**
     * Returns {@code name} if it is valid and does not begin with the prefix of undo jobs.
     *
     * @throws IllegalArgumentException naming the value and the rule
     */
    public static String requireOwn(String what, @Nullable String name) {
        String given = require(what, name);
        if (given.startsWith(UNDO)) {
            throw new IllegalArgumentException(what + " \"" + given + "\" must not start with \"" + UNDO
                    + "\": such names belong to the jobs that undo durable steps");
        }
        return given;
    }

    /**
     * Returns {@code name} if it is valid.
     *
     * @param what what the name is for, used in the message: "Job type", "Queue", "Unique key"
     * @throws IllegalArgumentException naming the value and the rule
     */
    public static String require(String what, @Nullable String name) {
        String given = NullRules.require(name, what, "it is a name, 1 to " + MAX_LENGTH + RULE_TEXT);
        if (!isName(given, MAX_LENGTH)) {
            throw new IllegalArgumentException(what + " \"" + SafeText.line(given, 200)
                    + "\" is not a valid name: 1 to " + MAX_LENGTH + RULE_TEXT);
        }
        return given;
    }

    private static boolean isName(String text, int longest) {
        if (text.isEmpty() || text.length() > longest || !isWord(text.charAt(0))) {
            return false;
        }
        for (int at = 1; at < text.length(); at++) {
            char each = text.charAt(at);
            if (!isWord(each) && "-./:".indexOf(each) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWord(char each) {
        return (each >= 'a' && each <= 'z')
                || (each >= 'A' && each <= 'Z')
                || (each >= '0' && each <= '9')
                || each == '_';
    }

    /** Makes a valid name out of a text: invalid characters become {@code _}, and it is cut to 128 characters. */
    public static String code(String text) {
        String cut = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) : text;
        return cut.isEmpty() ? "_" : NOT_IN_A_NAME.matcher(cut).replaceAll("_");
    }
}
