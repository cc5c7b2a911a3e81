/** What a person sees while the studio runs. */
@NullMarked
package io.forthwith.studio.show;

import org.jspecify.annotations.NullMarked;
