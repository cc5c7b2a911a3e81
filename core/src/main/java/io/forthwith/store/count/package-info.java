/** What a store counts: how attempts ended, which failures are alike, and how deep queues are. */
@NullMarked
package io.forthwith.store.count;

import org.jspecify.annotations.NullMarked;
