/** The pages about one job and its family. */
@NullMarked
package io.forthwith.dashboard.internal.job;

import org.jspecify.annotations.NullMarked;
