package io.forthwith.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The settings of a worker process")
class WorkerSettingsTest {
    @Test
    @DisplayName("are passed as system properties, except the password, which is passed in the environment")
    void travel(@TempDir Path folder) {
        WorkerSettings sent = new WorkerSettings(
                new Settings(
                        folder.resolve("forthwith-studio"),
                        "zh",
                        "postgres",
                        "jdbc:postgresql:a",
                        "ada",
                        "secret",
                        Duration.ofMinutes(1),
                        null),
                "worker-1",
                "night",
                7,
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                URI.create("http://localhost/images"),
                Duration.ofMillis(50));
        Properties properties = new Properties();
        properties.putAll(sent.properties());

        assertThat(properties.toString()).doesNotContain("secret");
        assertThat(WorkerSettings.of(properties, Map.of("JDBC_PASSWORD", "secret")))
                .isEqualTo(sent);
    }

    @Test
    @DisplayName("must name the database and the image service; the rest has defaults")
    void needed() {
        Properties properties = new Properties();
        assertThatThrownBy(() -> WorkerSettings.of(properties, Map.of()))
                .hasMessage(
                        "-Djdbc.url=… is missing: the address of the database that the worker shares with the studio");
        properties.setProperty("jdbc.url", "jdbc:postgresql:a");
        assertThatThrownBy(() -> WorkerSettings.of(properties, Map.of()))
                .hasMessage("-Dimages.uri=… is missing: the address of the image service");
        properties.setProperty("images.uri", "http://localhost/images");

        assertThat(WorkerSettings.of(properties, Map.of()).queue()).isEqualTo("default");
    }
}
