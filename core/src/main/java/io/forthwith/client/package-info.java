/** Enqueuing, finding, awaiting, cancelling and retrying jobs; needs no worker. */
@NullMarked
package io.forthwith.client;

import org.jspecify.annotations.NullMarked;
