package io.forthwith.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Enqueues a job for this method again and again, with a {@link io.forthwith.schedule.Schedule} that has no input. The method may be a {@link JobHandler}; without that
 * annotation, the type of its jobs has the name of the schedule. All of its texts may have placeholders: <code>${…}</code>. They are checked when the application starts.
 *
 * <pre>{@code
 * @Recurring(name = "nightly-report", cron = "0 3 * * *", zone = "Europe/Berlin")
 * void report() { … }
 * }</pre>
 *
 * <p>For an input, a queue, or another answer to times that were missed, declare a bean of type {@code Schedule} instead.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Recurring {
    /** As {@link #cron} or {@link #every}: the method has no schedule here, for example in one environment. */
    String DISABLED = "-";

    /** The name of the schedule, as for a job type; one schedule of a store has it. */
    String name();

    /** At which times, see {@link io.forthwith.schedule.Schedule#cron}; this or {@link #every}. */
    String cron() default "";

    /** At which distances, such as {@code 15m} or {@code PT15M}, see {@link io.forthwith.schedule.Schedule#every}; this or {@link #cron}. */
    String every() default "";

    /** The time zone of {@link #cron}, by default UTC. */
    String zone() default "UTC";
}
