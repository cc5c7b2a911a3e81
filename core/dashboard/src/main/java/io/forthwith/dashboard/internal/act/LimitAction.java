package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.client.Limits;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.LimitStanding;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Pauses and resumes keys of limits, and sets what holds for one of them only. */
final class LimitAction implements Action {
    private static final String CONCURRENCY = "concurrency";
    private static final String STARTS = "starts";
    private static final String PERIOD = "period";
    private static final String WEIGHT = "weight";
    private static final String BURST = "burst";
    private static final String NUMBER = "[0-9]{1,7}";
    private static final Pattern NUMBERS = Pattern.compile(NUMBER);

    @Override
    public List<String> words() {
        return List.of(ActNames.PAUSE_LIMIT, ActNames.RESUME_LIMIT, ActNames.OVERRIDE_LIMIT, ActNames.RESET_LIMIT);
    }

    @Override
    public boolean isAllowed(Rights access) {
        return access.actsOnQueues();
    }

    @Override
    public Page.Content ask(View view, String word) {
        LimitKey key = LimitMarks.key(view);
        if (key == null) {
            return Page.Content.problem(view, "limit.malformed", 400);
        }
        if (isOverrideOfSequence(word, key)) {
            return Page.Content.problem(view, "act.limit.sequence", 400);
        }
        return new Page.Content(
                view.say("act." + word),
                Parts.still(
                        Sentence.of(view, "act." + word + ".what", foreign(LimitMarks.shown(view, key))),
                        el("p", view.say("act." + word + ".detail")),
                        question(view, word, key),
                        el("p", Parts.link(LimitMarks.link(view, key), view.say("act.back.limit")))));
    }

    private static boolean isPauseOrResume(String word) {
        return word.equals(ActNames.PAUSE_LIMIT) || word.equals(ActNames.RESUME_LIMIT);
    }

    /** The jobs of a sequence always run one at a time. */
    private static boolean isOverrideOfSequence(String word, LimitKey key) {
        return key.isSequence() && !isPauseOrResume(word);
    }

    private static Node question(View view, String word, LimitKey key) {
        if (isPauseOrResume(word)) {
            return QueueAction.form(view, word, LimitMarks.KEY, key.text(), word.equals(ActNames.PAUSE_LIMIT));
        }
        Answer<LimitStanding> answer = view.await(view.source().limit(key));
        return Parts.shown(
                view,
                answer,
                standing -> all(
                        key.isFair()
                                ? el("p", view.say("act.limit.fair"))
                                : el(
                                        "p",
                                        view.say("act.limit.declared"),
                                        " ",
                                        el("b", LimitMarks.allows(view, standing.declared()))),
                        word.equals(ActNames.RESET_LIMIT)
                                ? QueueAction.form(view, word, LimitMarks.KEY, key.text(), false)
                                : fields(view, key, standing.state().limit())));
    }

    /** @param now what holds; null if nothing is declared */
    private static Node fields(View view, LimitKey key, @Nullable Limit now) {
        return el(
                "form",
                css("confirm"),
                attr("method", "post"),
                attr(
                        "action",
                        view.link(ActNames.PATH, ActNames.DO, ActNames.OVERRIDE_LIMIT, LimitMarks.KEY, key.text())),
                key.isFair()
                        ? el("div", css("filters"), number(view, WEIGHT, now == null ? null : now.burst()))
                        : numbers(view, now),
                QueueAction.reason(view),
                el("button", css("strong"), view.say("act." + ActNames.OVERRIDE_LIMIT)));
    }

    private static Node numbers(View view, @Nullable Limit now) {
        return el(
                "div",
                css("filters"),
                number(view, CONCURRENCY, now == null ? null : now.concurrency()),
                number(view, STARTS, now == null ? null : now.starts()),
                field(view, PERIOD, ".{0,40}", now == null || now.period() == null ? "" : PeriodText.of(now.period())),
                number(view, BURST, now == null || now.starts() == null ? null : now.burst()));
    }

    private static Node number(View view, String name, @Nullable Integer value) {
        return field(view, name, NUMBER, value == null ? "" : value.toString());
    }

    private static Node field(View view, String name, String pattern, String value) {
        return el(
                "label",
                view.say("act.limit." + name),
                el(
                        "input",
                        attr("name", name),
                        attr("value", value),
                        attr("pattern", pattern),
                        attr("inputmode", pattern.equals(NUMBER) ? "numeric" : "text"),
                        attr("autocomplete", "off")));
    }

    @Override
    public Page.Content act(View view, String word, Form form) {
        LimitKey key = LimitMarks.key(view);
        if (key == null) {
            return Page.Content.problem(view, "limit.malformed", 400);
        }
        if (isOverrideOfSequence(word, key)) {
            return Page.Content.problem(view, "act.limit.sequence", 400);
        }
        if (word.equals(ActNames.OVERRIDE_LIMIT) && !isWhole(key, form)) {
            return Page.Content.problem(view, key.isFair() ? "act.limit.unweighed" : "act.limit.unread", 400);
        }
        if (word.equals(ActNames.OVERRIDE_LIMIT) && !isInRange(key, form)) {
            return Page.Content.problem(view, key.isFair() ? "act.limit.unweighed" : "act.limit.range", 400);
        }
        ActAnswer.Told told = ActAnswer.Told.of(word, key).because(form.value(QueueAction.REASON));
        ActAnswer change = ActAnswer.of(view, told, client -> done(view, client.limits(), word, key, form));
        return change.value() instanceof Done done && done.change.hasOpenClaim()
                ? stillOpen(view, key)
                : change.reply(view, LimitMarks.link(view, key));
    }

    /** The change holds, but a claim that began before it may be one of a process that has gone silent. */
    private static Page.Content stillOpen(View view, LimitKey key) {
        return new Page.Content(
                view.say("act.limit.open"),
                all(
                        el("p", view.say("act.limit.open.detail")),
                        el("p", Parts.link(LimitMarks.link(view, key), view.say("act.back.limit")))),
                200);
    }

    /** A change, and what the log says of it. */
    private record Done(Object said, LimitChangeResult change) {
        @Override
        public String toString() {
            return said.toString();
        }
    }

    private static Done done(View view, Limits limits, String word, LimitKey key, Form form) {
        return switch (word) {
            case ActNames.PAUSE_LIMIT -> {
                LimitChangeResult change = limits.pause(key, QueueAction.pause(view, form.value(QueueAction.REASON)));
                yield new Done(
                        change.pause() == null
                                ? ""
                                : String.valueOf(change.pause().by()),
                        change);
            }
            case ActNames.RESUME_LIMIT -> {
                LimitChangeResult change = limits.resume(key);
                yield new Done(change.wasPaused(), change);
            }
            case ActNames.OVERRIDE_LIMIT -> {
                Limit limit = limit(key, form);
                yield new Done(limit, limits.override(key, limit));
            }
            default -> new Done("as declared", limits.override(key, null));
        };
    }

    /** Whether the fields are numbers and a period, and say something. */
    private static boolean isWhole(LimitKey key, Form form) {
        if (key.isFair()) {
            String weight = form.value(WEIGHT);
            return weight != null && NUMBERS.matcher(weight).matches();
        }
        String starts = form.value(STARTS);
        String period = form.value(PERIOD);
        boolean areNumbers = Stream.of(CONCURRENCY, STARTS, BURST)
                .map(form::value)
                .allMatch(value -> value == null || NUMBERS.matcher(value).matches());
        boolean isRate = starts != null && period != null && PeriodText.read(period) != null;
        boolean isNoRate = starts == null && period == null && form.value(BURST) == null;
        return areNumbers && (isRate || (isNoRate && form.value(CONCURRENCY) != null));
    }

    private static boolean isInRange(LimitKey key, Form form) {
        try {
            limit(key, form);
            return true;
        } catch (IllegalArgumentException english) {
            return false;
        }
    }

    /**
     * What is written.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    private static Limit limit(LimitKey key, Form form) {
        if (key.isFair()) {
            return Limit.weight(Integer.parseInt(Objects.requireNonNull(form.value(WEIGHT))));
        }
        String starts = form.value(STARTS);
        String period = form.value(PERIOD);
        String concurrency = form.value(CONCURRENCY);
        String burst = form.value(BURST);
        Limit limit = key.name().equals(LimitKey.TYPE) ? Limit.onType(key.key()) : Limit.of(key.name());
        if (concurrency != null) {
            limit = limit.concurrency(Integer.parseInt(concurrency));
        }
        Duration length = period == null ? null : PeriodText.read(period);
        if (starts != null && length != null) {
            limit = limit.rate(Integer.parseInt(starts), length);
        }
        return burst == null ? limit : limit.burst(Integer.parseInt(burst));
    }
}
