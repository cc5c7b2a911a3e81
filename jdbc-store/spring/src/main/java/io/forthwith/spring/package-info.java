/**
 * Jobs in applications with Spring: {@link io.forthwith.spring.SpringJobStore} takes part in Spring's transactions, and
 * {@link io.forthwith.spring.WorkerLifecycle} starts and stops a worker with its application context. The starters for Spring Boot use both.
 */
@NullMarked
package io.forthwith.spring;

import org.jspecify.annotations.NullMarked;
