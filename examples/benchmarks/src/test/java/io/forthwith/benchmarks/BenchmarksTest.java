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
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Runs each workload in a short form. Its figures mean nothing; the tests check that it runs and verifies its results. */
@Tag("slow")
class BenchmarksTest {
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
    void measures_what_a_parent_costs() throws Exception {
        assertThat(run(new FamilyWorkload(300, 2)))
                .contains("| drain 300 no-op jobs, 1 worker |", "| drain 300 no-op children of one parent, 1 worker |")
                .containsPattern("with a parent : without, drain, by the medians \\| \\d+\\.\\d\\d \\|");
    }

    @Test
    void measures_every_database_beside_postgresql() throws Exception {
        assertThat(run(new DatabasesWorkload(List.of("mariadb", "h2", "sqlite"), 50, 1)))
                .contains("| postgresql |", "| mariadb |", "| h2 |", "| sqlite |", "| drain beside a purge, jobs/s |");
    }

    @Test
    void measures_growth_on_mariadb() throws Exception {
        List<MariaDbGrowthWorkload.Backlog> all =
                MariaDbGrowthWorkload.named(List.of(MariaDbGrowthWorkload.ALL.split(",")));
        assertThat(run(new MariaDbGrowthWorkload(all, 200, Duration.ofMillis(300), 50, 1)))
                .contains("| drain of 50 jobs on MariaDB | jobs/s, median | range | it : empty |")
                .containsPattern("\\| mariadb-beside-0-nothing \\|[^\n]*\\| 1\\.00 \\|")
                .contains("| mariadb-beside-200-pending |", "| mariadb-beside-200-pending_behind |")
                .contains("| mariadb-beside-200-deferred |", "| mariadb-beside-200-finished |")
                .contains("| mariadb-beside-0-snapshot |");
    }

    @Test
    void measures_batches() throws Exception {
        assertThat(run(new BatchWorkload(20, 10, Duration.ofMillis(1), 1, 0)))
                .contains("| one job a call |", "| up to 10 jobs a call |")
                .containsPattern("batches : single, by the medians \\| \\d+\\.\\d \\| the bar is 0 \\|");
    }

    @Test
    void measures_cancellations() throws Exception {
        assertThat(run(new CancelWorkload(5, 1))).contains("| median of 5 |", "cancel() → cancelled");
    }

    @Test
    void measures_time_limits() throws Exception {
        assertThat(run(new TimeLimitWorkload(5, 1, Duration.ofMillis(20))))
                .contains("| median of 5 |", "limit passed → failed");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with Java 21")
    void runs_many_jobs_at_the_same_moment_on_virtual_threads() throws Exception {
        assertThat(run(new VirtualWorkload(500, Duration.ofMillis(500))))
                .contains("| at work at the same moment, at the most | 500 |", "| peak heap, garbage included, MiB |");
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_20)
    void says_that_virtual_threads_need_a_later_Java() throws Exception {
        assertThat(run(new VirtualWorkload(500, Duration.ofMillis(500))))
                .contains("this workload needs Java 21 or later");
    }

    @Test
    void a_row_that_is_not_as_it_should_be_spoils_the_figure() throws Exception {
        database.empty();
        try (StatusWatch watch = StatusWatch.on(database)) {
            watch.requireAll(0, "status = 'failed'");
            database.outsider().createStatement().execute("INSERT INTO job (id, type) VALUES (gen_random_uuid(), 't')");
            assertThatThrownBy(() -> watch.requireAll(1, "status = 'failed'"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Of 1 jobs 1 are in the database and 0 are as they should be");
        }
    }

    @Test
    void quantiles_are_by_nearest_rank() {
        List<Double> sample = List.of(4.0, 1.0, 3.0, 2.0);
        assertThat(Figures.quantile(sample, 0)).isEqualTo(1.0);
        assertThat(Figures.quantile(sample, 0.5)).isEqualTo(2.0);
        assertThat(Figures.quantile(sample, 0.99)).isEqualTo(4.0);
    }

    private static String run(Benchmarks.Workload workload) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Benchmarks.run(workload, database, new Report("test", out));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
