/** JMH benchmarks of single parts of the worker. They report nanoseconds and bytes for each job. */
@NullMarked
package io.forthwith.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
