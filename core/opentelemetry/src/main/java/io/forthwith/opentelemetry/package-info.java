/** Traces of jobs, by OpenTelemetry. */
@NullMarked
package io.forthwith.opentelemetry;

import org.jspecify.annotations.NullMarked;
