package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What has become of many jobs, by outcome, with a few of each as examples. Thread-safe. */
final class Tally {
    private static final int MOST_EXAMPLES = 5;

    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final Map<String, List<UUID>> examples = new LinkedHashMap<>();

    /** The last one that was looked at. Guarded by this, as the maps. */
    private @Nullable UUID last;

    private boolean isOver;

    synchronized void add(String outcome, UUID id) {
        counts.merge(outcome, 1, Integer::sum);
        List<UUID> some = examples.computeIfAbsent(outcome, any -> new ArrayList<>());
        if (some.size() < MOST_EXAMPLES) {
            some.add(id);
        }
    }

    /** This one and those before it in the order of the search are done. */
    synchronized void reached(UUID id) {
        last = id;
    }

    /** There are no more. */
    synchronized void over() {
        isOver = true;
    }

    /** Where to go on; null if none was looked at. */
    synchronized @Nullable UUID goOnBefore() {
        return last;
    }

    /** Whether there are no more. */
    synchronized boolean isOver() {
        return isOver;
    }

    synchronized Map<String, Integer> counts() {
        return new LinkedHashMap<>(counts);
    }

    synchronized int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Each outcome with how many, and examples. */
    synchronized Node shown(View view) {
        return el(
                "ul",
                counts.entrySet().stream()
                        .map(each -> el(
                                "li",
                                view.say("act.outcome." + each.getKey(), each.getValue()),
                                " ",
                                all(examples.getOrDefault(each.getKey(), List.of()).stream()
                                        .map(id -> all(" ", Parts.jobLink(view, id)))
                                        .toList())))
                        .toList());
    }
}
