package io.forthwith.jdbc.internal.sql;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What threads ask of the database at this moment. Thread-safe. */
final class CallsInFlight {
    private static final int MOST_SHOWN = 200;

    private final Map<Thread, CallInFlight> calls = new ConcurrentHashMap<>();

    /** A call. Its thread writes it; others read it. */
    static final class CallInFlight {
        private final String what;
        private volatile @Nullable String statement;

        private CallInFlight(String what) {
            this.what = what;
        }

        /** Its thread sends a statement now. */
        void sends(String text) {
            statement = text;
        }

        private String text() {
            String sent = statement;
            return sent == null ? what + ": it waits for a connection" : what + ": " + shortened(sent);
        }

        private static String shortened(String statement) {
            String line = statement.strip().replaceAll("\\s+", " ");
            return line.length() <= MOST_SHOWN ? line : line.substring(0, MOST_SHOWN) + "…";
        }
    }

    /** A call of the current thread begins. */
    CallInFlight begin(String what) {
        CallInFlight call = new CallInFlight(what);
        calls.put(Thread.currentThread(), call);
        return call;
    }

    /** The call of the current thread has ended. */
    void end() {
        calls.remove(Thread.currentThread());
    }

    /** The call of a thread and the statement that it has sent last; statements have no values in them. */
    Optional<String> of(Thread thread) {
        return Optional.ofNullable(calls.get(thread)).map(CallInFlight::text);
    }
}
