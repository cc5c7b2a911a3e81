package io.forthwith.json.internal;

import io.forthwith.NewJob;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.JobLimit;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.store.rules.MetadataJson;

/** Turns a schedule into texts. */
public final class ScheduleEncoder {
    private ScheduleEncoder() {}

    /**
     * What is stored of a schedule.
     *
     * @throws IllegalArgumentException if it is not complete, or its input cannot be stored
     */
    public static ScheduleDefinition encode(Schedule schedule, JobJson json) {
        schedule.requireComplete();
        NewJob job = schedule.job();
        return new ScheduleDefinition(
                LibraryOnly.KEY,
                job.type().name(),
                json.encodeInput(job),
                schedule.cron(),
                schedule.period() == null ? null : schedule.period().toString(),
                schedule.zone().getId(),
                schedule.gap() == null ? null : schedule.gap().name(),
                schedule.overlap() == null ? null : schedule.overlap().name(),
                schedule.catchUp().text(),
                schedule.ifRunning().name(),
                schedule.jitter() == null ? null : schedule.jitter().toString(),
                job.queue(),
                job.priority(),
                job.userId(),
                job.projectId(),
                job.maxAttempts(),
                job.timeLimit(),
                job.locale(),
                MetadataJson.write(job.metadata()),
                job.expiresAfter(),
                JobLimit.text(job.limits()));
    }
}
