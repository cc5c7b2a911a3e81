/**
 * Jobs and their relatives: parents, children, predecessors and successors. {@link
 * io.forthwith.jdbc.internal.family.FamilyLocks} locks them in one order, {@link
 * io.forthwith.jdbc.internal.family.LockedJobs} applies the rules of core to the locked rows and writes what
 * follows.
 */
@NullMarked
package io.forthwith.jdbc.internal.family;

import org.jspecify.annotations.NullMarked;
