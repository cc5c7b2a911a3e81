package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.UniqueKeyRule;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Adds jobs within a transaction: jobs without relatives each by itself, a family or graph all or none, and so the jobs that a job spawns.
 */
final class RowAdding {
    private final RowTransaction moves;
    private final JobRowAccess rows;

    RowAdding(RowTransaction moves) {
        this.moves = moves;
        this.rows = moves.rows();
    }

    List<Added> add(List<EncodedJob> jobs, NewFamilies families) {
        if (!families.isEmpty()) {
            return addFamily(jobs, families);
        }
        Optional<UUID> rejectedFor = rejectedFor(jobs, families);
        return rejectedFor.isPresent()
                ? refused(jobs, new Added(rejectedFor.get(), Added.Outcome.CONFLICT))
                : jobs.stream().map(each -> addOne(each, families)).toList();
    }

    private static List<Added> refused(List<EncodedJob> jobs, Added refusal) {
        return jobs.stream().map(each -> refusal).toList();
    }

    /** The job that has the key of one that is not to be added then, also if that is one before it in the same call. */
    private Optional<UUID> rejectedFor(List<EncodedJob> jobs, NewFamilies families) {
        if (jobs.stream().noneMatch(RowAdding::rejects)) {
            return Optional.empty();
        }
        Set<List<Object>> taken = new HashSet<>();
        for (EncodedJob each : jobs) {
            UniqueKey key = each.job().uniqueKey();
            if (key == null || isKnown(each)) {
                continue;
            }
            Job job = moves.transitions().add(each, families, 0);
            Optional<UUID> holder = holderOf(job);
            List<Object> held = List.of(job.type(), key.key(), key.scope());
            if (rejects(each) && holder.isPresent() && !holder.get().equals(job.id())) {
                return holder;
            }
            if (holder.isEmpty() && !taken.add(held) && rejects(each)) {
                return Optional.of(job.id());
            }
        }
        return Optional.empty();
    }

    private static boolean rejects(EncodedJob job) {
        UniqueKey key = job.job().uniqueKey();
        return key != null && key.rejects();
    }

    /** The job that has the key of a new one, in its scope. */
    private Optional<UUID> holderOf(Job job) {
        String key = Objects.requireNonNull(job.uniqueKey());
        UniqueKey.Scope scope = Objects.requireNonNull(job.keyScope());
        if (scope != UniqueKey.Scope.PERIOD) {
            return rows.holderOf(job.type(), key, scope);
        }
        TimedUniqueKey held = rows.periodKey(job.type(), key);
        return held == null || !held.expiresAt().isAfter(moves.transitions().now())
                ? Optional.empty()
                : Optional.of(held.jobId());
    }

    private Added addOne(EncodedJob encoded, NewFamilies families) {
        NewJob job = encoded.job();
        if (isKnown(encoded)) {
            return new Added(job.id(), Added.Outcome.ID_EXISTS);
        }
        Job added = moves.transitions().add(encoded, families, 0);
        Optional<UUID> holder = added.uniqueKey() == null ? Optional.empty() : holderOf(added);
        if (holder.isPresent()) {
            return taken(encoded, holder.get());
        }
        add(added, encoded);
        return new Added(job.id(), Added.Outcome.ADDED);
    }

    private Added taken(EncodedJob encoded, UUID holder) {
        UniqueKey key = Objects.requireNonNull(encoded.job().uniqueKey());
        if (holder.equals(encoded.job().id())) {
            // It had the key for a period, and was deleted.
            return new Added(holder, Added.Outcome.ID_EXISTS);
        }
        Job standing = rows.get(holder);
        if (!key.replacesInput() || standing == null || !UniqueKeyRule.takesInput(standing)) {
            return new Added(holder, Added.Outcome.KEY_TAKEN);
        }
        moves.replace(moves.transitions().replaceInput(standing, encoded));
        return new Added(holder, Added.Outcome.REPLACED);
    }

    private void add(Job added, EncodedJob encoded) {
        moves.add(added);
        UniqueKey key = encoded.job().uniqueKey();
        if (key != null && key.period() != null) {
            Instant end = moves.transitions().now().plus(key.period());
            rows.put(new TimedUniqueKey(added.type(), key.key(), added.id(), end));
        }
    }

    private List<Added> addFamily(List<EncodedJob> jobs, NewFamilies families) {
        List<EncodedJob> unknown = jobs.stream().filter(each -> !isKnown(each)).toList();
        List<Job> unknownRows = rowsOf(unknown, families);
        Optional<Added> refusal = families.refusal(rows::get, moves.relatives()::waiters)
                .or(() -> UniqueKeyRule.conflict(unknownRows, this::holderOf)
                        .map(id -> new Added(id, Added.Outcome.CONFLICT)));
        if (refusal.isPresent()) {
            return refused(jobs, refusal.get());
        }
        List<Added> answers = jobs.stream()
                .map(each -> new Added(each.job().id(), isKnown(each) ? Added.Outcome.ID_EXISTS : Added.Outcome.ADDED))
                .toList();
        put(unknownRows, unknown);
        return answers;
    }

    /** Adds the jobs that a job spawns, unless the id or the unique key of one of them is taken. */
    boolean spawn(UUID spawner, List<EncodedJob> jobs) {
        List<Job> spawned = rowsOf(jobs, NewFamilies.ofSpawned(spawner, jobs));
        if (jobs.stream().anyMatch(this::isKnown)
                || UniqueKeyRule.conflict(spawned, this::holderOf).isPresent()) {
            return false;
        }
        put(spawned, jobs);
        return true;
    }

    private boolean isKnown(EncodedJob encoded) {
        return rows.get(encoded.job().id()) != null;
    }

    /** New rows. Children get positions after those of the children that their parents already have. */
    private List<Job> rowsOf(List<EncodedJob> jobs, NewFamilies families) {
        Map<UUID, Integer> last = new HashMap<>();
        return jobs.stream()
                .map(each -> moves.transitions()
                        .add(each, families, lastPosition(each.job().parentId(), last)))
                .toList();
    }

    private int lastPosition(@Nullable UUID parent, Map<UUID, Integer> known) {
        return parent == null ? 0 : known.computeIfAbsent(parent, rows::lastPosition);
    }

    private void put(List<Job> jobs, List<EncodedJob> encoded) {
        for (int i = 0; i < jobs.size(); i++) {
            add(jobs.get(i), encoded.get(i));
        }
        for (EncodedJob each : encoded) {
            List<UUID> predecessors = each.job().predecessors();
            if (!predecessors.isEmpty()) {
                rows.comesAfter(each.job().id(), predecessors);
                predecessors.forEach(this::mark);
            }
        }
    }

    /** Marks a predecessor once, though a call may add many jobs that come after it. */
    private void mark(UUID predecessor) {
        Job job = Objects.requireNonNull(rows.get(predecessor));
        if (!job.relations().hasSuccessors()) {
            rows.put(moves.transitions().withSuccessors(job));
        }
    }
}
