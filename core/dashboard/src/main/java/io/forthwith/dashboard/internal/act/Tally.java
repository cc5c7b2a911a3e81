package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.JobStoreException;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.internal.LoggedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has become of many jobs, by outcome, with a few of each as examples. Thread-safe. */
final class Tally {
    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard");
    private static final int MOST_EXAMPLES = 5;
    private static final String FAILED = "FAILED";

    private final UnaryOperator<String> redactor;
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final Map<String, List<UUID>> examples = new LinkedHashMap<>();

    /** Why it went wrong for a job. */
    private final Map<UUID, String> reasons = new HashMap<>();

    /** The last one that was looked at. Guarded by this, as the maps. */
    private @Nullable UUID last;

    private boolean isOver;

    /** Whether the store could not do the last call. Only the thread that acts asks. */
    private boolean isStoreInDoubt;

    /** @param redactor of the messages that are logged */
    Tally(UnaryOperator<String> redactor) {
        this.redactor = redactor;
    }

    /**
     * Does it to one job, and counts what has become of it. What goes wrong for this one job does not keep the others from their turn.
     *
     * @param deed gives the outcome
     * @return the outcome, for the log
     * @throws JobStoreException if the store could not do two calls in a row, so that it seems to be away; then this job is not counted
     */
    String count(UUID id, Supplier<String> deed) {
        String outcome;
        try {
            outcome = deed.get();
            isStoreInDoubt = false;
        } catch (RuntimeException e) {
            boolean isStore =
                    e instanceof JobStoreException trouble && trouble.kind() != JobStoreException.Kind.PERMANENT;
            if (isStore && isStoreInDoubt) {
                throw e;
            }
            isStoreInDoubt = isStore;
            outcome = FAILED;
            LOG.warn("The dashboard cannot do to job {} what a viewer wants", id, LoggedException.of(e, redactor));
            because(id, e.getMessage() == null ? e.getClass().getName() : e.getMessage());
        }
        add(outcome, id);
        return outcome;
    }

    private synchronized void because(UUID id, String reason) {
        reasons.put(id, reason);
    }

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
                                        .map(id -> all(
                                                " ",
                                                Parts.jobLink(view, id),
                                                reasons.containsKey(id) ? " " : null,
                                                Parts.line(view, reasons.get(id))))
                                        .toList())))
                        .toList());
    }
}
