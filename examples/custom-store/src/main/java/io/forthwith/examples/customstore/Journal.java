package io.forthwith.examples.customstore;

import io.forthwith.store.JobStoreException;
import io.forthwith.store.JobStoreException.Kind;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * The file: one line for each {@link Change}, forced to disk before {@link #append} returns. Not thread-safe.
 *
 * <p>It is only ever appended to, or replaced as a whole by a new one that says no more than how the rows stand. That is
 * done before the first line is added, when it has grown to several times the size it had then, and after a write that
 * failed: so a torn line is always the last one.
 */
final class Journal implements AutoCloseable {
    /** How many times its size when it was new it may have, if it is not small. */
    private static final int GROWTH = 4;

    private static final int SMALL = 1024 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private final Path file;
    /** On a file of its own, because it would not follow when the journal is replaced. */
    private final FileChannel lock;
    /** A stream, not a channel: a channel closes when its thread is interrupted, and workers interrupt their jobs. */
    private FileOutputStream out;

    private long size;
    private long sizeToReplaceAt;
    /** Whether the file must be replaced before it is appended to: it may end in a torn line. */
    private boolean torn = true;

    private Journal(Path file, FileChannel lock) throws IOException {
        this.file = file;
        this.lock = lock;
        this.out = new FileOutputStream(file.toFile(), true);
    }

    /** @throws IOException if it is open already, here or in another process */
    static Journal open(Path file) throws IOException {
        FileChannel lock =
                FileChannel.open(sibling(file, ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (lock.tryLock() == null) {
                throw new IOException("Journal " + file + " is in use by another process");
            }
            return new Journal(file, lock);
        } catch (IOException | OverlappingFileLockException refused) {
            lock.close();
            throw new IOException("Journal " + file + " cannot be opened: " + refused.getMessage(), refused);
        }
    }

    /**
     * How the rows stand after all lines. A torn line at the end is left out: its call never returned.
     *
     * @throws JobStoreException if any other line cannot be read
     */
    Rows replay() throws IOException {
        Rows rows = new Rows();
        // Not Files.newBufferedReader, which throws at a torn character.
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(new FileInputStream(file.toFile()), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            for (int number = 1; line != null; number++) {
                String next = lines.readLine();
                try {
                    rows.apply(Change.ofLine(line));
                } catch (JacksonException unreadable) {
                    if (next != null) {
                        throw new JobStoreException(
                                Kind.PERMANENT, "Line " + number + " of journal " + file + " is damaged", unreadable);
                    }
                    LOG.warn("Journal {} ends in a torn line, number {}, which is left out", file, number);
                }
                line = next;
            }
        }
        return rows;
    }

    /**
     * Adds a line.
     *
     * @param before how the rows stand after the lines so far
     */
    void append(Change change, Rows before) {
        byte[] line = change.toLine();
        if (torn || size > sizeToReplaceAt) {
            replace(before);
        }
        torn = true;
        try {
            out.write(line);
            out.getFD().sync();
        } catch (IOException failed) {
            throw new JobStoreException(Kind.UNKNOWN_OUTCOME, "Journal " + file + " could not be written", failed);
        }
        torn = false;
        size += line.length;
    }

    /** Starts a new file that holds nothing but these rows; the old one stands until the new one is on disk. */
    private void replace(Rows rows) {
        torn = true;
        if (!lock.isOpen()) {
            throw new JobStoreException(Kind.PERMANENT, "Journal " + file + " is closed", null);
        }
        try {
            Path next = sibling(file, ".new");
            writeAll(rows, next);
            out.close();
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory();
            out = new FileOutputStream(file.toFile(), true);
            size = Files.size(file);
        } catch (IOException failed) {
            throw new JobStoreException(Kind.TRANSIENT, "Journal " + file + " could not be replaced", failed);
        }
        sizeToReplaceAt = Math.max(SMALL, GROWTH * size);
        torn = false;
    }

    private static void writeAll(Rows rows, Path to) throws IOException {
        try (FileOutputStream disk = new FileOutputStream(to.toFile());
                OutputStream buffered = new BufferedOutputStream(disk)) {
            for (Change each : rows.asChanges().toList()) {
                buffered.write(each.toLine());
            }
            buffered.flush();
            disk.getFD().sync();
        }
    }

    /** Or a power cut may bring the old file back. */
    private void forceDirectory() throws IOException {
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static Path sibling(Path file, String suffix) {
        Path absolute = file.toAbsolutePath();
        return absolute.resolveSibling(absolute.getFileName() + suffix);
    }

    @Override
    public void close() throws IOException {
        torn = true;
        out.close();
        lock.close();
    }
}
