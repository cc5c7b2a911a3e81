package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs each workload of this kind in a short form. Its figures mean nothing; the tests check that it runs and verifies its results. */
@Tag("slow")
class ResponseWorkloadsTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static BenchmarkDatabase database;

    @BeforeAll
    static void start() throws Exception {
        database = BenchmarkDatabase.start(Options.NONE);
    }

    @AfterAll
    static void stop() throws Exception {
        database.close();
    }

    @Test
    void measures_how_soon_jobs_begin_in_both_places() throws Exception {
        List<Responder> responders = Responders.listed("forthwith,db-scheduler-fastest");
        IdleWorkload idle = new IdleWorkload(responders, Duration.ofMillis(100), Duration.ofMillis(300));
        assertThat(run(new PickupWorkload(responders, 1, 1, LIMIT, idle)))
                .containsPattern("\\| forthwith, same process \\| [^\n]* \\| 1 \\|")
                .containsPattern("\\| forthwith, other process \\| [^\n]* \\| 1 \\|")
                .containsPattern("\\| db-scheduler-fastest, other process \\| [^\n]* \\| 1 \\|")
                .containsPattern("\\| two commits over bare JDBC \\| [^\n]* \\| 1 \\|")
                .containsPattern("\\| forthwith \\| \\d+\\.\\d \\|");
    }

    @Test
    void measures_failures() throws Exception {
        assertThat(run(new FailureWorkload(Responders.listed("forthwith"), 1, 1, LIMIT)))
                .containsPattern("\\| forthwith \\| [^\n]* \\| 1 \\|");
    }

    @Test
    void measures_unknown_types() throws Exception {
        assertThat(run(new UnknownWorkload(Responders.listed("forthwith"), 1, 1, LIMIT)))
                .containsPattern("\\| forthwith \\| [^\n]* \\| 1 \\|");
    }

    @Test
    void a_failure_that_does_not_last_voids_the_round() throws Exception {
        Latencies one = Latencies.of(List.of(1.0));
        VisibleFailures.requireFinal(database, one, "SELECT 1");
        assertThatThrownBy(() -> VisibleFailures.requireFinal(database, one, "SELECT 0"))
                .hasMessageContaining("Expected 1 but found 0");
        VisibleFailures.requireFinal(database, new Latencies(List.of(), 1, LIMIT), "SELECT 0");
    }

    @Test
    void says_if_nothing_is_to_be_seen() {
        Latencies never = new Latencies(List.of(), 1, Duration.ofSeconds(30));
        assertThat(never).hasToString("not within 30 s");
        assertThat(table(List.of(never, never))).contains("| not within 30 s | – | – | – | 2 |");
        Latencies sometimes = new Latencies(List.of(1.0, 2.0, 30.0), 0, Duration.ofSeconds(30));
        assertThat(table(List.of(sometimes, never)))
                .contains("| 2.00 | 30.00 | 1.00 to 30.00 | 2.00 to 2.00 | 3 and 1 not within 30 s |");
    }

    private static String table(List<Latencies> rounds) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Latencies.print(out, "what", List.of(new Series<>("name", rounds)));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void measures_the_way_out_of_a_kill() throws Exception {
        assertThat(run(new KillWorkload(Responders.listed("forthwith-fastest"), 1, LIMIT, Duration.ofMillis(100))))
                .containsPattern("\\| forthwith-fastest \\| [^\n]* \\| 1 \\|");
    }

    private static String run(Benchmarks.Workload workload) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        workload.run(database, new Report("test", new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
