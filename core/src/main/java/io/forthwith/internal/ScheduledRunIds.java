package io.forthwith.internal;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** What follows from a schedule and one of its nominal times, and from nothing else. */
public final class ScheduledRunIds {
    private ScheduledRunIds() {}

    /**
     * The id of a run: a UUID of version 7 (RFC 9562) with the nominal time, and a hash in place of the random bits. If a time fired twice
     * for any reason, the second job would have the id of the first.
     */
    public static UUID of(String name, UUID creationId, Instant nominal) {
        ByteBuffer hash = hash(name, creationId, nominal);
        long millis = nominal.toEpochMilli() & 0xFFFF_FFFF_FFFFL;
        long high = (millis << 16) | 0x7000L | (hash.getLong() & 0xFFFL);
        long low = (hash.getLong() >>> 2) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** How much later than its nominal time a run begins. */
    public static Duration jitter(String name, UUID creationId, Instant nominal, Duration longest) {
        ByteBuffer hash = hash(name, creationId, nominal);
        hash.position(2 * Long.BYTES);
        return Duration.ofMillis(Math.floorMod(hash.getLong(), longest.toMillis() + 1));
    }

    private static ByteBuffer hash(String name, UUID creationId, Instant nominal) {
        return ByteBuffer.wrap(StoredTextReader.sha256(name + '\n' + creationId + '\n' + nominal));
    }
}
