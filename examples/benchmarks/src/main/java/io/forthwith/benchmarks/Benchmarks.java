package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Runs the workload named on the command line, on a PostgreSQL server of its own or on the one that {@code -Djdbc.url} names. */
public final class Benchmarks {
    private static final Map<String, Function<Options, Workload>> WORKLOADS = new TreeMap<>(Map.of(
            "drain", Benchmarks::drain,
            "family", options -> new FamilyWorkload(options.number("jobs", 100_000), options.rounds()),
            "cancel", options -> new CancelWorkload(200, 50),
            "timelimit", options -> new TimeLimitWorkload(200, 20, Duration.ofMillis(100)),
            "virtual", options -> new VirtualWorkload(options.number("jobs", 10_000), Duration.ofSeconds(2))));

    static {
        WORKLOADS.putAll(ResponseWorkloads.ALL);
    }

    private Benchmarks() {}

    /** {@code args[0]} is the workload; {@link Options} are system properties. */
    public static void main(String[] args) throws Exception {
        Function<Options, Workload> workload = args.length == 1 ? WORKLOADS.get(args[0]) : null;
        if (workload == null) {
            throw new IllegalArgumentException("Name one workload of " + WORKLOADS.keySet());
        }
        Options options = Options.ofSystemProperties();
        Report report = run(args[0], workload.apply(options), options, System.out);
        Path file = report.write(options.output());
        System.out.println("\nraw results: " + file.toAbsolutePath());
    }

    static Report run(String name, Workload workload, Options options, PrintStream out) throws Exception {
        Report report = new Report(name, out);
        try (BenchmarkDatabase database = BenchmarkDatabase.start(options)) {
            database.requireDurable();
            report.fact("database", database.settings());
            report.fact("machine", machine());
            workload.run(database, report);
        }
        return report;
    }

    private static Workload drain(Options options) {
        return new DrainWorkload(
                options.contenders("forthwith,db-scheduler,jobrunr,quartz,limit-100,limit-500"),
                Load.noop(options.number("jobs", 50_000)),
                options.rounds(),
                options.number("processes", 1));
    }

    private static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("java.vm.name") + " "
                + System.getProperty("java.runtime.version") + ", worker processes without JVM options";
    }

    /** One measurement. */
    @FunctionalInterface
    interface Workload {
        void run(BenchmarkDatabase database, Report report) throws Exception;
    }
}
