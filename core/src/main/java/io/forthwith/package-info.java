/**
 * The vocabulary of the library: jobs, processors, errors and policies. The other packages build on it.
 *
 * <p>In all packages, an argument is not null unless it is marked as nullable. What a host application calls refuses a
 * null at once, by a {@link NullPointerException} that names the argument and the way out.
 */
@NullMarked
package io.forthwith;

import org.jspecify.annotations.NullMarked;
