/**
 * The job store behind {@code JdbcJobStore}: not exported, and not for applications. {@link
 * io.forthwith.jdbc.internal.SupportedDatabases} chooses the database.
 *
 * <p>The rooms, from the bottom up; each uses those below it only:
 *
 * <ol>
 *   <li>{@code sql} runs statements and knows nothing of jobs: dialects, connections, transactions, errors.
 *   <li>{@code rows} reads and writes rows; {@code schema} makes and checks the tables.
 *   <li>{@code family} locks jobs together with their relatives, and asks how those stand.
 *   <li>{@code operations} runs the operations of the store, as all databases do.
 *   <li>{@code postgresql}, {@code mariadb}, {@code sqlite} and {@code h2} have the dialect of each database and its own operations.
 * </ol>
 */
@NullMarked
package io.forthwith.jdbc.internal;

import org.jspecify.annotations.NullMarked;
