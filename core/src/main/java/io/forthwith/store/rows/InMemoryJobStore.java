package io.forthwith.store.rows;

import java.time.InstantSource;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * A store in the memory of one process: for unit tests, and as the readable reference of the SPI. Nothing survives the
 * process. Thread-safe: one lock, each call is one critical section.
 */
public final class InMemoryJobStore extends AbstractJobStore {
    private final JobTable jobs = new JobTable();

    /** An empty store on the system clock. */
    public InMemoryJobStore() {
        this(InstantSource.system(), RandomGenerator.getDefault());
    }

    /** An empty store whose clock is {@code clock} and whose jitter comes from {@code random}. */
    public InMemoryJobStore(InstantSource clock, RandomGenerator random) {
        super(clock, random);
    }

    /** Nothing is undone: whatever a call may hold, no step throws half-way. */
    @Override
    protected synchronized <T> T atomically(Function<? super JobRows, T> step) {
        return step.apply(jobs);
    }

    /** All there are share the memory. */
    @Override
    public boolean hearsOthers() {
        return true;
    }
}
