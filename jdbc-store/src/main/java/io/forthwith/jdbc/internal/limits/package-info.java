/** Limits: which jobs a claim may start. */
@NullMarked
package io.forthwith.jdbc.internal.limits;

import org.jspecify.annotations.NullMarked;
