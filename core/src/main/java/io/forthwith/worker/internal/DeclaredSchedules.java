package io.forthwith.worker.internal;

import io.forthwith.insight.WorkerInfo;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.store.ReadModelFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The schedules that an application declares with its workers. Immutable.
 *
 * @param owner the application
 * @param version its version
 * @param definitions what they enqueue and when, by name
 */
public record DeclaredSchedules(String owner, long version, Map<String, ScheduleDefinition> definitions) {
    /** Of an application that declares none. */
    public static final DeclaredSchedules NONE = new DeclaredSchedules("default", 0, Map.of());

    /** Whether the application has nothing to say about schedules, not even that it has none any more. */
    boolean isNone() {
        return equals(NONE);
    }

    /** What the worker registers of it. */
    WorkerInfo.@Nullable Schedules asRegistered() {
        return isNone() ? null : ReadModelFactory.workerSchedules(owner, version);
    }

    /** Copies. */
    public DeclaredSchedules {
        definitions = Map.copyOf(new LinkedHashMap<>(definitions));
    }
}
