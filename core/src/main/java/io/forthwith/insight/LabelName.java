package io.forthwith.insight;

import java.time.Instant;

/**
 * A name of metadata by whose values jobs are found. Immutable.
 *
 * @param name the name, as for {@link io.forthwith.NewJob#metadata}
 * @param since when a process first declared it: jobs that were enqueued before have no such label
 */
public record LabelName(String name, Instant since) {}
