/** The contract of {@link io.forthwith.store.JobStore} as tests: extend {@code JobStoreContract} to prove a store. */
@NullMarked
package io.forthwith.store.kit;

import org.jspecify.annotations.NullMarked;
