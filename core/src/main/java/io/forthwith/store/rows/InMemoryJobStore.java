package io.forthwith.store.rows;

import io.forthwith.store.OutcomeStore;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * A store in the memory of one process: for unit tests, and as the readable reference of the SPI. Nothing survives the
 * process. Thread-safe: one lock, each transaction is one critical section.
 */
public final class InMemoryJobStore extends AbstractJobStore {
    private final InMemoryRows jobs;
    private final InMemoryOutcomes outcomes;

    /** An empty store on the system clock. */
    public InMemoryJobStore() {
        this(InstantSource.system(), RandomGenerator.getDefault());
    }

    /** An empty store whose clock is {@code clock} and whose jitter comes from {@code random}. */
    public InMemoryJobStore(InstantSource clock, RandomGenerator random) {
        super(random);
        this.jobs = new InMemoryRows(clock);
        this.outcomes = new InMemoryOutcomes(clock::instant);
    }

    @Override
    public Optional<OutcomeStore> outcomes() {
        return Optional.of(outcomes);
    }

    /** There is no rollback, because the work of a call never throws after its first change. */
    @Override
    protected synchronized <T> T atomically(Function<? super JobRows, T> work) {
        return work.apply(jobs);
    }

    /** All processes that can use it are this one. */
    @Override
    public boolean hearsOthers() {
        return true;
    }
}
