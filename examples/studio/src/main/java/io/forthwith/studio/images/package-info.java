/** An image service on the loopback interface, and the client with which the jobs call it. */
@NullMarked
package io.forthwith.studio.images;

import org.jspecify.annotations.NullMarked;
