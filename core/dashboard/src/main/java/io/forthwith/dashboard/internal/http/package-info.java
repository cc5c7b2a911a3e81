/** What every adapter for a web server does alike. */
@NullMarked
package io.forthwith.dashboard.internal.http;

import org.jspecify.annotations.NullMarked;
