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

/** Adds jobs within an atomic step: each by itself, or a family or graph, or what a job spawns, of which all are added or none. */
final class RowAdding {
    private final RowTransaction step;
    private final JobRows rows;

    RowAdding(RowTransaction step) {
        this.step = step;
        this.rows = step.rows();
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
        step.add(step.moves().add(encoded, families, 0));
        return new Added(job.id(), Added.Outcome.ADDED);
    }

    private List<Added> addFamily(List<EncodedJob> jobs, NewFamilies families) {
        List<EncodedJob> unknown = jobs.stream().filter(each -> !isKnown(each)).toList();
        List<Job> unknownRows = rowsOf(unknown, families);
        Optional<Added> refusal = families.refusal(rows::get, step.relatives()::waiters)
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

    /** Adds what a job spawns, unless an id or a key of that is taken. */
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

    /** New rows, the children among them with places behind those that their parents have already. */
    private List<Job> rowsOf(List<EncodedJob> jobs, NewFamilies families) {
        Map<UUID, Integer> last = new HashMap<>();
        return jobs.stream()
                .map(each ->
                        step.moves().add(each, families, lastPosition(each.job().parentId(), last)))
                .toList();
    }

    private int lastPosition(@Nullable UUID parent, Map<UUID, Integer> known) {
        return parent == null ? 0 : known.computeIfAbsent(parent, rows::lastPosition);
    }

    private void put(List<Job> jobs, List<EncodedJob> encoded) {
        jobs.forEach(step::add);
        for (EncodedJob each : encoded) {
            List<UUID> predecessors = each.job().predecessors();
            if (!predecessors.isEmpty()) {
                rows.comesAfter(each.job().id(), predecessors);
                predecessors.forEach(this::mark);
            }
        }
    }

    /** Most of those that come after one job come in one call: it is marked once. */
    private void mark(UUID predecessor) {
        Job job = Objects.requireNonNull(rows.get(predecessor));
        if (!job.relations().hasSuccessors()) {
            rows.put(step.moves().withSuccessors(job));
        }
    }
}
