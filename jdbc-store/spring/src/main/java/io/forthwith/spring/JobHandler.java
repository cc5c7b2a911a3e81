package io.forthwith.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method of a bean run the jobs of one type. What it returns is the result, stored as JSON.
 *
 * <pre>{@code
 * @JobHandler("confirm-order")
 * String confirm(Confirmation confirmation, JobContext job) { … }
 * }</pre>
 *
 * <p>The method has the input as a parameter, a {@link io.forthwith.JobContext}, both or none. It is called through the proxy of its bean, so {@code
 * @Transactional} and aspects hold for it; its own transaction ends before the job does. It runs on many threads at a time, and may run twice for one job, as {@link
 * io.forthwith.Processor} says. Its bean is a singleton. An application that breaks one of these rules, or names one type twice, does not start, and the message names
 * the method.
 *
 * <p>Jobs are enqueued by the same name: {@code NewJob.of(JobType.of("confirm-order", Confirmation.class), confirmation)}. {@link io.forthwith.BaseProcessor} has more
 * settings, validation and durable steps.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface JobHandler {
    /** The name of the job type, 1 to 128 of the characters {@code A-Z a-z 0-9 _ - . / :}. May have placeholders: <code>${…}</code>. */
    String value();

    /** The names that the type had before, see {@link io.forthwith.JobType#formerly}. By default none. May have placeholders. */
    String[] formerly() default {};

    /** How long one attempt may take, such as {@code 90s} or {@code PT1M30S}; by default 10 minutes. May have placeholders. */
    String timeLimit() default "";

    /** The name of the bean that is the {@link io.forthwith.RetryPolicy}; by default {@link io.forthwith.RetryPolicy#exponential()}. May have placeholders. */
    String retryPolicy() default "";
}
