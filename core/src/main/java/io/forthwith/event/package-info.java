/** Events of jobs, for listeners, and interceptors, which run around attempts. */
@NullMarked
package io.forthwith.event;

import org.jspecify.annotations.NullMarked;
