package io.forthwith.studio.kills;

import static org.awaitility.Awaitility.await;

import io.forthwith.studio.process.WorkerProcess;
import io.forthwith.studio.process.WorkerProcesses;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;

/** Two worker processes. While one is killed and starts again, the other one works. */
final class Workers implements AutoCloseable {
    private static final Duration LEASE = Duration.ofSeconds(1);
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    private final Starter starter;
    private final Rows rows;
    private final List<Slot> slots = new ArrayList<>();
    private int started;

    Workers(DataSource database, Starter starter) throws IOException {
        this.starter = starter;
        this.rows = new Rows(database);
        for (int i = 0; i < 2; i++) {
            Slot slot = new Slot();
            slots.add(slot);
            slot.start();
        }
    }

    /** Waits until a worker has work, and returns it. If both have work, it returns a random one. */
    Slot awaitWork(Random random, Duration patience) {
        int first = random.nextInt(slots.size());
        List<Slot> order = List.of(slots.get(first), slots.get(1 - first));
        return await().pollInterval(LOOK_EVERY)
                .atMost(patience)
                .until(() -> order.stream().filter(Slot::hasWork).findFirst(), found -> found.isPresent())
                .orElseThrow();
    }

    @Override
    public void close() throws Exception {
        for (Slot slot : slots) {
            slot.process.kill();
        }
    }

    /** Starts a worker with this name. Its database connections have the same name. */
    @FunctionalInterface
    interface Starter {
        WorkerProcesses processes(String name);
    }

    /** Runs one worker process at a time. */
    final class Slot {
        private WorkerProcess process;

        void start() throws IOException {
            String name = "worker-" + ++started;
            process = starter.processes(name).start(name, "default", LEASE);
        }

        /**
         * Kills the worker, and waits until the database has executed the last statements that the worker sent.
         *
         * @return its process id
         */
        long kill() throws Exception {
            process.kill();
            String connections = "SELECT pid FROM pg_stat_activity WHERE application_name = ?";
            await().pollInterval(LOOK_EVERY)
                    .until(() -> rows.texts(connections, process.name()).isEmpty());
            return process.pid();
        }

        private boolean hasWork() {
            return !rows.texts(
                            "SELECT j.id FROM job j JOIN job_worker w ON w.id = j.worker_id"
                                    + " WHERE w.pid = ? AND j.status = 'processing' LIMIT 1",
                            process.pid())
                    .isEmpty();
        }
    }
}
