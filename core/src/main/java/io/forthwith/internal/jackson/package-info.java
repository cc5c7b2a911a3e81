/** The words in which the codecs of both versions of Jackson refuse; this package uses neither. */
@NullMarked
package io.forthwith.internal.jackson;

import org.jspecify.annotations.NullMarked;
