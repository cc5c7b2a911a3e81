/** What a worker tells others: the log, listeners and counts. Not exported. */
@NullMarked
package io.forthwith.worker.internal.report;

import org.jspecify.annotations.NullMarked;
