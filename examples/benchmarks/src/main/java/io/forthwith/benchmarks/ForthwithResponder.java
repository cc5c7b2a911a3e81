package io.forthwith.benchmarks;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Forthwith, with its defaults or with the shortest lease and poll interval that it allows. */
record ForthwithResponder(boolean fastest) implements Responder {
    private static final JobType<Integer> TYPE = JobType.of("numbered", Integer.class);
    private static final JobType<Integer> UNKNOWN = JobType.of("unknown", Integer.class);
    private static final Duration SHORTEST_LEASE = Duration.ofMillis(500);
    private static final Duration SHORTEST_POLL = Duration.ofMillis(10);

    @Override
    public String name() {
        return fastest ? "forthwith-fastest" : "forthwith";
    }

    @Override
    public String settings() {
        return fastest
                ? "lease " + SHORTEST_LEASE.toMillis() + " ms, poll interval " + SHORTEST_POLL.toMillis() + " ms"
                : "defaults";
    }

    @Override
    public void createTables(DataSource database) {
        JdbcSchema.migrate(database);
    }

    @Override
    public Host client(DataSource database) {
        return new Running(JdbcJobStore.of(database), null);
    }

    @Override
    public Host worker(DataSource database, Work work) {
        JobStore store = JdbcJobStore.of(database);
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            work.run(job.input(Integer.class));
            return null;
        });
        WorkerBuilder worker = Worker.of(store, processors).concurrency(CONCURRENCY);
        return new Running(
                store,
                fastest
                        ? worker.lease(SHORTEST_LEASE)
                                .pollInterval(SHORTEST_POLL)
                                .start()
                        : worker.start());
    }

    @Override
    public String failures() {
        return "SELECT count(*) FROM job WHERE status = 'failed' AND attempt = 1 AND completed_at IS NOT NULL"
                + " AND error_kind = 'system' AND error_code IS NOT NULL AND error_message IS NOT NULL";
    }

    private record Running(JobStore store, @Nullable Worker worker) implements Host {
        @Override
        public void enqueue(int number) {
            JobClient.of(store).enqueue(NewJob.of(TYPE, number));
        }

        @Override
        public long enqueueUnknown(int number) {
            long start = System.nanoTime();
            JobClient.of(store).enqueue(NewJob.of(UNKNOWN, number));
            return start;
        }

        @Override
        public void close() {
            if (worker != null) {
                worker.close();
            }
        }
    }
}
