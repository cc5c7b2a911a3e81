/** Workers in processes of their own. */
@NullMarked
package io.forthwith.studio.process;

import org.jspecify.annotations.NullMarked;
