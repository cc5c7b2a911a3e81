package io.forthwith.studio.images;

import java.util.ArrayDeque;
import java.util.Deque;

/** Counts the calls of one API key, and refuses those that the key is not allowed. Thread-safe. */
final class KeyMeter {
    private final Allowance allowance;
    /** When the calls of the last minute came, the refused ones included. */
    private final Deque<Long> came = new ArrayDeque<>();
    /** When those of them started that were not refused. */
    private final Deque<Long> started = new ArrayDeque<>();

    private int running;
    private int calls;
    private int mostAtATime;
    private int mostInAMinute;
    private int refused;

    KeyMeter(Allowance allowance) {
        this.allowance = allowance;
    }

    /**
     * Counts a call that comes at this time.
     *
     * @return whether it may start; then {@link #ended} must follow
     */
    synchronized boolean starts(long nanos) {
        forget(came, nanos);
        forget(started, nanos);
        came.add(nanos);
        calls++;
        mostAtATime = Math.max(mostAtATime, running + 1);
        mostInAMinute = Math.max(mostInAMinute, came.size());
        if (running >= allowance.atATime() || started.size() >= allowance.starts()) {
            refused++;
            return false;
        }
        started.add(nanos);
        running++;
        return true;
    }

    /** A call that started is over. */
    synchronized void ended() {
        running--;
    }

    synchronized Usage usage() {
        return new Usage(calls, mostAtATime, mostInAMinute, refused);
    }

    private void forget(Deque<Long> times, long now) {
        while (!times.isEmpty() && now - times.peek() >= allowance.minute().toNanos()) {
            times.remove();
        }
    }
}
