package io.forthwith.jdbc.internal.sql;

import java.time.Instant;

/**
 * A session as the server names it.
 *
 * @param pid may be used again by a later session
 * @param start tells it from those
 */
public record ServerSession(int pid, Instant start) {}
