package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.store.RowsInMemory;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who belongs together among the rows of one step, which is all that a store has to say about families. Not thread-safe. */
final class Relatives extends RowsInMemory {
    private final Rows rows;
    private final Consumer<Job> write;

    /** @param write replaces a job */
    Relatives(Rows rows, Consumer<Job> write) {
        this.rows = rows;
        this.write = write;
    }

    @Override
    public @Nullable Job get(UUID id) {
        return rows.get(id);
    }

    @Override
    public void put(Job moved) {
        write.accept(moved);
    }

    @Override
    protected Collection<Job> childrenOf(UUID parent) {
        return rows.childrenOf(parent).toList();
    }

    @Override
    protected Collection<Job> predecessorsOf(UUID job) {
        return rows.predecessorsOf(job);
    }

    @Override
    protected Collection<UUID> successorsOf(UUID job) {
        return rows.successorsOf(job).map(Job::id).toList();
    }
}
