package io.forthwith.benchmarks;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;

/**
 * Measures what limits cost: jobs of many keys that run one at a time, added with the keys in turn and in bursts of one key, against the same jobs without a limit; jobs without a limit beside very many that wait for
 * one key, against the same without those; how much of a rate is used; a thousand sequences against the
 * same jobs without; and how fast one sequence advances.
 */
record LimitsWorkload(int keys, int parked, int jobs, int rounds, List<String> parts) implements Benchmarks.Workload {
    static final List<String> ALL = List.of("keys", "bursts", "hot", "rate", "sequences", "sequence", "tenants");

    private static final JobType<Integer> TYPE = JobType.of("noop", Integer.class);
    private static final JobType<Integer> HOT = JobType.of("hot", Integer.class);
    private static final int HOT_PERMITS = 10;
    private static final int SLOTS = 50;
    private static final int OF_A_KEY = 10;
    private static final int PER_CALL = 1_000;
    private static final int RATE = 1_000;
    private static final Duration RATED = Duration.ofSeconds(10);
    private static final double KEYS_BAR = 0.35;
    private static final double HOT_BAR = 0.9;
    private static final double RATE_BAR = 0.97;
    private static final int SEQUENCES = 1_000;
    private static final double SEQUENCES_BAR = 0.35;
    private static final int OF_ONE_SEQUENCE = 5_000;
    private static final double ONE_SEQUENCE_BAR = 300;
    private static final int TENANTS = 50;
    private static final int OF_A_TENANT = 10;
    private static final double TENANTS_BAR = 2;

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        if (parts.contains("keys")) {
            keys(database, report, "keys", "the keys in turn", number -> number % keys);
        }
        if (parts.contains("bursts")) {
            keys(database, report, "bursts", "those of one key in a row", number -> number / OF_A_KEY);
        }
        if (parts.contains("hot")) {
            compare(
                    report,
                    "hot",
                    "beside " + parked + " jobs that wait for one key with ten permits",
                    HOT_BAR,
                    limits -> drain(database, limits ? parked : 0, jobs, job -> job));
        }
        if (parts.contains("sequences")) {
            compare(
                    report,
                    "sequences",
                    SEQUENCES + " sequences",
                    SEQUENCES_BAR,
                    limits ->
                            drain(database, 0, jobs, job -> limits ? job.sequence("s" + input(job) % SEQUENCES) : job));
        }
        if (parts.contains("sequence")) {
            oneSequence(database, report);
        }
        if (parts.contains("tenants")) {
            tenants(database, report);
        }
        if (parts.contains("rate")) {
            double used = rate(database);
            report.out().printf("| a rate of %d a second, used to | %.3f | the bar is %.2f |%n", RATE, used, RATE_BAR);
            report.raw("rate", Map.of("used", List.of(used)));
            require("a rate", used, RATE_BAR);
        }
    }

    private void keys(
            BenchmarkDatabase database, Report report, String name, String order, IntUnaryOperator keyOfNumber)
            throws Exception {
        compare(
                report,
                name,
                keys + " keys of " + OF_A_KEY + " jobs, one at a time, " + order,
                KEYS_BAR,
                limits -> drain(
                        database,
                        0,
                        keys * OF_A_KEY,
                        job -> limits ? job.limit("tenant", "t" + keyOfNumber.applyAsInt(input(job))) : job));
    }

    /** The first round warms up the JVM and the database. */
    private void oneSequence(BenchmarkDatabase database, Report report) throws Exception {
        List<Double> advances = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            double rate = drain(database, 0, OF_ONE_SEQUENCE, job -> job.sequence("s"));
            if (round > 0) {
                advances.add(rate);
            }
            report.out().printf("round %d: one sequence, %,.0f jobs/s%n", round, rate);
        }
        double median = Figures.quantile(advances, 0.5);
        report.out()
                .printf(
                        "| one sequence, jobs a second, median and range | %s | the bar is %,.0f |%n",
                        Figures.row(advances), ONE_SEQUENCE_BAR);
        report.raw("sequence", Map.of("jobs a second", advances));
        require("one sequence", median, ONE_SEQUENCE_BAR);
    }

    private static int input(NewJob job) {
        return job.input() instanceof Integer number ? number : 0;
    }

    @FunctionalInterface
    private interface Run {
        double jobsPerSecond(boolean limits) throws Exception;
    }

    @FunctionalInterface
    private interface Setting {
        NewJob on(NewJob job);
    }

    private void compare(Report report, String name, String what, double bar, Run run) throws Exception {
        List<Double> plain = new ArrayList<>();
        List<Double> limited = new ArrayList<>();
        // The first round warms up the JVM and the database.
        for (int round = 0; round <= rounds; round++) {
            double without = run.jobsPerSecond(false);
            double with = run.jobsPerSecond(true);
            if (round > 0) {
                plain.add(without);
                limited.add(with);
            }
            report.out().printf("round %d: %,.0f jobs/s without, %,.0f with%n", round, without, with);
        }
        double ratio = Figures.quantile(limited, 0.5) / Figures.quantile(plain, 0.5);
        report.out().println("| " + what + " | jobs/s, median | range |");
        report.out().println("| --- | --- | --- |");
        report.out().printf("| without limits | %s |%n", Figures.row(plain));
        report.out().printf("| with them | %s |%n", Figures.row(limited));
        report.out().printf("| with : without, by the medians | %.2f | the bar is %.2f |%n", ratio, bar);
        report.raw(name, Map.of("without", plain, "with", limited));
        require(what, ratio, bar);
    }

    /**
     * One tenant has many jobs, and then fifty come with ten each. Each of the 51 gets one turn of 51, so with fair turns the last job of the fifty is among the first 510
     * that are done after they have come. How many times as many it takes.
     */
    private void tenants(BenchmarkDatabase database, Report report) throws Exception {
        List<Double> times = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            times.add(doneBefore(database) / ((TENANTS + 1.0) * OF_A_TENANT));
        }
        double median = Figures.quantile(times, 0.5);
        report.out()
                .printf(
                        "| fifty tenants beside one with %,d jobs, times their fair time, median and range | %.2f | %.2f to %.2f | the bar is %.0f |%n",
                        jobs, median, Figures.quantile(times, 0), Figures.quantile(times, 1), TENANTS_BAR);
        report.raw("tenants", Map.of("times", times));
        if (median > TENANTS_BAR) {
            throw new IllegalStateException(
                    "The fifty take " + median + " times their fair time; the bar is " + TENANTS_BAR);
        }
    }

    /** How many jobs are done, from when the fifty have come to when their last job is done. */
    private double doneBefore(BenchmarkDatabase database) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient client = JobClient.of(store);
        enqueue(client, jobs, number -> NewJob.of(TYPE, number).fairBy("big"));
        AtomicInteger done = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(TENANTS * OF_A_TENANT);
        AtomicInteger atTheEnd = new AtomicInteger();
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(TYPE, job -> {
                    done.incrementAndGet();
                    begun.countDown();
                    return null;
                })
                .with(HOT, job -> {
                    atTheEnd.accumulateAndGet(done.incrementAndGet(), Math::max);
                    left.countDown();
                    return null;
                });
        try (Worker worker = Worker.of(store, processors).concurrency(SLOTS).start()) {
            begun.await();
            enqueue(
                    client,
                    TENANTS * OF_A_TENANT,
                    number -> NewJob.of(HOT, number).fairBy("small-" + number % TENANTS));
            int before = done.get();
            if (!left.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException(left.getCount() + " jobs were not done in 5 minutes by " + worker);
            }
            return atTheEnd.get() - before;
        }
    }

    private static void require(String what, double ratio, double bar) {
        if (ratio < bar) {
            throw new IllegalStateException(what + ": " + ratio + "; the bar is " + bar);
        }
    }

    /**
     * Runs jobs until all are done. Returns the jobs/s.
     *
     * @param waiting how many jobs of a key wait beside them; those with permits run as long as the drain
     */
    private static double drain(BenchmarkDatabase database, int waiting, int jobs, Setting setting) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient client = JobClient.of(store);
        client.limits().put(Limit.of("tenant").concurrency(1));
        client.limits()
                .override(new LimitKey("tenant", "hot"), Limit.of("tenant").concurrency(HOT_PERMITS));
        enqueue(client, waiting, number -> NewJob.of(HOT, number).limit("tenant", "hot"));
        enqueue(client, jobs, number -> setting.on(NewJob.of(TYPE, number)));
        CountDownLatch left = new CountDownLatch(jobs);
        CountDownLatch isOver = new CountDownLatch(1);
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(TYPE, job -> null)
                .with(HOT, job -> {
                    isOver.await();
                    return null;
                });
        long start = System.nanoTime();
        try (Worker worker = Worker.of(store, processors)
                .concurrency(SLOTS + HOT_PERMITS)
                .listener(event -> {
                    if (event instanceof JobEvent.Completed done
                            && done.job().type().equals(TYPE.name())) {
                        left.countDown();
                    }
                })
                .start()) {
            if (!left.await(10, TimeUnit.MINUTES)) {
                throw new IllegalStateException(left.getCount() + " jobs were not done in 10 minutes by " + worker);
            }
            double rate = jobs / ((System.nanoTime() - start) / 1e9);
            try (StatusWatch watch = StatusWatch.on(database)) {
                watch.requireAll(
                        jobs + waiting,
                        "CASE type WHEN 'hot' THEN status <> 'completed' ELSE status = 'completed' AND attempt = 1 END");
            } finally {
                isOver.countDown();
            }
            return rate;
        }
    }

    private static void enqueue(JobClient client, int jobs, IntFunction<NewJob> job) {
        List<NewJob> some = new ArrayList<>();
        for (int number = 0; number < jobs; number++) {
            some.add(job.apply(number));
            if (some.size() == PER_CALL || number == jobs - 1) {
                client.enqueueAll(some);
                some.clear();
            }
        }
    }

    /** How many of the starts that a rate allows there are, in ten seconds after the first two. */
    private static double rate(BenchmarkDatabase database) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient client = JobClient.of(store);
        client.limits().put(Limit.of("api").rate(RATE, Duration.ofSeconds(1)));
        enqueue(
                client,
                (int) (RATE * (RATED.toSeconds() + 5)),
                number -> NewJob.of(TYPE, number).limit("api", "key-1"));
        AtomicInteger ran = new AtomicInteger();
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            ran.incrementAndGet();
            return null;
        });
        try (Worker worker = Worker.of(store, processors).concurrency(SLOTS).start()) {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
            int before = ran.get();
            long start = System.nanoTime();
            LockSupport.parkNanos(RATED.toNanos());
            double seconds = (System.nanoTime() - start) / 1e9;
            int during = ran.get() - before;
            if (during == 0) {
                throw new IllegalStateException("Nothing ran: " + worker);
            }
            return during / (RATE * seconds);
        }
    }
}
