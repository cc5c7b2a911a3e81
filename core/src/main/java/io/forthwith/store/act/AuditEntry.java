package io.forthwith.store.act;

import io.forthwith.internal.SafeText;
import io.forthwith.internal.UuidV7;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who has done what. Immutable.
 *
 * @param id grows with time, by the clock of the store
 * @param at when, by the clock of the store
 * @param author who, why, and from where
 * @param what was done, in one line of at most 500 characters: {@code retry}
 * @param act the act on many jobs that this belongs to; null if it belongs to none
 * @param subjects the ids of the jobs to which it was done; or the name of the queue, limit or schedule
 * @param answer what has become of it, in one line of at most 500 characters
 */
public record AuditEntry(
        UUID id,
        Instant at,
        Author author,
        String what,
        @Nullable UUID act,
        List<String> subjects,
        String answer) {
    private static final int LONGEST = 500;

    /** Copies the list, and makes the texts safe to store and to show; what is too long is cut. */
    public AuditEntry {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(author, "author");
        what = SafeText.line(Objects.requireNonNull(what, "what"), LONGEST);
        subjects = Objects.requireNonNull(subjects, "subjects").stream()
                .map(subject -> SafeText.line(subject, LONGEST))
                .toList();
        answer = SafeText.line(Objects.requireNonNull(answer, "answer"), LONGEST);
    }

    /**
     * Makes the id of an entry that is written at this time. An id of a later microsecond is higher, and the ids that one process makes for the same time are in their order. Some
     * databases keep milliseconds only.
     */
    public static UUID idAt(Instant time) {
        UUID next = UuidV7.next();
        long made = next.getMostSignificantBits();
        long micros = ChronoUnit.MICROS.between(time.truncatedTo(ChronoUnit.MILLIS), time);
        long high = (time.toEpochMilli() << 16) | 0x7000L | (micros << 2);
        // Of the process, the last bits of the millisecond, and the count within it.
        long order = (((made >>> 16) & 0x3_FFFFL) << 12) | (made & 0xFFFL);
        return new UUID(high, Long.MIN_VALUE | (order << 32) | (next.getLeastSignificantBits() & 0xFFFF_FFFFL));
    }
}
