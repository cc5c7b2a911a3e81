/** How loops are driven, woken and guarded against a failing store. Not exported. */
@NullMarked
package io.forthwith.worker.internal.loop;

import org.jspecify.annotations.NullMarked;
