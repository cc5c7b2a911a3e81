/** A small short-video studio that runs its work as background jobs: start reading at {@link io.forthwith.studio.Studio}. */
@NullMarked
package io.forthwith.studio;

import org.jspecify.annotations.NullMarked;
