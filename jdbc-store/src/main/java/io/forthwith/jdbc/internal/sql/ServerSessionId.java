package io.forthwith.jdbc.internal.sql;

import java.time.Instant;

/**
 * A session of the database server, as the server names it.
 *
 * @param pid the process id of the session; the server may use it again for a later session
 * @param start when the session began, which tells it from later ones with the same process id
 */
public record ServerSessionId(int pid, Instant start) {}
