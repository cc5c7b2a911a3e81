/**
 * The words a user speaks: jobs, processors, errors and policies. Depends on nothing but the internal text helpers.
 */
@NullMarked
package io.forthwith;

import org.jspecify.annotations.NullMarked;
