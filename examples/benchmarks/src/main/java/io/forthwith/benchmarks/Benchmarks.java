package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Runs the workload named on the command line. */
public final class Benchmarks {
    private static final Map<String, Workload> WORKLOADS = new TreeMap<>(Map.of(
            "drain", new DrainWorkload(50_000, 5),
            "family", new FamilyWorkload(100_000, 5),
            "failure", new FailureWorkload(200, 50),
            "cancel", new CancelWorkload(200, 50),
            "timelimit", new TimeLimitWorkload(200, 20, Duration.ofMillis(100))));

    private Benchmarks() {}

    /** {@code args[0]} is the workload. */
    public static void main(String[] args) throws Exception {
        Workload workload = args.length == 1 ? WORKLOADS.get(args[0]) : null;
        if (workload == null) {
            throw new IllegalArgumentException("Name one workload of " + WORKLOADS.keySet());
        }
        run(workload, System.out);
    }

    static void run(Workload workload, PrintStream out) throws Exception {
        try (BenchmarkDatabase database = BenchmarkDatabase.start()) {
            out.println(database.settings());
            workload.run(database, out);
        }
    }

    /** One measurement. */
    @FunctionalInterface
    interface Workload {
        void run(BenchmarkDatabase database, PrintStream out) throws Exception;
    }
}
