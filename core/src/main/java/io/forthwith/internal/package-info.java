/** What several packages of the core share: names, messages for end users, safe text, ids, delays, causes. Not exported. */
@NullMarked
package io.forthwith.internal;

import org.jspecify.annotations.NullMarked;
