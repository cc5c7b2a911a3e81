/** The vocabulary of the library: jobs, processors, errors and policies. The other packages build on it. */
@NullMarked
package io.forthwith;

import org.jspecify.annotations.NullMarked;
