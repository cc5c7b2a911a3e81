package io.forthwith.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.studio.film.GifFacts;
import io.forthwith.studio.show.Console;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Each run has its own database, so the runs may overlap: a studio mostly waits for leases and retries. */
@DisplayName("The studio")
@Execution(ExecutionMode.CONCURRENT)
class StudioTest {
    @TempDir
    private Path folder;

    @Test
    @Tag("slow")
    @DisplayName("plays every scenario for one process on H2, in English, and says what the other scenarios need")
    void h2() throws Exception {
        String output = run(properties("lang", "en"));

        assertThat(output)
                .contains("Forthwith studio · H2 2")
                .contains("✔ error_message  Insufficient credits")
                .contains("✔ error_message  The image service refused the API key")
                .contains("✔ error_message  Unknown job type: unknown_task_type")
                .contains("✔ error_message  Video configuration does not exist")
                .contains("✔ error_message  1 of 6 child jobs failed: Video configuration does not exist")
                .contains("✔ images         dawn completed, noon completed, dusk processing")
                .contains("✔ → shots        dawn completed, noon failed, dusk waiting")
                .contains("✔ → film         cancelled")
                .contains("✔ → shots        dawn completed, noon completed, dusk completed, night completed")
                .contains("✔ ran            shot_video_generation, final_video_export")
                .contains("✔ error_message  nobody is no address")
                .contains("✔ others         [completed, completed, completed]")
                .contains("✔ requests       1 for 3 mails")
                .contains("✔ saves          [new, replaced, replaced]")
                .contains("✔ key-1          24 completed, 24 calls, 0 refused")
                .contains("✔ key-2          24 completed, 24 calls, 0 refused")
                .contains("✔ key-3          3 completed, 3 calls, 0 refused")
                .containsPattern("key-1 +image-api +24 +24 +24 +3 +(1\\d|20) +0")
                .containsPattern("✔ without        [1-9]\\d* of 24 calls refused")
                .contains("✔ All 17 scenarios came out as expected");
        assertThat(output)
                .contains("7  A worker process killed with kill -9")
                .contains("S  A worker process killed with kill -9")
                .contains("-Ddb=postgres")
                .containsPattern("✔ undone by +undo:asset_image_generation completed, which undoes [0-9a-f-]{36}")
                .containsPattern("✔ run_at +2\\.00\\d s after the failure");
        assertThatAllIsWell(output, 38, "ada +200 +150 +15 +65");
    }

    @Test
    @Tag("slow")
    @DisplayName("plays every scenario on an embedded PostgreSQL, in Chinese")
    void postgres() throws Exception {
        String output = run(properties("db", "postgres", "lang", "zh"));

        assertThat(output)
                .contains("PostgreSQL")
                .contains("✔ error_message  积分不足")
                .contains("✔ error_message  图片服务拒绝了 API 密钥")
                .contains("✔ error_message  未知的任务类型: unknown_task_type")
                .contains("✔ error_message  视频配置不存在")
                .contains("✔ error_message  6 个子任务中有 1 个失败: 视频配置不存在")
                .contains("✔ → 镜头         dawn completed, noon failed, dusk waiting")
                .contains("✔ → 成片         cancelled")
                .contains("✔ error_message  nobody 不是有效的邮箱地址")
                .contains("✔ 请求           1 次请求，共 3 封邮件")
                .contains("✔ key-1          完成 24，调用 24，被拒绝 0")
                .contains("✔ 全部 19 个场景均符合预期")
                .containsPattern("✔ 撤销任务 +undo:asset_image_generation completed，撤销 [0-9a-f-]{36}")
                .contains("✔ error_message  任务运行超过了 1 秒的时间限制")
                .contains("✔ API 调用       1 次")
                .contains("✔ API 调用       2 次")
                .containsPattern("✔ 接管 +被杀后 \\d\\.\\d 秒由 worker-[12] 接管");
        assertThatAllIsWell(output, 40, "ada +200 +160 +15 +55");
    }

    @Test
    @Tag("slow")
    @DisplayName("runs again and again on a database server that it did not start")
    void any_other() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.start()) {
            Properties properties = properties(
                    "jdbc.url", server.getJdbcUrl("postgres", "postgres"),
                    "jdbc.user", "postgres",
                    "jdbc.password", "postgres");

            assertThatAllIsWell(run(properties), 40, "ada +200 +160 +15 +55");
            assertThatAllIsWell(run(properties), 40, "ada +200 +160 +15 +55");
        }
    }

    @Test
    @DisplayName("refuses a database or language it does not know, and says which it knows")
    void unknown_settings() {
        assertThatThrownBy(() -> Settings.of(properties("db", "oracle")))
                .hasMessage("-Ddb=oracle is not known; it may be h2 or postgres");
        assertThatThrownBy(() -> Settings.of(properties("lang", "fr")))
                .hasMessage("-Dlang=fr is not known; it may be en or zh");
    }

    private void assertThatAllIsWell(String output, int jobs, String account) throws Exception {
        assertThat(output).doesNotContain("✘");

        List<String> rows = output.lines()
                .filter(line -> line.matches("  [0-9a-f]{8}-[0-9a-f-]{27}  .*"))
                .toList();
        assertThat(rows).hasSize(jobs).allSatisfy(row -> assertThat(row).matches(".* \\d+\\.\\d{3}"));
        assertThat(rows).filteredOn(row -> row.contains(" failed ")).hasSize(6);
        assertThat(rows).filteredOn(row -> row.contains(" undo:")).hasSize(3);
        assertThat(output).containsPattern(account).containsPattern("bob +3 +0 +0 +3");

        Path film = folder.resolve("forthwith-studio").resolve("film.gif");
        assertThat(output).contains("film.gif");
        assertThat(GifFacts.read(film).frames()).isEqualTo(64);
    }

    private Properties properties(String... keysAndValues) {
        Properties properties = new Properties();
        properties.setProperty("studio.dir", folder.toString());
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.setProperty(keysAndValues[i], keysAndValues[i + 1]);
        }
        return properties;
    }

    private static String run(Properties properties) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        try {
            new Studio(Settings.of(properties), new Console(out, false)).run();
        } finally {
            // The output explains best why the studio failed.
            System.out.println(bytes.toString(StandardCharsets.UTF_8));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
