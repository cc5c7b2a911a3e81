package io.forthwith.dashboard.internal.view;

import io.forthwith.JobQuery;
import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.ParallelReads;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.http.ControlCharacters;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One look at a page: who looks, at what, and in which language.
 *
 * @param request what was asked for
 * @param access what the viewer may do
 * @param words in the viewer's language
 * @param source where the pages read
 * @param redactor of texts that may hold secrets
 * @param now the time of this process, for relative times
 * @param deadline until when reads may take, by {@link System#nanoTime}
 */
public record View(
        DashboardRequest request,
        Rights access,
        PageTexts words,
        Source source,
        UnaryOperator<String> redactor,
        Instant now,
        long deadline) {
    /** The parameter that has the zone of times. */
    public static final String ZONE = "zone";

    private static final String LANGUAGE = "lang";
    private static final int LONGEST_READ = 10_000;

    /** This view at a later time. */
    public View at(Instant later, long laterDeadline) {
        return new View(request, access, words, source, redactor, later, laterDeadline);
    }

    /** The text with this key. */
    public String say(String key, Object... values) {
        return words.say(key, values);
    }

    /** A parameter of the address; null if it is not there. */
    @Nullable
    public String param(String name) {
        return request.parameter(name);
    }

    /** Waits for a read, no longer than the page may take. */
    public <T> Answer<T> await(ParallelReads.Asked<T> asked) {
        return asked.await(deadline);
    }

    /** Waits for all parts of what is read, no longer than the page may take; without one of them there is nothing. */
    public <T> Answer<List<T>> awaitAll(List<ParallelReads.Asked<List<T>>> parts) {
        return parts.stream().map(this::await).reduce(Answer::both).orElseThrow();
    }

    /**
     * A relative link to a page. Names and values follow each other; a pair whose value is null is left out.
     *
     * @return empty if no address may hold one of the values: then what would be a link is shown without one
     */
    public String link(String page, @Nullable Object... namesAndValues) {
        StringBuilder link = new StringBuilder(page.isEmpty() ? "./" : page);
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            Object value = namesAndValues[i + 1];
            if (value != null && ControlCharacters.has(value.toString())) {
                return "";
            }
            if (value != null) {
                append(link, String.valueOf(namesAndValues[i]), value.toString());
            }
        }
        String back = WayBack.of(this, page);
        if (back != null) {
            append(link, WayBack.PARAMETER, back);
        }
        if (param(LANGUAGE) != null) {
            append(link, LANGUAGE, words.locale().getLanguage());
        }
        if (!PageTexts.isUtc(words.zone())) {
            append(link, ZONE, words.zone().getId());
        }
        return link.toString();
    }

    /** A relative link to a page with all parameters of the address, in another language. */
    String linkIn(String language, String page) {
        return linkWith(LANGUAGE, language, page);
    }

    /** A relative link to a page with all parameters of the address, with times in another zone. */
    String linkWithZone(String zone, String page) {
        return linkWith(ZONE, zone, page);
    }

    private String linkWith(String changed, String value, String page) {
        StringBuilder link = new StringBuilder(page.isEmpty() ? "./" : page);
        new TreeMap<>(request.query()).forEach((name, values) -> {
            if (!name.equals(changed)) {
                values.forEach(each -> append(link, name, each));
            }
        });
        append(link, changed, value);
        return link.toString();
    }

    static void append(StringBuilder link, String name, String value) {
        link.append(link.indexOf("?") < 0 ? '?' : '&')
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }

    /** A query, narrowed to what the viewer may see. */
    public JobQuery scoped(JobQuery query) {
        JobQuery narrow = query;
        if (access.user() != null) {
            narrow = narrow.user(access.user());
        }
        if (access.project() != null) {
            narrow = narrow.project(access.project());
        }
        return narrow;
    }

    /** The beginning of a text that may hold secrets, as the host wants it to be shown. The redactor gets its first 10,000 characters. */
    public String redacted(String text, int most) {
        return PageTexts.cut(redacted(PageTexts.cut(text, LONGEST_READ)), most);
    }

    /** A text that may hold secrets, as the host wants it to be shown. */
    public String redacted(String text) {
        return redactor.apply(text);
    }

    /** Whether a name is shown as it is: only then may a link hold it. */
    public boolean isOpen(String name) {
        return redacted(name).equals(name);
    }

    /** A name and its value, which may be a secret because of the name: the redactor gets each of them, and both as {@code name: value}. */
    public Map.Entry<String, String> redacted(String name, String value) {
        String shownName = redacted(name, LONGEST_READ);
        String line = redacted(shownName + ": " + redacted(value, LONGEST_READ));
        int end = line.startsWith(shownName + ": ") ? shownName.length() : line.indexOf(": ");
        return end < 0 ? Map.entry(line, "") : Map.entry(line.substring(0, end), line.substring(end + 2));
    }
}
