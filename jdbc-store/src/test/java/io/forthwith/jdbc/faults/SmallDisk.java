package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.jdbc.Sql;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/** A small disk, in memory, that a database is moved to and that can be filled and made room on. */
final class SmallDisk implements AutoCloseable {
    private static final String SIZE = "32m";

    private final Path mount;
    private final Path ballast;

    private SmallDisk(Path mount) {
        this.mount = mount;
        this.ballast = mount.resolve("ballast");
    }

    /** Tests that need one are skipped where none is available. */
    static SmallDisk mount() throws Exception {
        Path mount = Files.createTempDirectory("forthwith-small-disk-");
        boolean isMounted = run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", mount.toString());
        if (!isMounted) {
            Files.delete(mount);
        }
        assumeTrue(isMounted, "A full disk needs a small one: only root may mount a tmpfs, and not in every container");
        return new SmallDisk(mount);
    }

    private static boolean run(String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException unknownCommand) {
            return false;
        }
    }

    /** Moves the tables and indexes of the database that are there; what is logged stays where it was. */
    void take(DataSource database) throws IOException {
        Path data = Path.of(Sql.query(database, "SHOW data_directory").get(0).get(0));
        Path location = Files.createDirectory(mount.resolve("space"));
        Files.setOwner(location, Files.getOwner(data));
        String name = "small_" + UUID.randomUUID().toString().replace("-", "");
        Sql.run(database, "CREATE TABLESPACE " + name + " LOCATION '" + location + "'");
        Sql.run(database, "ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE " + name);
        Sql.run(database, "ALTER INDEX ALL IN TABLESPACE pg_default SET TABLESPACE " + name);
    }

    /** To the last byte. */
    void fill() throws IOException {
        byte[] block = new byte[4096];
        long written = 0;
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(block);
                written += block.length;
            }
        } catch (IOException full) {
            assertThat(written).as("what there was room for, until %s", full).isPositive();
        }
    }

    void makeRoom() throws IOException {
        Files.deleteIfExists(ballast);
    }

    /** Everything that the server still has open there is closed with it. */
    @Override
    public void close() throws Exception {
        makeRoom();
        run("umount", "--lazy", mount.toString());
        Files.deleteIfExists(mount);
    }
}
