/** An image service on loopback, and the client that the jobs ask it with. */
@NullMarked
package io.forthwith.studio.images;

import org.jspecify.annotations.NullMarked;
