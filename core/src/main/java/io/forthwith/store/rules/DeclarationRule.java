package io.forthwith.store.rules;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.schedule.StoredSchedule.Declaration;
import io.forthwith.store.ScheduleStore;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who decides what a schedule is. A client puts schedules that no worker declares. Workers declare those of their owner: the newest version
 * among the living workers decides, so that a new version takes over while workers of the old one still run, and a rollback brings the old definition back. Pure functions,
 * as {@link ScheduleRule}.
 */
public final class DeclarationRule {
    /** A schedule that no living worker has declared for so long is retired. */
    public static final Duration RETIRED_AFTER = Duration.ofHours(1);

    /** A declaration is written again when it is older than this, so that one that nobody repeats shows. */
    private static final Duration RENEWED_AFTER = Duration.ofMinutes(10);

    private DeclarationRule() {}

    /** What became of a definition. */
    public enum Outcome {
        /** It was stored. */
        CHANGED,
        /** It is stored already. */
        UNCHANGED,
        /** A newer version of the owner is alive and decides. */
        OLDER,
        /** The schedule belongs to another owner. */
        OF_ANOTHER,
        /** The schedule was put by a client or by SQL. */
        NOT_DECLARED
    }

    /**
     * What a client puts.
     *
     * @param creationId of a new schedule
     * @throws IllegalArgumentException if the definition cannot be read
     */
    public static ScheduleStore.Decision<Outcome> put(
            @Nullable StoredSchedule row,
            ScheduleStore.Facts facts,
            String name,
            UUID creationId,
            ScheduleDefinition definition) {
        if (row != null && row.declaration() != null) {
            return ScheduleStore.Decision.of(Outcome.OF_ANOTHER, row);
        }
        if (row != null && row.definition().equals(definition)) {
            return ScheduleStore.Decision.of(Outcome.UNCHANGED, row);
        }
        return ScheduleStore.Decision.of(
                Outcome.CHANGED, ScheduleRule.defined(row, name, creationId, definition, facts.now()));
    }

    /**
     * What a worker declares.
     *
     * @param creationId of a new schedule
     * @throws IllegalArgumentException if the definition cannot be read
     */
    public static ScheduleStore.Decision<Outcome> declare(
            @Nullable StoredSchedule row,
            ScheduleStore.Facts facts,
            String name,
            UUID creationId,
            ScheduleDefinition definition,
            String owner,
            long version) {
        Instant now = facts.now();
        Declaration stored = row == null ? null : row.declaration();
        if (row != null && stored == null) {
            return ScheduleStore.Decision.of(Outcome.NOT_DECLARED, row);
        }
        if (stored != null && !stored.owner().equals(owner)) {
            return ScheduleStore.Decision.of(Outcome.OF_ANOTHER, row);
        }
        // Asked after the row was locked. A newer worker registers before it declares: an older one that locks the row
        // later sees that, and one that locks it earlier is overwritten.
        Long newest = facts.newestVersion(owner);
        if (newest != null && newest > version) {
            return ScheduleStore.Decision.of(Outcome.OLDER, renewed(row, now));
        }
        boolean isSame = row != null
                && row.definition().equals(definition)
                && stored != null
                && stored.version() == version
                && stored.retiredAt() == null;
        if (isSame) {
            return ScheduleStore.Decision.of(Outcome.UNCHANGED, renewed(row, now));
        }
        StoredSchedule defined = ScheduleRule.defined(row, name, creationId, definition, now);
        return ScheduleStore.Decision.of(
                Outcome.CHANGED,
                defined.with(LibraryOnly.KEY, new Declaration(LibraryOnly.KEY, owner, version, now, null)));
    }

    private static @Nullable StoredSchedule renewed(@Nullable StoredSchedule row, Instant now) {
        Declaration stored = row == null ? null : row.declaration();
        return row == null
                        || stored == null
                        || stored.declaredAt().plus(RENEWED_AFTER).isAfter(now)
                ? row
                : row.with(
                        LibraryOnly.KEY,
                        new Declaration(LibraryOnly.KEY, stored.owner(), stored.version(), now, stored.retiredAt()));
    }

    /**
     * Retires a schedule that the newest version of its owner does not declare.
     *
     * @param version the version that does not declare it
     * @return whether it is retired now and was not before
     */
    public static ScheduleStore.Decision<Boolean> retire(
            @Nullable StoredSchedule row, ScheduleStore.Facts facts, String owner, long version) {
        Declaration stored = row == null ? null : row.declaration();
        if (row == null || stored == null || !stored.owner().equals(owner) || stored.retiredAt() != null) {
            return ScheduleStore.Decision.of(false, row);
        }
        Long newest = facts.newestVersion(owner);
        Instant now = facts.now();
        if ((newest != null && newest > version)
                || stored.declaredAt().plus(RETIRED_AFTER).isAfter(now)) {
            return ScheduleStore.Decision.of(false, row);
        }
        return ScheduleStore.Decision.of(
                true,
                row.with(
                        LibraryOnly.KEY,
                        new Declaration(LibraryOnly.KEY, owner, stored.version(), stored.declaredAt(), now)));
    }
}
