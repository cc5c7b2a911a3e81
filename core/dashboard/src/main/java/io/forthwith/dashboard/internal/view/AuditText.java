package io.forthwith.dashboard.internal.view;

import io.forthwith.limit.Limit;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was done by hand and what has become of it, in the language of the viewer. The store keeps both as words for programs; what this version does not know is shown as
 * it is stored, and all as the redactor shows it.
 */
public final class AuditText {
    private static final Pattern TIMES = Pattern.compile("(\\S+) from (\\S+) to (\\S+)");
    private static final Pattern COUNTS = Pattern.compile("done: \\d{1,9}(?:, [A-Z_]+: \\d{1,9})*");
    private static final Pattern VALUE = Pattern.compile("([a-z ,]+[a-z]):? ([0-9a-f-]{36}|\\d{1,9})");
    private static final Pattern BACKFILLED =
            Pattern.compile("Backfilled\\[times=(\\d{1,9}), (?:next|goOnFrom)=(\\S+)\\]");
    private static final Pattern LIMIT = Pattern.compile(
            "Limit\\[name=([^,]+), concurrency=(\\d{1,9}|null), starts=(\\d{1,9}|null), period=([^,]+), burst=(\\d{1,9})\\]");
    private static final Pattern OPTIONAL = Pattern.compile("Optional\\[(.*)\\]");

    private AuditText() {}

    /** What was done: {@code retry}, {@code change queue=bulk}. */
    public static String what(View view, String what) {
        String shown = RedactedValues.line(view, what);
        Matcher times = TIMES.matcher(shown);
        if (times.matches()) {
            return view.say("audit.what.times", word(view, times.group(1)), times.group(2), times.group(3));
        }
        int end = shown.indexOf(' ');
        String whole = word(view, shown);
        return end < 0 || !whole.equals(shown) ? whole : word(view, shown.substring(0, end)) + shown.substring(end);
    }

    private static String word(View view, String word) {
        return view.words().sayOr("audit.what." + key(word), word);
    }

    /** A text as a part of the key of a word. */
    private static String key(String text) {
        return text.replaceAll("[ ,]+", "-");
    }

    /** What has become of it. */
    public static String answer(View view, String answer) {
        String shown = RedactedValues.line(view, answer);
        Matcher optional = OPTIONAL.matcher(shown);
        return known(view, optional.matches() ? optional.group(1) : shown);
    }

    private static String known(View view, String answer) {
        String word = "audit.answer." + key(answer);
        if (view.words().has(word)) {
            return view.say(word);
        }
        if (view.words().has(outcome(answer))) {
            return view.say(outcome(answer), 1);
        }
        if (COUNTS.matcher(answer).matches()) {
            return counts(view, answer);
        }
        Matcher value = VALUE.matcher(answer);
        if (value.matches() && view.words().has("audit.value." + key(value.group(1)))) {
            return view.say("audit.value." + key(value.group(1)), value.group(2));
        }
        Matcher backfilled = BACKFILLED.matcher(answer);
        if (backfilled.matches()) {
            return backfilled(view, Integer.parseInt(backfilled.group(1)), backfilled.group(2));
        }
        Limit limit = limit(LIMIT.matcher(answer));
        return limit == null ? answer : LimitMarks.allows(view, limit);
    }

    /** The key of the sentence for an outcome of jobs. */
    public static String outcome(String name) {
        return "act.outcome." + name;
    }

    private static String counts(View view, String answer) {
        List<String> parts = new ArrayList<>();
        for (String each : answer.split(", ", -1)) {
            String[] part = each.split(": ", 2);
            int count = Integer.parseInt(part[1]);
            String key = part[0].equals("done") ? "audit.done" : outcome(part[0]);
            parts.add(view.words().has(key) ? view.say(key, count) : each);
        }
        return String.join(view.say("audit.and"), parts);
    }

    private static String backfilled(View view, int times, String next) {
        String done = view.say("act.backfill.times.done", times);
        return next.equals("null") ? done : done + view.say("audit.and") + view.say("act.backfill.goOn", next);
    }

    /** The limit that was set; null if the text is none that can hold. */
    private static @Nullable Limit limit(Matcher text) {
        if (!text.matches()) {
            return null;
        }
        try {
            String period = text.group(4);
            return ReadModelFactory.limit(
                    text.group(1),
                    number(text.group(2)),
                    number(text.group(3)),
                    period.equals("null") ? null : Duration.parse(period),
                    Integer.parseInt(text.group(5)));
        } catch (RuntimeException other) {
            return null;
        }
    }

    private static @Nullable Integer number(String text) {
        return text.equals("null") ? null : Integer.valueOf(text);
    }
}
