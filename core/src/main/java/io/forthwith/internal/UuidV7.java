package io.forthwith.internal;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time-ordered identifiers (RFC 9562, version 7): 48 bits of Unix milliseconds, 12 bits that count within the
 * millisecond, and 62 random bits. The ids of one process sort in the order in which they were made.
 */
public final class UuidV7 {
    private static final SecureRandom RANDOM = new SecureRandom();
    /** The time stamp of the last id: milliseconds shifted left by 12, plus the counter. */
    private static final AtomicLong LAST = new AtomicLong();

    private UuidV7() {}

    public static UUID next() {
        long now = System.currentTimeMillis() << 12;
        // If the counter is full or the clock was set back, the next millisecond is used: the order matters more than
        // the exact time.
        long stamp = LAST.updateAndGet(last -> Math.max(last + 1, now));
        long high = (stamp >>> 12) << 16 | 0x7000L | (stamp & 0xFFFL);
        long low = RANDOM.nextLong() >>> 2 | 0x8000000000000000L;
        return new UUID(high, low);
    }
}
