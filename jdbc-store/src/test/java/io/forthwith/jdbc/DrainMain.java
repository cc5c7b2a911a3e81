package io.forthwith.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Measures the bare store on a PostgreSQL that writes to disk: adds jobs, then one thread claims and another completes
 * them. Not a test; run it by hand with the number of jobs per round, per batch, and rounds.
 */
public final class DrainMain {
    private static final JobType<String> TYPE = JobType.of("nothing", String.class);
    private static final Duration LEASE = Duration.ofMinutes(10);

    private DrainMain() {}

    /** Runs it. */
    public static void main(String[] args) throws Exception {
        int jobs = args.length > 0 ? Integer.parseInt(args[0]) : 50_000;
        int batch = args.length > 1 ? Integer.parseInt(args[1]) : 500;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        boolean deletes = args.length > 3 && args[3].equals("delete");
        try (EmbeddedPostgres server = TestPostgres.durable();
                HikariDataSource pool = TestPostgres.pool(server.getPostgresDatabase())) {
            JdbcSchema.migrate(pool);
            System.out.println(Sql.query(
                    pool, "SELECT version(), current_setting('fsync'), current_setting('synchronous_commit')"));
            for (int round = 1; round <= rounds; round++) {
                drain(JdbcJobStore.of(pool), jobs, batch, round, deletes);
            }
        }
    }

    private static void drain(JobStore store, int jobs, int batch, int round, boolean deletes)
            throws InterruptedException {
        List<EncodedJob> added = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            added.add(new EncodedJob(NewJob.of(TYPE, ""), "{}"));
        }
        double adding = seconds(() -> store.add(added));
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "drain", "here", 1), LEASE);
        ClaimRequest request = new ClaimRequest(worker, List.of("default"), batch, Set.of(), 3);
        BlockingQueue<List<Job>> between = new ArrayBlockingQueue<>(2);
        Thread claimer = new Thread(() -> claim(store, request, between));
        long start = System.nanoTime();
        claimer.start();
        int settled = 0;
        double settling = 0;
        while (settled < jobs) {
            List<Settlement> done = between.take().stream()
                    .map(Claim::of)
                    .map(claim ->
                            deletes ? Settlement.completeAndDelete(claim, null) : Settlement.complete(claim, null))
                    .toList();
            settling += seconds(() -> store.settle(done));
            settled += done.size();
        }
        double draining = (System.nanoTime() - start) / 1e9;
        claimer.join();
        System.out.printf(
                "round %d: added %,.0f/s, drained %,.0f/s; settling took %.2f s of %.2f s%n",
                round, jobs / adding, jobs / draining, settling, draining);
    }

    private static void claim(JobStore store, ClaimRequest request, BlockingQueue<List<Job>> into) {
        double claiming = 0;
        try {
            while (true) {
                long start = System.nanoTime();
                List<Job> jobs = store.claim(request);
                claiming += (System.nanoTime() - start) / 1e9;
                if (jobs.isEmpty()) {
                    System.out.printf("claiming took %.2f s%n", claiming);
                    return;
                }
                into.put(jobs);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }
}
