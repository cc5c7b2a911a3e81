/**
 * The rules that every store applies, each in one place: what becomes of a job when it is claimed, settled, cancelled or retried, which other
 * jobs move because of that, and what a call may add. For authors of stores.
 *
 * <p>A rule is a pure function: it is given rows that the store has locked, and answers which rows to write. It neither reads nor writes
 * rows itself. Where it needs more rows, it asks for them through {@link io.forthwith.store.rules.CascadeRows}, {@link
 * io.forthwith.store.rules.RetryRows} or a supplier, and only when the answer matters. A rule whose outcome has several parts returns a {@code
 * Verdict}: the answer to the caller and what the store has to write.
 *
 * <p>{@link io.forthwith.store.rules.JobMoves} says what a single job becomes, {@link io.forthwith.store.rules.Cascade} which other jobs
 * follow, and {@link io.forthwith.store.rules.NewFamilies} what holds for the jobs of one call.
 */
@NullMarked
package io.forthwith.store.rules;

import org.jspecify.annotations.NullMarked;
