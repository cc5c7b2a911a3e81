package io.forthwith.examples.customstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.store.fs.FileBase;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/** A file system, named {@code refusing:}, in which writes or their synchronisation to disk fail on demand. Public for H2. */
public final class RefusingDisk extends FilePathWrapper {
    static final String SCHEME = "refusing";
    /** The number of next writes that fail. */
    static final AtomicInteger WRITES = new AtomicInteger();
    /** The number of next synchronisations that fail, so that it is unknown whether the writes have reached the disk. */
    static final AtomicInteger SYNCS = new AtomicInteger();

    static void register() {
        WRITES.set(0);
        SYNCS.set(0);
        FilePath.register(new RefusingDisk());
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        return new Refusing(super.open(mode));
    }

    private static boolean takesOne(AtomicInteger left) {
        return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    }

    private static final class Refusing extends FileBase {
        private final FileChannel disk;

        private Refusing(FileChannel disk) {
            this.disk = disk;
        }

        @Override
        public synchronized int write(ByteBuffer bytes, long position) throws IOException {
            if (takesOne(WRITES)) {
                throw new IOException("No space left on device");
            }
            return disk.write(bytes, position);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            if (takesOne(SYNCS)) {
                throw new IOException("Input/output error");
            }
            disk.force(metaData);
        }

        @Override
        public long size() throws IOException {
            return disk.size();
        }

        @Override
        public long position() throws IOException {
            return disk.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            disk.position(position);
            return this;
        }

        @Override
        public int read(ByteBuffer bytes) throws IOException {
            return disk.read(bytes);
        }

        @Override
        public synchronized int read(ByteBuffer bytes, long position) throws IOException {
            return disk.read(bytes, position);
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            return disk.write(bytes);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            disk.truncate(size);
            return this;
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return disk.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            disk.close();
        }
    }
}
