package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The workloads that measure response times, by name. {@link Options} sets their parameters. */
final class ResponseWorkloads {
    /** Forthwith with its defaults, the others with their quickest settings. */
    private static final String QUICK = "forthwith,db-scheduler-fastest,jobrunr-fastest,quartz-fastest";

    private static final String ALL_OF_THEM =
            "forthwith,forthwith-fastest,db-scheduler,db-scheduler-fastest,jobrunr,jobrunr-fastest,quartz,quartz-fastest";

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
            ResponseWorkloads::kill,
            "idle",
            // In a minute Forthwith runs each of its periodic tasks at least once, purging included.
            options -> IdleWorkload.afterALease(responders(options, ALL_OF_THEM), Duration.ofMinutes(1)));

    private ResponseWorkloads() {}

    private static Benchmarks.Workload pickup(Options options) {
        List<Responder> quick = responders(options, options.text("peers").isPresent() ? QUICK + ",graphile" : QUICK);
        return new PickupWorkload(
                quick,
                jobs(options, 100),
                rounds(options),
                Duration.ofSeconds(options.number("budget", 10)),
                IdleWorkload.afterALease(quick, Duration.ofSeconds(10)));
    }

    private static Benchmarks.Workload kill(Options options) {
        return new KillWorkload(
                responders(
                        options,
                        "forthwith,forthwith-fastest,db-scheduler-fastest,jobrunr-fastest,quartz,quartz-fastest"),
                rounds(options),
                limit(options, 60),
                // Longer than the lease of Forthwith, because a worker takes over jobs only after it has run for one
                // lease.
                Duration.ofSeconds(28));
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
