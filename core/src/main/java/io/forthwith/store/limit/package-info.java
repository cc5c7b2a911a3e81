/** What stores of jobs have in common to keep limits: which jobs may start, and what is kept of a key. */
@NullMarked
package io.forthwith.store.limit;

import org.jspecify.annotations.NullMarked;
