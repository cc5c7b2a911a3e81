package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;
import static io.forthwith.dashboard.internal.html.Html.text;

import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Small pieces of the pages about limits, and where the key of one is shown. */
public final class LimitMarks {
    /** The page about one key. */
    public static final String PATH = "limit";

    /** The parameter that has the text of a key: {@code tenant:acme}. */
    public static final String KEY = "key";

    private static final int LONGEST_SEQUENCE = 80;
    private static final int ALL = 100;
    private static final Duration SOON = Duration.ofSeconds(1);

    private LimitMarks() {}

    /** A link to the page of a key; to its limit if the redactor changes the key, which a link would hold. */
    public static String link(View view, LimitKey key) {
        return isOpen(view, key) ? view.link(PATH, KEY, key.text()) : view.link("limits", "name", key.name());
    }

    /** The text of a key as the host wants it to be shown: the redactor gets the key alone, and then the text. */
    public static String shown(View view, LimitKey key) {
        return view.redacted(key.name() + ":" + view.redacted(key.key()));
    }

    /** The key as it is shown, without the name of its limit. */
    public static String shownKey(View view, LimitKey key) {
        String text = shown(view, key);
        return text.startsWith(key.name() + ":") ? text.substring(key.name().length() + 1) : text;
    }

    /** Whether a key is shown as it is: only then may a link or a form hold it. */
    public static boolean isOpen(View view, LimitKey key) {
        return shown(view, key).equals(key.text());
    }

    /** The key of a sequence, without the name of its limit, as a link to its page. */
    public static Node sequence(View view, String key) {
        LimitKey read = read(LimitKey.SEQUENCE + ":" + key);
        Node shown = foreign(PageTexts.cut(sequenceText(view, key), LONGEST_SEQUENCE));
        // Somebody may have written a row by hand.
        return read == null || !isOpen(view, read) ? shown : Parts.link(link(view, read), shown);
    }

    /** The key of a sequence, without the name of its limit, as the host wants it to be shown. */
    public static String sequenceText(View view, String key) {
        LimitKey read = read(LimitKey.SEQUENCE + ":" + key);
        return read == null ? view.redacted(key) : shownKey(view, read);
    }

    /** The text of a key as a link to its page; without the link if the redactor changes it. */
    public static Node linked(View view, LimitKey key) {
        Node shown = foreign(shown(view, key));
        return isOpen(view, key) ? Parts.link(link(view, key), shown) : shown;
    }

    /** The key in the address; null if there is none. */
    public static @Nullable LimitKey key(View view) {
        String given = view.param(KEY);
        return given == null ? null : read(given);
    }

    /** The key that a text is; null if it is none. */
    public static @Nullable LimitKey read(String given) {
        try {
            return LimitKey.parse(given);
        } catch (IllegalArgumentException none) {
            return null;
        }
    }

    /** What a limit allows: {@code 3 at a time · 20 in 1 min, burst 5}. */
    public static String allows(View view, @Nullable Limit limit) {
        if (limit == null) {
            return view.say("limits.undeclared");
        }
        if (limit.name().equals(LimitKey.FAIR)) {
            return view.say("limits.weight", limit.burst());
        }
        List<String> parts = new ArrayList<>();
        if (limit.concurrency() != null) {
            parts.add(view.say("limits.concurrency", limit.concurrency()));
        }
        if (limit.starts() != null && limit.period() != null) {
            parts.add(view.say("limits.rate", limit.starts(), view.words().duration(limit.period()), limit.burst()));
        }
        return parts.isEmpty() ? view.say("limits.any") : String.join(" · ", parts);
    }

    /** How many run, of how many that may. */
    public static Node running(View view, LimitState state) {
        int running = state.running().size();
        String number = number(view, running);
        Integer most = state.limit() == null ? null : state.limit().concurrency();
        if (most == null) {
            return running == 0 ? muted(number) : text(number);
        }
        return all(
                view.say("limits.of", number, view.words().number(most)),
                " ",
                Charts.progress(Math.min(ALL, (int) ((long) running * ALL / most)), view.say("limits.inUse")));
    }

    /** How many wait, easy to see if there are some. */
    public static Node waiting(View view, LimitState state) {
        String number = number(view, state.waiting());
        return state.waiting() == 0 ? muted(number) : el("b", css("k-parked"), number);
    }

    /** A number of jobs, at which counting may have stopped. */
    public static String number(View view, int jobs) {
        return view.words().number(jobs, jobs < LimitState.MOST);
    }

    /** When the rate lets the next job start; a dash if it holds up none. */
    public static Node nextStart(View view, LimitState state) {
        Instant next = state.nextStart();
        if (next == null) {
            return muted("–");
        }
        // What was read a moment ago may be over.
        return next.isBefore(view.now().plus(SOON))
                ? text(view.say("limits.now"))
                : view.words().ago(next, view.now());
    }

    /** What is out of the ordinary with a key: nothing starts, or something else holds for it than for the others. */
    public static Node notes(View view, LimitState state) {
        Pause pause = state.pause();
        return all(
                pause == null ? null : Marks.paused(view, pause.since(), pause.by(), pause.reason()),
                state.limit() == null ? undeclared(view) : null,
                state.isOverridden() && state.limit() != null && !state.key().isSequence()
                        ? Marks.note(
                                Marks.mark("pending", "≠", view.say("limits.own")), " ", allows(view, state.limit()))
                        : null);
    }

    /** That nothing is declared. */
    public static Node undeclared(View view) {
        return Marks.note(
                Marks.mark("failed", "✕", view.say("limits.undeclared")), " ", view.say("limits.undeclared.detail"));
    }

    private static Node muted(String number) {
        return el("span", css("muted"), number);
    }
}
