package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.UniqueKeyRule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Adds jobs within a transaction: jobs without relatives each by itself, a family or graph all or none, and so the jobs that a job spawns.
 */
final class RowAdding {
    private final RowTransaction moves;
    private final JobRows rows;

    RowAdding(RowTransaction moves) {
        this.moves = moves;
        this.rows = moves.rows();
    }

    List<Added> add(List<EncodedJob> jobs, NewFamilies families) {
        return families.isEmpty()
                ? jobs.stream().map(each -> addOne(each, families)).toList()
                : addFamily(jobs, families);
    }

    private Added addOne(EncodedJob encoded, NewFamilies families) {
        NewJob job = encoded.job();
        if (isKnown(encoded)) {
            return new Added(job.id(), Added.Outcome.ID_EXISTS);
        }
        String key = job.uniqueKey();
        Optional<UUID> holder =
                key == null ? Optional.empty() : rows.holderOf(job.type().name(), key);
        if (holder.isPresent()) {
            return new Added(holder.get(), Added.Outcome.KEY_TAKEN);
        }
        moves.add(moves.transitions().add(encoded, families, 0));
        return new Added(job.id(), Added.Outcome.ADDED);
    }

    private List<Added> addFamily(List<EncodedJob> jobs, NewFamilies families) {
        List<EncodedJob> unknown = jobs.stream().filter(each -> !isKnown(each)).toList();
        List<Job> unknownRows = rowsOf(unknown, families);
        Optional<Added> refusal = families.refusal(rows::get, moves.relatives()::waiters)
                .or(() -> UniqueKeyRule.conflict(unknownRows, rows::holderOf)
                        .map(id -> new Added(id, Added.Outcome.CONFLICT)));
        if (refusal.isPresent()) {
            return jobs.stream().map(each -> refusal.get()).toList();
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
                || UniqueKeyRule.conflict(spawned, rows::holderOf).isPresent()) {
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
        jobs.forEach(moves::add);
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
