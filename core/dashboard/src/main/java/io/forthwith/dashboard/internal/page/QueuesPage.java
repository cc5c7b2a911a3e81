package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.LastHourOutcomes;
import io.forthwith.dashboard.internal.data.OutcomesByMinute;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.QueueDepthByMinute;
import io.forthwith.dashboard.internal.data.Serving;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.Concerns;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.internal.NameRules;
import io.forthwith.store.count.QueueDepth;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Who serves a queue, and how deep is it? */
public final class QueuesPage implements Page {
    static final String DUE = "due";
    static final String SCHEDULED = "scheduled";
    private static final String WITH = "with";

    @Override
    public String path() {
        return "queues";
    }

    /**
     * What is known beside the queues themselves.
     *
     * @param serving null if it is not known who is alive
     * @param hours null if it is not known what has ended
     * @param trends how many jobs waited, as far as it is known
     */
    private record Around(
            @Nullable Serving serving,
            @Nullable Map<String, OutcomesByMinute> hours,
            Map<String, QueueDepthByMinute> trends) {
        /** What has ended in a queue; null if it is not known. */
        @Nullable
        OutcomesByMinute hour(QueueState queue) {
            return hours == null ? null : hours.getOrDefault(queue.queue(), OutcomesByMinute.NONE);
        }

        QueueDepthByMinute trend(QueueState queue) {
            return trends.getOrDefault(queue.queue(), QueueDepthByMinute.NONE);
        }
    }

    @Override
    public Content content(View view) {
        // First, because it may be the longest.
        QueuePart.Reading opened = QueuePart.Reading.begin(view);
        Asked<List<QueueState>> asked = view.source().queues();
        Asked<List<RegisteredWorker>> askedWorkers = view.source().workers();
        Asked<LastHourOutcomes> askedHour = view.source().lastHour(view.now());
        Asked<List<QueueDepth>> askedDepths = view.source().depths(view.now());
        String with = view.param(WITH);
        Function<QueueState, BoundedCount> part = part(with);
        Answer<List<QueueState>> queues = view.await(asked).changed(all -> part == null ? all : mostFirst(all, part));
        Answer<List<RegisteredWorker>> workers = view.await(askedWorkers);
        Answer<LastHourOutcomes> hour = view.await(askedHour);
        Around around = new Around(
                workers.map(Serving::of),
                hour.map(value -> value.byQueue(view.now())),
                QueueDepthByMinute.by(view.await(askedDepths).or(List.of()), view.now()));
        Node problems = all(
                Marks.missing(view, view.say("nav.workers"), workers),
                Marks.missing(view, view.say("queues.lastHour"), hour));
        return new Content(
                view.say("nav.queues"),
                all(
                        Parts.card(
                                view,
                                "queues",
                                view.say(part == null ? "queues.own" : "queues.with." + with),
                                queues,
                                value -> all(problems, own(view, value, around))),
                        opened.card(view),
                        undos(view, queues, around)));
    }

    /** Leads to the queues that have jobs which are due, or due later. */
    static String link(View view, String with) {
        return view.link("queues", WITH, with);
    }

    /** What of a queue was asked for; null for all of it. */
    private static @Nullable Function<QueueState, BoundedCount> part(@Nullable String with) {
        return DUE.equals(with) ? QueueState::due : SCHEDULED.equals(with) ? QueueState::scheduled : null;
    }

    private static List<QueueState> mostFirst(List<QueueState> all, Function<QueueState, BoundedCount> part) {
        return all.stream()
                .filter(queue -> isThere(part.apply(queue)))
                .sorted(Comparator.comparingInt(
                                (QueueState queue) -> part.apply(queue).jobs())
                        .reversed())
                .toList();
    }

    private static Node own(View view, List<QueueState> queues, Around around) {
        List<QueueState> own = queues.stream().filter(queue -> !isUndo(queue)).toList();
        return own.isEmpty()
                ? Parts.empty(view.say(part(view.param(WITH)) == null ? "queues.none" : "queues.with.none"))
                : table(view, own, around);
    }

    private static Node undos(View view, Answer<List<QueueState>> queues, Around around) {
        List<QueueState> undos =
                queues.or(List.of()).stream().filter(QueuesPage::isUndo).toList();
        return Marks.place(
                "undos",
                undos.isEmpty()
                        ? null
                        : all(
                                el("h2", view.say("queues.undos")),
                                el("p", css("muted"), view.say("queues.undos.detail")),
                                table(view, undos, around)));
    }

    private static boolean isUndo(QueueState queue) {
        return queue.queue().startsWith(NameRules.UNDO);
    }

    private static Node table(View view, List<QueueState> queues, Around around) {
        return new Table<QueueState>()
                .name(
                        view.say("queues.queue"),
                        queue -> all(
                                Parts.link(QueuePart.link(view, queue.queue()), Parts.name(queue.queue())),
                                notes(view, queue, around)))
                .number(view.say("queues.due"), queue -> jobs(view, queue, queue.due(), "pending"))
                .number(view.say("queues.oldest"), queue -> oldest(view, queue))
                .number(view.say("queues.running"), queue -> jobs(view, queue, queue.running(), "processing"))
                .number(view.say("queues.scheduled"), queue -> jobs(view, queue, queue.scheduled(), "pending"))
                .onlyIf(queue -> isThere(queue.scheduled()))
                .number(view.say("queues.limited"), queue -> limited(view, queue))
                .onlyIf(queue -> isThere(queue.limited()))
                .number(view.say("queues.rate"), queue -> rate(view, around.hour(queue), around.trend(queue)))
                .minor()
                .text(view.say("queues.lastHour"), queue -> lastHour(view, around.hour(queue)))
                .minor()
                .number(view.say("queues.drain"), queue -> drain(view, queue, around.hour(queue), around))
                .text(view.say("queues.depth"), queue -> depth(view, around.trend(queue)))
                .minor()
                .number(view.say("nav.workers"), queue -> workers(view, queue, around))
                .text(view.say("queues.actions"), queue -> Buttons.of(view, queue))
                .of(part(view.param(WITH)) != null ? queues : byNeed(queues, around));
    }

    private static List<QueueState> byNeed(List<QueueState> queues, Around around) {
        return queues.stream()
                .sorted(Comparator.comparingInt((QueueState queue) -> rank(queue, around))
                        .thenComparing(QueueState::queue))
                .toList();
    }

    /** Whether there are jobs, or may be: where counting has stopped before the first one, nobody knows. */
    private static boolean isThere(BoundedCount jobs) {
        return jobs.jobs() > 0 || !jobs.isExact();
    }

    private static @Nullable Node lastHour(View view, @Nullable OutcomesByMinute hour) {
        return hour == null || hour.attempts() == 0 ? null : sparkline(view, hour);
    }

    /** The place of a queue: those that need somebody are at the front. */
    private static int rank(QueueState queue, Around around) {
        if (isUnserved(queue, around) || Concerns.isOld(queue)) {
            return 0;
        }
        return queue.pause() != null ? 1 : 2;
    }

    private static boolean isUnserved(QueueState queue, Around around) {
        return queue.due().jobs() > 0 && around.serving != null && around.serving.isUnserved(queue.queue());
    }

    private static Node jobs(View view, QueueState queue, BoundedCount jobs, String status) {
        String number = view.words().number(jobs);
        return jobs.jobs() == 0
                ? muted(number)
                : Parts.link(view.link("jobs", "queue", queue.queue(), "status", status), number);
    }

    private static Node limited(View view, QueueState queue) {
        String number = view.words().number(queue.limited());
        return queue.limited().jobs() == 0 ? muted(number) : Parts.link(view.link("limits"), number);
    }

    private static @Nullable Object oldest(View view, QueueState queue) {
        Duration age = queue.oldestAge();
        if (age == null) {
            return null;
        }
        String text = view.words().duration(age);
        return Concerns.isOld(queue) ? el("b", css("k-failed"), "⚠ ", text) : text;
    }

    private static Node notes(View view, QueueState queue, Around around) {
        return all(
                queue.pause() == null
                        ? null
                        : Marks.paused(
                                view,
                                queue.pause().since(),
                                queue.pause().by(),
                                queue.pause().reason()),
                isUnserved(queue, around) ? unserved(view, queue, around) : null);
    }

    private static Node unserved(View view, QueueState queue, Around around) {
        List<String> similar =
                around.serving == null || isUndo(queue) ? List.of() : around.serving.similar(queue.queue());
        return Marks.note(
                Marks.mark("failed", "✕", view.say("queues.unserved")),
                similar.isEmpty()
                        ? null
                        : all(
                                " ",
                                view.say("queues.similar"),
                                " ",
                                IntStream.range(0, similar.size())
                                        .mapToObj(i -> all(i == 0 ? "" : ", ", Parts.name(similar.get(i))))
                                        .toList()));
    }

    static Node sparkline(View view, OutcomesByMinute hour) {
        return all(
                Charts.sparkline(
                        hour.wholeMinutes(),
                        hour.wholeMinutesNotWell(),
                        view.say(
                                "queues.sparkline", hour.attempts(), hour.mostInMinute(), hour.again(), hour.failed())),
                most(view, hour.mostInMinute()));
    }

    private static Node muted(String text) {
        return el("span", css("muted"), text);
    }

    /** What comes in is not counted: it is what has left, and by how much the queue has grown. */
    private static @Nullable Node rate(View view, @Nullable OutcomesByMinute hour, QueueDepthByMinute trend) {
        Double rate = hour == null ? null : hour.rate();
        if (rate == null) {
            return null;
        }
        Double growth = trend.pendingPerMinute(view.now());
        String text = growth == null
                ? view.say("queues.perMinute", rate)
                : view.say("queues.inAndOut", Math.max(0, rate + growth), rate);
        return rate == 0 ? muted(text) : all(text);
    }

    private static @Nullable Node depth(View view, QueueDepthByMinute trend) {
        List<Long> depths = trend.depths();
        if (depths.size() < 2) {
            return null;
        }
        long most = depths.stream().mapToLong(Long::longValue).max().orElse(0);
        return all(
                Charts.sparkline(
                        depths,
                        List.of(),
                        view.say("queues.depths", most, depths.get(0), depths.get(depths.size() - 1))),
                most(view, most));
    }

    /** How high the chart before it is; its label says it too. */
    private static Node most(View view, long most) {
        return el("small", css("most"), attr("aria-hidden", "true"), view.say("chart.most", most));
    }

    private static @Nullable Object drain(View view, QueueState queue, @Nullable OutcomesByMinute hour, Around around) {
        if (queue.due().jobs() == 0 || queue.pause() != null || hour == null) {
            return null;
        }
        Double growth = around.trend(queue).duePerMinute(view.now());
        if (growth != null) {
            return growth < 0
                    ? emptyIn(view, queue, -growth)
                    : growth < 1 ? view.say("queues.stands") : view.say("queues.grows", growth);
        }
        Double rate = hour.rate();
        if (rate == null) {
            boolean stands = around.serving != null && around.serving.hasCounted(queue.queue(), view.now());
            return stands ? view.say("queues.stands") : null;
        }
        if (rate == 0) {
            return view.say("queues.stands");
        }
        return emptyIn(view, queue, rate);
    }

    private static String emptyIn(View view, QueueState queue, double perMinute) {
        String text = view.words()
                .duration(Duration.ofSeconds(Math.max(1, Math.round(queue.due().jobs() / perMinute * 60))));
        return queue.due().isExact() ? text : view.say("queues.drain.more", text);
    }

    private static Object workers(View view, QueueState queue, Around around) {
        if (around.serving == null) {
            return "?";
        }
        long count = around.serving.of(queue.queue());
        long silent = around.serving.silent();
        String text = silent == 0 ? view.words().number(count) : view.say("queues.perhaps", count, count + silent);
        return count + silent == 0 ? muted(text) : Parts.link(view.link("workers", "queue", queue.queue()), text);
    }
}
