package io.forthwith.store.act;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one look into the audit has found. A look is short, so a page may have few entries or none while there are more. Immutable.
 *
 * @param entries what was found, newest first
 * @param next where the next page begins; null if everything has been searched
 * @param searchedBackTo when the last entry that was looked at was written; null if everything has been searched
 */
public record AuditPage(
        List<AuditEntry> entries,
        @Nullable UUID next,
        @Nullable Instant searchedBackTo) {
    /** Copies the list. */
    public AuditPage {
        entries = List.copyOf(entries);
    }
}
