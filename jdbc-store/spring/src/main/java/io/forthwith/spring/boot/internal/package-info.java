/** What the starters share. It is not for applications. */
@NullMarked
package io.forthwith.spring.boot.internal;

import org.jspecify.annotations.NullMarked;
