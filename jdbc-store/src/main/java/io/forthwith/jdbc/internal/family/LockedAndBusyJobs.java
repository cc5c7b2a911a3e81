package io.forthwith.jdbc.internal.family;

import java.util.Set;
import java.util.UUID;

/**
 * What a transaction has locked without waiting for others.
 *
 * @param locked the rows that were free
 * @param busy those of the jobs asked for that may change a row which another transaction has locked; they are to be left alone
 */
public record LockedAndBusyJobs(LockedJobs locked, Set<UUID> busy) {}
