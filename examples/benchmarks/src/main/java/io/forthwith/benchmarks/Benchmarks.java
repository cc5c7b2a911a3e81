package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Runs the workload named on the command line, on its own PostgreSQL server or on the one that {@code -Djdbc.url} names. */
public final class Benchmarks {
    private static final String PEERS = "forthwith,db-scheduler,jobrunr,quartz";
    private static final Map<String, Function<Options, Workload>> WORKLOADS = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    "drain",
                    options -> drain(
                            options,
                            PEERS + ",db-scheduler-100,forthwith-deleting,limit-100,limit-500",
                            Load.noop(50_000))),
            Map.entry("drain-1ms", options -> drain(options, PEERS, new Load(20_000, Duration.ofMillis(1), 50))),
            Map.entry("drain-100ms", options -> drain(options, PEERS, new Load(2_000, Duration.ofMillis(100), 100))),
            Map.entry("cold", Benchmarks::cold),
            Map.entry("enqueue", Benchmarks::enqueue),
            Map.entry("growth", Benchmarks::growth),
            Map.entry("short", options -> shortForm()),
            Map.entry("databases", Benchmarks::databases),
            Map.entry("reads", Benchmarks::reads),
            Map.entry("batch", Benchmarks::batch),
            Map.entry("limits", Benchmarks::limits),
            Map.entry("family", options -> new FamilyWorkload(options.number("jobs", 100_000), options.rounds())),
            Map.entry("cancel", options -> new CancelWorkload(200, 50)),
            Map.entry("timelimit", options -> new TimeLimitWorkload(200, 20, Duration.ofMillis(100))),
            Map.entry(
                    "virtual", options -> new VirtualWorkload(options.number("jobs", 10_000), Duration.ofSeconds(2)))));

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
            run(workload, database, report);
        }
        return report;
    }

    static void run(Workload workload, BenchmarkDatabase database, Report report) throws Exception {
        database.requireDurable();
        report.fact("database", database.settings());
        report.fact("machine", machine());
        report.fact(
                "log level", Logs.USUAL + " of everybody in every process, " + Logs.NONE + " where jobs are to fail");
        workload.run(database, report);
    }

    private static Workload drain(Options options, String contenders, Load usual) {
        Load load = usual.jobs(options.number("jobs", usual.jobs()));
        return new DrainWorkload(
                options.contenders(options.withPeers(contenders)),
                load,
                options.rounds(),
                options.numbers("processes", "1"));
    }

    private static Workload cold(Options options) {
        return new ColdWorkload(
                options.contenders("forthwith,forthwith-prepared,graphile,graphile-batched,pgboss"),
                Load.noop(options.number("jobs", 100_000)),
                options.number("rounds", 3),
                options.numbers("processes", "1,2"),
                options.text("bar").map(Double::valueOf).orElse(0.0));
    }

    private static Workload shortForm() {
        IdleWorkload idle = IdleWorkload.afterALease(Responders.listed("forthwith"), Duration.ofMinutes(1));
        return new ShortWorkload(30_000, 4, idle, ShortWorkload.Bars.OURS);
    }

    private static Workload enqueue(Options options) {
        return new EnqueueWorkload(
                options.contenders(options.withPeers(PEERS + ",forthwith-async,forthwith-pipelined,jdbc-insert")),
                options.number("jobs", 5_000),
                options.rounds());
    }

    private static Workload batch(Options options) {
        return new BatchWorkload(options.number("calls", 500), 100, Duration.ofMillis(5), options.rounds(), 20);
    }

    private static Workload limits(Options options) {
        return new LimitsWorkload(
                options.number("keys", 100_000),
                options.number("parked", 1_000_000),
                options.number("jobs", 100_000),
                options.rounds(),
                options.list("parts", String.join(",", LimitsWorkload.ALL)));
    }

    private static Workload databases(Options options) {
        return new DatabasesWorkload(
                options.list("databases", "mariadb,h2,sqlite"), options.number("jobs", 20_000), options.rounds());
    }

    private static Workload reads(Options options) {
        String database = options.text("database").orElse("postgresql");
        if (!List.of("postgresql", "mariadb").contains(database)) {
            throw new IllegalArgumentException("No reads on \"" + database + "\": there are postgresql and mariadb");
        }
        return new ReadsWorkload(database, options.number("rows", 10_000_000), options.number("calls", 200));
    }

    private static Workload growth(Options options) {
        int rows = options.number("rows", 1_000_000);
        Duration held = Duration.ofSeconds(options.number("snapshot", 120));
        int jobs = options.number("jobs", 50_000);
        String database = options.text("database").orElse("postgresql");
        return switch (database) {
            case "postgresql" ->
                new GrowthWorkload(
                        GrownForthwith.beside(options.list("beside", GrownForthwith.ALL), rows, held),
                        jobs,
                        options.rounds());
            case MariaDbGrowthWorkload.DATABASE ->
                new MariaDbGrowthWorkload(
                        MariaDbGrowthWorkload.named(options.list("beside", MariaDbGrowthWorkload.ALL)),
                        rows,
                        held,
                        jobs,
                        options.rounds());
            default ->
                throw new IllegalArgumentException(
                        "No growth on \"" + database + "\": there are postgresql and mariadb");
        };
    }

    private static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch") + ", " + System.getProperty("java.vm.name") + " "
                + System.getProperty("java.runtime.version") + ", worker processes without JVM options";
    }

    /** One measurement. */
    @FunctionalInterface
    interface Workload {
        void run(BenchmarkDatabase database, Report report) throws Exception;
    }
}
