/** The dashboard in a servlet container. Only this package needs the API of servlets. */
@NullMarked
package io.forthwith.dashboard.servlet;

import org.jspecify.annotations.NullMarked;
