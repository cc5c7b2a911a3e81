/**
 * Threads for the loops of a worker: how they run, wait, are woken, and back off when the store fails. Not exported.
 */
@NullMarked
package io.forthwith.worker.internal.loop;

import org.jspecify.annotations.NullMarked;
