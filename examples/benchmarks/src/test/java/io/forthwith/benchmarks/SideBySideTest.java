package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contenders side by side in short runs. The figures mean nothing; the tests check that all contenders run and are verified. */
@Tag("slow")
class SideBySideTest {
    private static BenchmarkDatabase database;

    @BeforeAll
    static void start() throws Exception {
        database = BenchmarkDatabase.start(Options.NONE);
    }

    @AfterAll
    static void stop() throws Exception {
        database.close();
    }

    /** JobRunr and Quartz take many seconds to stop, so CI runs this test. */
    @Test
    void drains_contenders_in_turn_and_keeps_the_raw_results(@TempDir Path folder) throws Exception {
        Report report = new Report("drain", System.out);
        List<Contender> contenders = Contenders.listed("forthwith,forthwith-deleting,db-scheduler,limit-10");
        List<Series<Sample>> samples =
                new DrainWorkload(contenders, Load.noop(100), 1, List.of(1)).measure(database, report);
        assertThat(samples)
                .allSatisfy(series -> assertThat(series.samples())
                        .singleElement()
                        .satisfies(sample -> {
                            assertThat(sample.jobsPerSecond()).isPositive();
                            assertThat(sample.commits()).isPositive();
                            assertThat(sample.walBytes()).isPositive();
                        }));
        assertThat(Files.readString(report.write(folder)))
                .contains("\"name\" : \"db-scheduler\"", "\"jobsPerSecond\" : ");
    }

    @Test
    void drains_with_one_and_with_two_processes() throws Exception {
        DrainWorkload drain = new DrainWorkload(
                Contenders.listed("forthwith"), new Load(40, Duration.ofMillis(1), 5), 1, List.of(1, 2));
        assertThat(run(drain))
                .contains(
                        "| drain of 40 jobs of 1 ms, 5 at a time, worker processes: 1 and 2 |",
                        "| forthwith, processes: 1 |",
                        "| forthwith, processes: 2 |");
    }

    @Test
    void a_cold_drain_starts_new_processes_and_counts_their_start() throws Exception {
        ColdWorkload cold = new ColdWorkload(Contenders.listed("forthwith"), Load.noop(40), 1, List.of(1, 2), 1);
        // A JVM alone needs more than a tenth of a second.
        assertThat(run(cold))
                .containsPattern("\\| forthwith \\| 1 \\| 40 \\| (0\\.[1-9]\\d|[1-9]\\d*\\.\\d\\d) \\|[^\n]*\\| – \\|")
                .containsPattern("\\| forthwith \\| 2 \\| 40 \\|");
    }

    @Test
    void says_of_the_short_form_how_it_stands_to_the_bars() throws Exception {
        IdleWorkload idle =
                new IdleWorkload(Responders.listed("forthwith"), Duration.ofMillis(100), Duration.ofMillis(300));
        assertThat(run(new ShortWorkload(100, 1, idle, new ShortWorkload.Bars(0, 0, 1_000))))
                .contains("by the best rounds, the bar is 0.00", "statements a second; the bar is 1000.0");
    }

    @Test
    void enqueues_one_by_one_and_in_bulk() throws Exception {
        List<Contender> contenders = Contenders.listed("forthwith,forthwith-async");
        String said = run(new EnqueueWorkload(contenders, 20, 1));
        assertThat(said).contains("| enqueue, 1 thread |", "| enqueue, 8 threads |", "| enqueue, in bulk |");
        String oneByOne = said.substring(0, said.indexOf("| enqueue, in bulk |"));
        assertThat(oneByOne).contains("| forthwith-async |");
        assertThat(said.substring(oneByOne.length())).contains("| forthwith |").doesNotContain("async");
    }

    @Test
    void the_clock_of_pipelined_jobs_stops_when_all_of_them_are_durable() throws Exception {
        Contender pipelined = Contenders.named("forthwith-pipelined");
        database.prepare(pipelined, 0);
        try (HikariDataSource pool = Pools.open(database.url(), 8)) {
            new EnqueueRun(pipelined, Load.noop(3_000), 8).run(pool);
            database.require(3_000, pipelined.countJobs());
        }
    }

    @Test
    void drains_beside_what_has_grown() throws Exception {
        List<GrownForthwith> grown =
                GrownForthwith.beside(List.of(GrownForthwith.ALL.split(",")), 200, Duration.ofMillis(300));
        assertThat(grown).hasSize(GrownForthwith.Backlog.values().length);
        // Each contender starts a process. The others differ only in the rows that are inserted before.
        List<GrownForthwith> some = grown.stream()
                .filter(each -> each.name().matches(".*(nothing|pending_behind|snapshot)"))
                .toList();
        assertThat(run(new GrowthWorkload(some, 100, 1)))
                .contains("| drain of 100 jobs | jobs/s, median | range | it : empty |")
                .containsPattern("\\| forthwith-beside-0-nothing \\|[^\n]*\\| 1\\.00 \\|")
                .containsPattern("\\| forthwith-beside-200-pending_behind \\|[^\n]*\\| \\d+\\.\\d\\d \\|")
                .contains("| forthwith-beside-0-snapshot |");
    }

    @Test
    void jobs_that_a_backlog_of_their_priority_is_to_be_behind_are_due_before_it_and_the_other_way_round()
            throws Exception {
        Map<GrownForthwith.Backlog, String> orders = Map.of(
                GrownForthwith.Backlog.PENDING_BEHIND,
                "max(mine.run_at) < min(backlog.run_at)",
                GrownForthwith.Backlog.PENDING_BEFORE,
                "min(mine.run_at) > max(backlog.run_at)");
        for (Map.Entry<GrownForthwith.Backlog, String> order : orders.entrySet()) {
            database.clear();
            database.prepare(new GrownForthwith(order.getKey(), 20, Duration.ZERO), 10);
            database.require(
                    200,
                    "SELECT CASE WHEN " + order.getValue() + " THEN count(*) END FROM job mine JOIN job backlog"
                            + " USING (queue, priority, status)"
                            + " WHERE mine.project_id IS NULL AND backlog.project_id IS NOT NULL");
        }
    }

    @Test
    void a_snapshot_that_was_let_go_before_the_end_voids_the_round() throws Exception {
        database.clear();
        try (GrownForthwith contender =
                new GrownForthwith(GrownForthwith.Backlog.SNAPSHOT, 0, Duration.ofMillis(300))) {
            database.prepare(contender, 0);
            contender.verify(database, 0);
            database.prepare(contender, 0);
            contender.close();
            assertThatThrownBy(() -> contender.verify(database, 0)).hasMessageContaining("the snapshot was not held");
        }
    }

    @Test
    void a_job_that_ran_twice_or_not_at_all_voids_the_round() throws Exception {
        Tally first = new Tally(3, Duration.ZERO);
        Tally second = new Tally(3, Duration.ZERO);
        first.run(0);
        first.run(2);
        assertThatThrownBy(() -> Tally.requireOnce(List.of(first.answer(), second.answer()), 3))
                .hasMessage("Of 3 jobs 2 have run");
        second.run(1);
        second.run(-1);
        Tally.requireOnce(List.of(first.answer(), second.answer()), 3);
        second.run(2);
        assertThatThrownBy(() -> Tally.requireOnce(List.of(first.answer(), second.answer()), 3))
                .hasMessage("Jobs have run in two processes");
        first.run(0);
        assertThatThrownBy(() -> Tally.requireOnce(List.of(first.answer()), 3))
                .hasMessageContaining("more than once in one process");
    }

    @Test
    void a_row_that_says_of_a_job_that_it_ran_twice_voids_the_round() throws Exception {
        Contender forthwith = Contenders.named("forthwith");
        database.prepare(forthwith, 1);
        database.execute("UPDATE job SET status = 'completed', claim = 1, attempt = 1, progress = 100");
        forthwith.verify(database, 1);
        database.execute("UPDATE job SET claim = 2");
        assertThatThrownBy(() -> forthwith.verify(database, 1)).hasMessageContaining("Expected 1 but found 0");
    }

    @Test
    void a_job_that_is_missing_or_left_over_in_the_tables_voids_the_round() throws Exception {
        Contender forthwith = Contenders.named("forthwith");
        database.prepare(forthwith, 1);
        database.execute("UPDATE job SET status = 'completed', claim = 1, attempt = 1, progress = 100");
        assertThatThrownBy(() -> forthwith.verify(database, 2)).hasMessageContaining("Expected 2 but found 1");
        Contender peer = Contenders.named("db-scheduler");
        database.prepare(peer, 1);
        assertThatThrownBy(() -> peer.verify(database, 1)).hasMessageContaining("Expected 0 but found 1");
    }

    @Test
    void a_job_that_a_contender_on_Node_has_left_over_or_run_twice_voids_the_round() throws Exception {
        database.clear();
        database.execute("CREATE TABLE jobs AS SELECT 1 AS id");
        Contender graphile = Contenders.named("graphile");
        assertThatThrownBy(() -> graphile.verify(database, 1)).hasMessageContaining("Expected 0 but found 1");
        database.execute("CREATE TABLE job AS SELECT 'noop' AS name, 'completed' AS state, 0 AS retry_count");
        Contender pgboss = Contenders.named("pgboss");
        pgboss.verify(database, 1);
        assertThatThrownBy(() -> pgboss.verify(database, 2)).hasMessageContaining("Expected 2 but found 1");
        database.execute("UPDATE job SET retry_count = 1");
        assertThatThrownBy(() -> pgboss.verify(database, 1)).hasMessageContaining("Expected 1 but found 0");
    }

    @Test
    void finds_every_setting_of_db_scheduler_by_its_name() {
        for (String name :
                List.of("db-scheduler", "db-scheduler-100", "db-scheduler-100-2-6", "db-scheduler-20-4-20")) {
            assertThat(Contenders.named(name).name()).isEqualTo(name);
        }
        assertThat(Contenders.named("db-scheduler-100").settings(Load.noop(1)))
                .contains("100 threads, lower limit 0.5, upper limit 4 times the threads, 102 connections");
    }

    @Test
    void a_database_that_may_lose_what_it_has_committed_is_refused() throws Exception {
        database.execute("SET synchronous_commit = off");
        assertThatThrownBy(database::requireDurable).hasMessageContaining("synchronous_commit is off");
        database.execute("SET synchronous_commit = on");
    }

    private static String run(Benchmarks.Workload workload) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Benchmarks.run(workload, database, new Report("test", new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
