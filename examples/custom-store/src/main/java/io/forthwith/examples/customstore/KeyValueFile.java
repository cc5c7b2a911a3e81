package io.forthwith.examples.customstore;

import io.forthwith.JobStoreException;
import io.forthwith.JobStoreException.Kind;
import io.forthwith.insight.RegisteredWorker;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * The file, and the one thread that reads and writes it. Each call is one transaction, which is on disk when the call returns.
 *
 * <p>One thread makes locks unnecessary. It also protects the file from interrupts: MVStore closes its file when a thread that reads or writes
 * it is interrupted, and workers interrupt their jobs, which may add other jobs.
 *
 * <p>By default MVStore commits in the middle of a transaction: after a second, and after some megabytes. Both are switched off. After a
 * failed write MVStore cannot be used any more. The next call opens the file again, with the last transaction that is complete on disk: the
 * failed one, or the one before it.
 *
 * <p>Thread-safe.
 */
final class KeyValueFile implements AutoCloseable {
    /** Commits between two checks of how much of the file is in use. */
    private static final int COMPACT_EVERY = 200;
    /** Chunks of which less than this percentage is in use are rewritten. */
    private static final int FILL_RATE = 60;

    private static final int COMPACT_BYTES = 4 * 1024 * 1024;

    private final String name;
    private final InstantSource clock;
    private final ExecutorService thread;
    /** Used by the thread only; kept when the file is opened again. */
    private final Map<UUID, RegisteredWorker> workers = new HashMap<>();
    /** Used by the thread only; null until the file is opened, also after a failure. */
    private @Nullable Opened opened;
    /** Used by the thread only. */
    private boolean isClosed;
    /** Used by the thread only. */
    private int commits;

    private record Opened(MVStore file, KeyValueRows rows) {}

    /** @param name of the file, which is created if there is none */
    KeyValueFile(String name, InstantSource clock) {
        this.name = name;
        this.clock = clock;
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, "key-value-file");
            made.setDaemon(true);
            return made;
        });
    }

    /**
     * Runs a transaction. If the work throws, nothing has changed.
     *
     * @throws JobStoreException if the file cannot be read or written
     */
    <T> T atomically(Function<? super KeyValueRows, T> work) {
        return onThread(() -> commit(work));
    }

    private <T> T commit(Function<? super KeyValueRows, T> work) {
        Opened current = attempt(Kind.TRANSIENT, this::open);
        MVStore file = current.file();
        T answer;
        try {
            answer = attempt(Kind.TRANSIENT, () -> work.apply(current.rows()));
        } catch (RuntimeException | Error refused) {
            if (opened != null) {
                attempt(Kind.TRANSIENT, () -> {
                    file.rollback();
                    return true;
                });
            }
            throw refused;
        }
        if (file.hasUnsavedChanges()) {
            attempt(Kind.UNKNOWN_OUTCOME, () -> {
                file.commit();
                file.sync();
                return true;
            });
            commits++;
        }
        return answer;
    }

    private Opened open() {
        if (isClosed) {
            throw closed(null);
        }
        if (opened == null) {
            MVStore file = new MVStore.Builder()
                    .fileName(name)
                    .autoCommitDisabled()
                    .autoCommitBufferSize(0)
                    .open();
            // Space that no commit uses may be overwritten at once, because each commit waits for the disk.
            file.setRetentionTime(0);
            opened = new Opened(file, new KeyValueRows(file, workers, clock));
            // Otherwise a rollback of the first transaction would remove the maps.
            file.commit();
        } else if (commits >= COMPACT_EVERY) {
            // The rewritten chunks are part of the next commit.
            opened.file().compact(FILL_RATE, COMPACT_BYTES);
            commits = 0;
        }
        return opened;
    }

    /** Uses the file. If that fails, the next call opens it again. */
    private <T> T attempt(Kind kind, Supplier<T> work) {
        try {
            return work.get();
        } catch (MVStoreException failed) {
            if (opened != null) {
                opened.file().closeImmediately();
                opened = null;
            }
            throw new JobStoreException(kind, "Job file " + name + " failed: " + failed.getMessage(), failed);
        }
    }

    private <T> T onThread(Supplier<T> work) {
        try {
            // join() keeps waiting when the caller is interrupted.
            return CompletableFuture.supplyAsync(work, thread).join();
        } catch (RejectedExecutionException ended) {
            throw closed(ended);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof RuntimeException thrown) {
                throw thrown;
            }
            if (failed.getCause() instanceof Error thrown) {
                throw thrown;
            }
            throw failed;
        }
    }

    private JobStoreException closed(@Nullable Throwable cause) {
        return new JobStoreException(Kind.TRANSIENT, "Job file " + name + " is closed", cause);
    }

    /** Ends the thread and releases the file. Closing again does nothing. */
    @Override
    public void close() {
        if (thread.isShutdown()) {
            return;
        }
        onThread(() -> {
            isClosed = true;
            if (opened != null) {
                opened.file().close();
                opened = null;
            }
            return true;
        });
        thread.shutdown();
    }
}
