package io.forthwith.benchmarks.micro;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every micro-benchmark once and briefly. The figures mean nothing; the test checks that each benchmark runs. */
class MicroBenchmarksTest {
    @Test
    void measures_every_part_of_a_jobs_way() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        MicroBenchmarks.print(
                new PrintStream(bytes, true, StandardCharsets.UTF_8),
                new Runner(MicroBenchmarks.options("")
                                .warmupIterations(0)
                                .measurementIterations(1)
                                .measurementTime(TimeValue.milliseconds(1))
                                .forks(0)
                                .verbosity(VerboseMode.SILENT)
                                .build())
                        .run());
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("| DispatchBenchmark.dispatch |", "| CodecBenchmark.decode |", "| CodecBenchmark.encode |")
                .contains("| DecisionBenchmark.decideCompletion |", "| DecisionBenchmark.decideRetry |")
                .contains("| WorkerBenchmark.threads |", "| WorkerBenchmark.drain |");
    }
}
