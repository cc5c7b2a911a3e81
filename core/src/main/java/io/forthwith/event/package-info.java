/** What happened to jobs, told after it is durable. */
@NullMarked
package io.forthwith.event;

import org.jspecify.annotations.NullMarked;
