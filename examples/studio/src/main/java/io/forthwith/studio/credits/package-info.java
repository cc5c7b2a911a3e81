/** What users pay with. */
@NullMarked
package io.forthwith.studio.credits;

import org.jspecify.annotations.NullMarked;
