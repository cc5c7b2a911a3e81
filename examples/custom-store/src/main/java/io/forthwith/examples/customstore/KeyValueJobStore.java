package io.forthwith.examples.customstore;

import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRows;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * A store in one file of H2's MVStore, a sorted key-value map on disk, for one process. What a call has answered survives a crash; jobs
 * that nobody asks for take no memory.
 *
 * <p>Each call is a step, done by the one thread that {@link KeyValueFile} has, and so after all others. {@link Rows} says what is kept and
 * how it is found. All else a store does is written in {@link AbstractJobStore}.
 *
 * <p>Thread-safe.
 */
public final class KeyValueJobStore extends AbstractJobStore implements AutoCloseable {
    private final KeyValueFile file;

    private KeyValueJobStore(KeyValueFile file, InstantSource clock) {
        super(clock, RandomGenerator.getDefault());
        this.file = file;
    }

    /**
     * Opens a store, with the jobs it had when it was last open.
     *
     * @param file made if there is none; one store at a time may have it open
     * @throws io.forthwith.JobStoreException if it cannot be read or is open already
     */
    public static KeyValueJobStore open(Path file, InstantSource clock) {
        return open(file.toString(), clock);
    }

    /** @param name as MVStore understands it, which may name another file system */
    static KeyValueJobStore open(String name, InstantSource clock) {
        KeyValueFile file = new KeyValueFile(name);
        try {
            file.atomically(rows -> true);
        } catch (RuntimeException refused) {
            file.close();
            throw refused;
        }
        return new KeyValueJobStore(file, clock);
    }

    @Override
    protected <T> T atomically(Function<? super JobRows, T> step) {
        return file.atomically(step);
    }

    /** All who add jobs are in this process. */
    @Override
    public boolean hearsOthers() {
        return true;
    }

    /** Closes the file; whatever is called then throws. */
    @Override
    public void close() {
        file.close();
    }
}
