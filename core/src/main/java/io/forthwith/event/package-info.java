/** Events of jobs, for listeners. */
@NullMarked
package io.forthwith.event;

import org.jspecify.annotations.NullMarked;
