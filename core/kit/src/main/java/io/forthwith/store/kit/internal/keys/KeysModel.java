package io.forthwith.store.kit.internal.keys;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Jobs without relatives as the contract describes them: unique keys of each scope, deadlines, and what changes them. It shares no code with the
 * stores.
 *
 * <p>Time is counted in half ticks. It passes by whole ticks, and every duration is an odd number of halves, so that the time a test takes decides
 * nothing.
 */
final class KeysModel {
    private final Duration half;
    private final Map<UUID, Row> rows = new LinkedHashMap<>();
    private final Map<String, Hold> holds = new HashMap<>();
    private int now;

    /** A key for a period. */
    private record Hold(UUID job, int until) {}

    /** A job. */
    static final class Row {
        final NewJob job;
        Object input;
        JobStatus status = JobStatus.PENDING;
        boolean isClaimed;
        boolean hasStarted;
        boolean wasLost;
        boolean cancelRequested;
        boolean hasKey;
        int createdAt;
        int dueAt;

        @Nullable
        Integer expiresAt;

        private Row(NewJob job, Object input) {
            this.job = job;
            this.input = input;
        }

        private Row(Row row) {
            this(row.job, row.input);
            status = row.status;
            isClaimed = row.isClaimed;
            hasStarted = row.hasStarted;
            wasLost = row.wasLost;
            cancelRequested = row.cancelRequested;
            hasKey = row.hasKey;
            createdAt = row.createdAt;
            dueAt = row.dueAt;
            expiresAt = row.expiresAt;
        }

        UUID id() {
            return job.id();
        }

        void back(boolean started, int due) {
            status = JobStatus.PENDING;
            hasStarted |= started;
            dueAt = due;
        }
    }

    /** @param half of a tick */
    KeysModel(Duration half) {
        this.half = half;
    }

    private KeysModel copy() {
        KeysModel copy = new KeysModel(half);
        rows.forEach((id, row) -> copy.rows.put(id, new Row(row)));
        copy.holds.putAll(holds);
        copy.now = now;
        return copy;
    }

    private int halves(Duration length) {
        return (int) length.dividedBy(half);
    }

    int now() {
        return now;
    }

    void tick() {
        now += 2;
    }

    List<Row> all(Predicate<Row> which) {
        return rows.values().stream().filter(which).toList();
    }

    @Nullable
    Row find(UUID id) {
        return rows.get(id);
    }

    void delete(Row row) {
        rows.remove(row.id());
    }

    boolean isDue(Row row) {
        return row.status == JobStatus.PENDING && row.dueAt <= now;
    }

    boolean isExpired(Row row) {
        return row.status == JobStatus.PENDING && !row.hasStarted && row.expiresAt != null && row.expiresAt <= now;
    }

    /** The answers to one call. */
    List<String> add(List<NewJob> call) {
        KeysModel before = copy();
        List<String> answers = new ArrayList<>();
        for (NewJob job : call) {
            String answer = add(job);
            UniqueKey key = job.uniqueKey();
            if (answer.startsWith("KEY_TAKEN") && key != null && key.ifTaken() == UniqueKey.IfTaken.REJECT) {
                UUID holder = UUID.fromString(answer.substring("KEY_TAKEN ".length()));
                boolean isOfCall = answers.contains("ADDED " + holder);
                rows.clear();
                rows.putAll(before.rows);
                holds.clear();
                holds.putAll(before.holds);
                String refusal = "CONFLICT " + (isOfCall ? job.id() : holder);
                return call.stream().map(each -> refusal).toList();
            }
            answers.add(answer);
        }
        return answers;
    }

    private String add(NewJob job) {
        if (rows.containsKey(job.id())) {
            return "ID_EXISTS " + job.id();
        }
        UniqueKey key = job.uniqueKey();
        UUID holder = key == null ? null : holder(key);
        if (job.id().equals(holder)) {
            return "ID_EXISTS " + holder;
        }
        if (key != null && holder != null) {
            return taken(job, key, holder);
        }
        Row row = new Row(job, job.input() == null ? "" : job.input());
        row.hasKey = key != null;
        row.createdAt = now;
        row.dueAt = now + halves(job.delay());
        row.expiresAt = job.expiresAfter() == null ? null : now + halves(job.expiresAfter());
        rows.put(job.id(), row);
        if (key != null && key.period() != null) {
            holds.put(key.key(), new Hold(job.id(), now + halves(key.period())));
        }
        return "ADDED " + job.id();
    }

    private String taken(NewJob job, UniqueKey key, UUID holder) {
        Row row = rows.get(holder);
        boolean takesInput = row != null && row.status == JobStatus.PENDING && !row.isClaimed;
        if (row == null || !takesInput || !key.replacesInput()) {
            return "KEY_TAKEN " + holder;
        }
        row.input = job.input() == null ? "" : job.input();
        row.expiresAt = job.expiresAfter() == null ? null : now + halves(job.expiresAfter());
        if (key.longestDelay() != null) {
            int wanted = Math.min(now + halves(job.delay()), row.createdAt + halves(key.longestDelay()));
            row.dueAt = Math.max(wanted, Math.min(row.dueAt, now));
        }
        return "REPLACED " + holder;
    }

    private @Nullable UUID holder(UniqueKey key) {
        if (key.scope() == UniqueKey.Scope.PERIOD) {
            Hold hold = holds.get(key.key());
            return hold == null || hold.until <= now ? null : hold.job;
        }
        boolean untilStarted = key.scope() == UniqueKey.Scope.UNTIL_STARTED;
        return rows.values().stream()
                .filter(row -> row.hasKey && row.status.isOpen() && !(untilStarted && row.isClaimed))
                .filter(row -> row.job.uniqueKey() != null
                        && row.job.uniqueKey().scope() == key.scope()
                        && row.job.uniqueKey().key().equals(key.key()))
                .map(Row::id)
                .findFirst()
                .orElse(null);
    }

    String retry(Row row) {
        UniqueKey key = row.job.uniqueKey();
        if (key != null && key.scope() == UniqueKey.Scope.UNTIL_ENDED) {
            UUID holder = holder(key);
            if (holder != null) {
                return "KEY_TAKEN " + holder;
            }
        }
        if (key != null && key.scope() == UniqueKey.Scope.UNTIL_STARTED) {
            row.hasKey = false;
        }
        row.back(false, now);
        row.hasStarted = false;
        row.wasLost = false;
        row.cancelRequested = false;
        row.expiresAt = null;
        return "DONE";
    }

    /** What a row of a store has to say as well. */
    static String text(Row row) {
        UniqueKey key = row.hasKey ? row.job.uniqueKey() : null;
        return row.status.text() + ", input " + row.input + ", "
                + (row.isClaimed ? "claimed" : "never claimed")
                + (row.hasStarted && row.status == JobStatus.PENDING ? ", started" : "")
                + (key == null ? "" : ", key " + key.key() + " " + key.scope())
                + (row.expiresAt == null ? "" : ", with a deadline");
    }
}
