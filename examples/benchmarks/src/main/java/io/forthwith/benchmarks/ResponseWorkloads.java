package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The workloads that ask how soon something happens, by name; {@link Options} says what can be changed. */
final class ResponseWorkloads {
    /** Ours as it comes, the others as quick as they can be made. */
    private static final String QUICK = "forthwith,db-scheduler-fastest,jobrunr-fastest,quartz-fastest";

    static final Map<String, Function<Options, Benchmarks.Workload>> ALL = Map.of(
            "pickup",
            ResponseWorkloads::pickup,
            "failure",
            options -> new FailureWorkload(
                    responders(options, QUICK), jobs(options, 60), rounds(options), limit(options, 30)),
            "unknown",
            options -> new UnknownWorkload(
                    responders(options, QUICK), jobs(options, 10), options.number("rounds", 1), limit(options, 30)),
            "kill",
            ResponseWorkloads::kill);

    private ResponseWorkloads() {}

    private static Benchmarks.Workload pickup(Options options) {
        return new PickupWorkload(
                responders(options, QUICK),
                jobs(options, 100),
                rounds(options),
                Duration.ofSeconds(options.number("budget", 10)),
                new IdleStatements(Duration.ofSeconds(5)));
    }

    private static Benchmarks.Workload kill(Options options) {
        return new KillWorkload(
                responders(
                        options,
                        "forthwith,forthwith-fastest,db-scheduler-fastest,jobrunr-fastest,quartz,quartz-fastest"),
                rounds(options),
                limit(options, 60),
                Duration.ofSeconds(6));
    }

    private static List<Responder> responders(Options options, String otherwise) {
        return Responders.listed(options.text("contenders").orElse(otherwise));
    }

    private static int jobs(Options options, int otherwise) {
        return options.number("jobs", otherwise);
    }

    private static int rounds(Options options) {
        return options.number("rounds", 3);
    }

    private static Duration limit(Options options, int otherwise) {
        return Duration.ofSeconds(options.number("limit", otherwise));
    }
}
