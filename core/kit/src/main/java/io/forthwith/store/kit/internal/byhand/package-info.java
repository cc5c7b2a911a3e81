/** The contract of what people do to many jobs, and to what a job will be: its time, priority and queue. */
@NullMarked
package io.forthwith.store.kit.internal.byhand;

import org.jspecify.annotations.NullMarked;
