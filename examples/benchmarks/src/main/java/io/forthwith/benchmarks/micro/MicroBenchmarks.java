package io.forthwith.benchmarks.micro;

import java.io.PrintStream;
import java.util.Collection;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the JMH benchmarks of this package, and prints the time and memory that each part of the path of a job costs. */
public final class MicroBenchmarks {
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private MicroBenchmarks() {}

    /** {@code args[0]}, if given, is a regular expression that selects benchmarks by name. */
    public static void main(String[] args) throws RunnerException {
        ChainedOptionsBuilder options = options(args.length == 0 ? "" : args[0])
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(5)
                .measurementTime(TimeValue.seconds(1))
                .forks(1)
                .jvmArgsAppend("-Xmx1g");
        print(System.out, new Runner(options.build()).run());
    }

    static ChainedOptionsBuilder options(String selection) {
        return new OptionsBuilder()
                .include(MicroBenchmarks.class.getPackageName().replace(".", "\\.") + "\\..*" + selection)
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .shouldFailOnError(true)
                .addProfiler(GCProfiler.class);
    }

    static void print(PrintStream out, Collection<RunResult> results) {
        out.println();
        out.println("Java " + Runtime.version().feature() + ", "
                + Runtime.getRuntime().availableProcessors() + " processors");
        out.println("| part of a job's way | ns per job | ± | bytes per job |");
        out.println("| --- | --- | --- | --- |");
        for (RunResult result : results) {
            Result<?> time = result.getPrimaryResult();
            Result<?> bytes =
                    Objects.requireNonNull(result.getSecondaryResults().get(ALLOCATED), ALLOCATED);
            String name = result.getParams().getBenchmark();
            out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f | %,.0f | %,.0f |%n",
                    name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1),
                    time.getScore(),
                    time.getScoreError(),
                    bytes.getScore());
        }
    }
}
