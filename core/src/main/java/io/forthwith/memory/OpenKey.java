package io.forthwith.memory;

import io.forthwith.Job;
import io.forthwith.UniqueKey.Scope;
import org.jspecify.annotations.Nullable;

/** A type and a unique key, which at most one job holds until it has ended, or until it has started. */
record OpenKey(String type, String key, Scope scope) {
    /** The key that a job holds now; null for none, and for a key for a period, which it may hold although it has ended. */
    static @Nullable OpenKey of(Job job) {
        String key = job.uniqueKey();
        Scope scope = job.keyScope();
        if (key == null
                || scope == null
                || scope == Scope.PERIOD
                || !job.status().isOpen()) {
            return null;
        }
        return scope == Scope.UNTIL_STARTED && job.claim() > 0 ? null : new OpenKey(job.type(), key, scope);
    }
}
