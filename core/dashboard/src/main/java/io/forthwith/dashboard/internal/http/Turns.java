package io.forthwith.dashboard.internal.http;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets the requests of all viewers take turns, so that one who asks for much does not keep others waiting. At most {@value #AT_ONCE} requests are answered at once, at most
 * {@value #OF_ONE} of one viewer. Of those that wait, each viewer has a line. The next turn is that of the viewer of whom fewest are answered now, and of several such the one
 * whose last turn is longest ago. All lines together have a bound too, so that those who wait do not take all threads of the server. Thread-safe.
 */
public final class Turns {
    public static final int AT_ONCE = 12;
    public static final int OF_ONE = 3;
    /** So many of one viewer may wait. */
    public static final int MOST_WAITING = 40;
    /** So many of all viewers may wait. */
    public static final int MOST_WAITING_OF_ALL = 400;

    /** What has become of a request that wants a turn. */
    public enum Outcome {
        /** It is its turn; {@link #leave} ends it. */
        TURN,
        /** Too many of this viewer wait already. */
        TOO_MANY,
        /** Too many of all viewers wait already. */
        FULL,
        /** The thread was interrupted while it waited: the server ends. */
        GONE
    }

    /** By viewer, the one whose last turn is longest ago at the front. Guarded by this, as all that follows. */
    private final Map<Object, Line> lines = new LinkedHashMap<>();

    private int running;
    private int waiting;

    private static final class Line {
        private final Deque<Ticket> waiting = new ArrayDeque<>();
        private int running;
    }

    private static final class Ticket {
        private boolean isCalled;
    }

    /**
     * Waits for the turn of a request.
     *
     * @param viewer whose request it is; equal ones are one viewer
     */
    public synchronized Outcome enter(Object viewer) {
        Line line = lines.computeIfAbsent(viewer, any -> new Line());
        if (line.waiting.size() >= MOST_WAITING) {
            return Outcome.TOO_MANY;
        }
        if (waiting >= MOST_WAITING_OF_ALL) {
            forget(viewer, line);
            return Outcome.FULL;
        }
        Ticket ticket = new Ticket();
        line.waiting.add(ticket);
        waiting++;
        call();
        try {
            while (!ticket.isCalled) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            // A turn that came first is had, or nobody would end it.
            if (!ticket.isCalled) {
                line.waiting.remove(ticket);
                waiting--;
                forget(viewer, line);
                return Outcome.GONE;
            }
        }
        return Outcome.TURN;
    }

    /** The answer to a request whose turn it was is ready. */
    public synchronized void leave(Object viewer) {
        Line line = lines.get(viewer);
        if (line != null) {
            line.running--;
            running--;
            forget(viewer, line);
            call();
        }
    }

    private void forget(Object viewer, Line line) {
        if (line.running == 0 && line.waiting.isEmpty()) {
            lines.remove(viewer);
        }
    }

    /** Calls those whose turn it is. */
    private void call() {
        boolean hasCalled = false;
        while (running < AT_ONCE && callNext()) {
            hasCalled = true;
        }
        if (hasCalled) {
            notifyAll();
        }
    }

    private boolean callNext() {
        Map.Entry<Object, Line> next = null;
        for (Map.Entry<Object, Line> each : lines.entrySet()) {
            Line line = each.getValue();
            boolean mayHave = !line.waiting.isEmpty() && line.running < OF_ONE;
            if (mayHave && (next == null || line.running < next.getValue().running)) {
                next = each;
            }
        }
        if (next == null) {
            return false;
        }
        Object viewer = next.getKey();
        Line line = next.getValue();
        line.waiting.remove().isCalled = true;
        waiting--;
        line.running++;
        running++;
        // Of those of whom as many are answered, this one is the last now.
        lines.remove(viewer);
        lines.put(viewer, line);
        return true;
    }
}
