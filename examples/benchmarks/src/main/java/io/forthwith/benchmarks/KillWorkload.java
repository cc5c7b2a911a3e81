package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Kills a worker process with ten jobs, and measures the time until all of them run in another process that was already
 * running.
 *
 * @param limit the longest time to wait for that
 * @param lifetime the longest time that both processes live before one is killed; the time is random, so that kills do not
 *     coincide with heartbeats
 */
record KillWorkload(List<Responder> responders, int rounds, Duration limit, Duration lifetime)
        implements Benchmarks.Workload {
    private static final int JOBS = Responder.CONCURRENCY;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long SEED = 9;

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        RandomGenerator random = new SplittableRandom(SEED);
        report.fact("load", JOBS + " jobs, killed after at most " + lifetime.toMillis() + " ms, seed " + SEED);
        List<Series<Latencies>> series = new ArrayList<>();
        for (Responder responder : responders) {
            report.fact(responder.name(), responder.settings());
            series.add(new Series<>(responder.name(), new ArrayList<>()));
        }
        for (int round = 1; round <= rounds; round++) {
            for (int turn = 0; turn < responders.size(); turn++) {
                int which = (round + turn) % responders.size();
                Latencies sample = round(database, responders.get(which), random);
                report.out().println("round " + round + ", " + series.get(which).name() + ": " + sample);
                series.get(which).samples().add(sample);
            }
        }
        report.raw("samples", series);
        Latencies.print(report.out(), "kill -9 → all " + JOBS + " jobs run in another process", series);
    }

    private Latencies round(BenchmarkDatabase database, Responder responder, RandomGenerator random) throws Exception {
        database.prepare(responder);
        try (HikariDataSource pool = Pools.open(database.url(), 2);
                Responder.Host client = responder.client(pool);
                ResponderProcess victim = ResponderProcess.start(responder, Behaviour.HANG, database);
                ResponderProcess heir = ResponderProcess.start(responder, Behaviour.HANG, database)) {
            victim.startWorker();
            for (int number = 0; number < JOBS; number++) {
                client.enqueue(number);
            }
            requireAll(begun(victim.began(), PATIENCE));
            heir.startWorker();
            Thread.sleep(random.nextLong(lifetime.toMillis() * 3 / 4, lifetime.toMillis()));
            if (!heir.began().isEmpty()) {
                throw new IllegalStateException("A job began elsewhere while its worker lived: " + heir.began());
            }
            long start = System.nanoTime();
            victim.kill();
            List<Began> again = begun(heir.began(), limit);
            // Its jobs never return.
            heir.kill();
            if (again.size() < JOBS) {
                return new Latencies(List.of(), 1, limit);
            }
            requireAll(again);
            long last = again.get(JOBS - 1).nanos();
            return new Latencies(List.of((last - start) / 1e6), 0, limit);
        }
    }

    /** The jobs in the order in which they began; without those that have not begun in time. */
    private static List<Began> begun(BlockingQueue<Began> began, Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        List<Began> all = new ArrayList<>();
        while (all.size() < JOBS) {
            Began next = began.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                return all;
            }
            all.add(next);
        }
        return all;
    }

    private static void requireAll(List<Began> began) {
        BitSet numbers = new BitSet();
        began.forEach(job -> numbers.set(job.number()));
        if (numbers.cardinality() != JOBS) {
            throw new IllegalStateException("All " + JOBS + " jobs should have begun once: " + began);
        }
    }
}
