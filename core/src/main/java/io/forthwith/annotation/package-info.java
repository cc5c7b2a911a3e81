/** What annotations say of the API itself. */
@NullMarked
package io.forthwith.annotation;

import org.jspecify.annotations.NullMarked;
