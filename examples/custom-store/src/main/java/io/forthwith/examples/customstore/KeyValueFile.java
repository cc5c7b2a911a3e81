package io.forthwith.examples.customstore;

import io.forthwith.JobStoreException;
import io.forthwith.JobStoreException.Kind;
import java.time.Instant;
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
 * The file, and the one thread that reads and writes it: what it does for one call is an atomic step, on disk when the call returns.
 *
 * <p>The thread takes the place of locks. It is also a thread that nobody interrupts: MVStore closes its file when a thread is
 * interrupted that reads or writes it, and workers interrupt their jobs, who may add others.
 *
 * <p>MVStore would commit by itself, in the middle of a step: after a second, and after some megabytes. Both are switched off. After a write
 * that failed it is not to be used any more. It is then opened anew by the next call, with what is whole on disk: the step that failed, or
 * all but that.
 *
 * <p>Thread-safe.
 */
final class KeyValueFile implements AutoCloseable {
    /** How many commits there are between two looks at how much of the file is in use. */
    private static final int COMPACT_EVERY = 200;
    /** Below this percentage chunks are written anew without what is no longer used. */
    private static final int FILL_RATE = 60;

    private static final int COMPACT_BYTES = 4 * 1024 * 1024;

    private final String name;
    private final ExecutorService thread;
    /** Of the thread; survives that the file is opened anew. */
    private final Map<UUID, Instant> leases = new HashMap<>();
    /** Of the thread; null until the file is opened, or opened anew. */
    private @Nullable Opened opened;
    /** Of the thread. */
    private boolean isClosed;
    /** Of the thread. */
    private int commits;

    private record Opened(MVStore file, Rows rows) {}

    /** @param name of the file, made if there is none */
    KeyValueFile(String name) {
        this.name = name;
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, "key-value-file");
            made.setDaemon(true);
            return made;
        });
    }

    /**
     * Does a step. If that throws, nothing has happened.
     *
     * @throws JobStoreException if the file cannot be read or written
     */
    <T> T atomically(Function<? super Rows, T> step) {
        return onThread(() -> commit(step));
    }

    private <T> T commit(Function<? super Rows, T> step) {
        Opened current = attempt(Kind.TRANSIENT, this::open);
        MVStore file = current.file();
        T answer;
        try {
            answer = attempt(Kind.TRANSIENT, () -> step.apply(current.rows()));
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
            // What no commit needs may be overwritten at once: each commit waits for the disk.
            file.setRetentionTime(0);
            opened = new Opened(file, new Rows(file, leases));
            // Or a rollback of the first step would take the maps away.
            file.commit();
        } else if (commits >= COMPACT_EVERY) {
            // What is written anew goes with the next commit.
            opened.file().compact(FILL_RATE, COMPACT_BYTES);
            commits = 0;
        }
        return opened;
    }

    /** Does something with the file, and has it opened anew by the next call if that fails. */
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
            // Goes on waiting when it is interrupted.
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

    /** Ends the thread and gives the file free. Again it does nothing. */
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
