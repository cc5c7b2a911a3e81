/** What is counted: how attempts ended and why they failed, and how many jobs wait in the queues. */
@NullMarked
package io.forthwith.jdbc.internal.counts;

import org.jspecify.annotations.NullMarked;
