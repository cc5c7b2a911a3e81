/** The job types of the studio and their processors: the part to copy from. */
@NullMarked
package io.forthwith.studio.jobs;

import org.jspecify.annotations.NullMarked;
