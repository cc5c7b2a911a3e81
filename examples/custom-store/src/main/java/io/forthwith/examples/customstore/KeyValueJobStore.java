package io.forthwith.examples.customstore;

import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRowAccess;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * A store in one file of H2's MVStore, a sorted key-value map on disk, for one process. Changes survive a crash after their call has returned.
 * Jobs are not kept in memory.
 *
 * <p>{@link KeyValueFile} runs the transactions, one after the other on one thread. {@link KeyValueRows} keeps and finds the rows. Everything
 * else is in {@link AbstractJobStore}.
 *
 * <p>Thread-safe.
 */
public final class KeyValueJobStore extends AbstractJobStore implements AutoCloseable {
    private final KeyValueFile file;

    private KeyValueJobStore(KeyValueFile file) {
        this.file = file;
    }

    /**
     * Opens a store with the jobs that the file holds.
     *
     * @param file created if there is none; one store at a time may have it open
     * @throws io.forthwith.JobStoreException if it cannot be read or is open already
     */
    public static KeyValueJobStore open(Path file, InstantSource clock) {
        return open(file.toString(), clock);
    }

    /** @param name as MVStore understands it; it may name another file system */
    static KeyValueJobStore open(String name, InstantSource clock) {
        KeyValueFile file = new KeyValueFile(name, clock);
        try {
            file.atomically(rows -> true);
        } catch (RuntimeException refused) {
            file.close();
            throw refused;
        }
        return new KeyValueJobStore(file);
    }

    @Override
    protected <T> T atomically(Function<? super JobRowAccess, T> work) {
        return file.atomically(work);
    }

    /** Only this process can add jobs. */
    @Override
    public boolean hearsOthers() {
        return true;
    }

    /** Closes the file; every later call throws. */
    @Override
    public void close() {
        file.close();
    }
}
