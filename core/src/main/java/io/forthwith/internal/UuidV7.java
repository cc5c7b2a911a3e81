package io.forthwith.internal;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time-ordered identifiers (RFC 9562, version 7): 48 bits of Unix milliseconds, 12 bits that count within the
 * millisecond so that the ids of one process sort in the order they were drawn, and 62 random bits.
 */
public final class UuidV7 {
    private static final SecureRandom RANDOM = new SecureRandom();
    /** The last time stamp given out: milliseconds shifted left by 12, plus the counter. */
    private static final AtomicLong LAST = new AtomicLong();

    private UuidV7() {}

    public static UUID next() {
        long now = System.currentTimeMillis() << 12;
        // A full counter, or a clock set back, borrows from the next millisecond: order matters more than the time.
        long stamp = LAST.updateAndGet(last -> Math.max(last + 1, now));
        long high = (stamp >>> 12) << 16 | 0x7000L | (stamp & 0xFFFL);
        long low = RANDOM.nextLong() >>> 2 | 0x8000000000000000L;
        return new UUID(high, low);
    }
}
