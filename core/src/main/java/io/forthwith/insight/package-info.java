/** Why a job does not run, and how the queues stand. */
@NullMarked
package io.forthwith.insight;

import org.jspecify.annotations.NullMarked;
