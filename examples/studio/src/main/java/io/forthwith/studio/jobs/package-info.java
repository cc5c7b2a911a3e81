/** The studio's jobs and the processors that do them: the part to copy from. */
@NullMarked
package io.forthwith.studio.jobs;

import org.jspecify.annotations.NullMarked;
