package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The conditions that all contenders share, and what the report says about them. */
class SameGroundTest {
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
    void a_pool_has_all_its_connections_when_it_is_opened() throws Exception {
        try (HikariDataSource pool = Pools.open(database.url(), 20)) {
            HikariPoolMXBean state = pool.getHikariPoolMXBean();
            assertThat(state.getTotalConnections()).isEqualTo(20);
            assertThat(state.getIdleConnections()).isEqualTo(20);
        }
        database.awaitDisconnected();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "com.github.kagkarlsson.scheduler",
                "com.zaxxer.hikari.pool",
                "io.forthwith.worker",
                "org.jobrunr",
                "org.quartz.core"
            })
    void a_library_that_logs_more_or_less_than_the_others_is_refused(String name) {
        assertThat(Logs.level()).isEqualTo(Logs.USUAL);
        Logger logger = (Logger) LoggerFactory.getLogger(name);
        logger.setLevel(Level.ERROR);
        try {
            assertThatThrownBy(Logs::level).hasMessageContainingAll("Some log more than others", "ERROR=[" + name);
        } finally {
            logger.setLevel(null);
        }
    }

    @Test
    void no_logger_logs_while_jobs_are_to_fail_and_all_do_again_afterwards() throws Exception {
        try (AutoCloseable silence = Logs.off()) {
            assertThat(Logs.level()).isEqualTo(Logs.NONE);
        }
        assertThat(Logs.level()).isEqualTo(Logs.USUAL);
    }

    @Test
    void a_process_that_logs_at_another_level_is_refused() throws Exception {
        List<String> failing = List.of("forthwith", Behaviour.UNKNOWN.name());
        try (ChildProcess process =
                ChildProcess.start(JavaCommand.of(ResponderMain.class, failing), database.url(), line -> false)) {
            assertThatThrownBy(() -> process.awaitReady(Logs.USUAL)).hasMessageContaining("logs at OFF");
        }
    }

    @Test
    void says_and_keeps_on_what_a_figure_was_measured(@TempDir Path folder) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Report report = new Report("test", new PrintStream(bytes, true, StandardCharsets.UTF_8));
        Benchmarks.run((where, what) -> {}, database, report);
        assertThat(List.of(bytes.toString(StandardCharsets.UTF_8), Files.readString(report.write(folder))))
                .allSatisfy(said -> assertThat(said)
                        .containsPattern("PostgreSQL \\d+\\.\\d+")
                        .contains("fsync on", "synchronous_commit on", "full_page_writes on", "shared_buffers 512MB")
                        .containsPattern("\\d+ processors")
                        .contains(System.getProperty("java.runtime.version"))
                        .containsPattern("log level\"?( :|:) \"?WARN of everybody"));
    }
}
