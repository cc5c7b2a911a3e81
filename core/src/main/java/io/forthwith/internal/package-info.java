/**
 * Helpers that several packages of the core share: rules for names and delays, messages for users, safe text, ids,
 * causes. Exported only to modules of the library.
 */
@NullMarked
package io.forthwith.internal;

import org.jspecify.annotations.NullMarked;
