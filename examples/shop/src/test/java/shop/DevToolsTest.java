package shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import slow.SlowShop;

@DisplayName("A shop with Spring Boot's developer tools")
@Tag("slow")
class DevToolsTest {
    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

    @TempDir
    private Path watched;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private Process shop;

    @AfterEach
    void stop() throws Exception {
        if (shop != null) {
            shop.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        }
    }

    private void start(String main) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main,
                "--forthwith.worker.grace-period=1s",
                "--server.port=0",
                "--spring.datasource.url=" + Postgres.newDatabase(),
                "--spring.liquibase.enabled=false",
                "--spring.devtools.restart.additional-paths=" + watched,
                "--spring.devtools.restart.poll-interval=400ms",
                "--spring.devtools.restart.quiet-period=100ms"));
        shop = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread reader = new Thread(() -> {
            try (BufferedReader output =
                    new BufferedReader(new InputStreamReader(shop.getInputStream(), StandardCharsets.UTF_8))) {
                output.lines().forEach(lines::add);
            } catch (IOException ended) {
                lines.add(ended.toString());
            }
        });
        reader.setDaemon(true);
        reader.start();
    }

    private int awaitPort() throws InterruptedException {
        return Integer.parseInt(awaitLine(PORT).group(1));
    }

    private Matcher awaitLine(Pattern wanted) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (end - System.nanoTime() > 0) {
            String line = lines.poll(1, TimeUnit.SECONDS);
            if (line != null) {
                seen.add(line);
                Matcher matcher = wanted.matcher(line);
                if (matcher.find()) {
                    return matcher;
                }
            }
        }
        throw new AssertionError("The shop did not say " + wanted + ": " + String.join("\n", seen));
    }

    @Test
    @DisplayName("runs jobs again after a restart in the same process")
    void restart() throws Exception {
        Files.writeString(watched.resolve("a.txt"), "as it was");
        start(ShopApplication.class.getName());
        for (int time = 1; time <= 2; time++) {
            int port = awaitPort();
            String order = Shops.send("POST", port, "/orders?customer=ada@example.org&cents=1")
                    .body()
                    .replace("\"", "");
            org.awaitility.Awaitility.await()
                    .atMost(Shops.SOON)
                    .until(() -> Shops.send("GET", port, "/orders/" + order + "/confirmed")
                            .body()
                            .equals("true"));
            if (time == 1) {
                Files.writeString(watched.resolve("b.txt"), "changed");
            }
        }
        assertThat(shop.isAlive()).isTrue();
    }

    @Test
    @DisplayName("hands a running job back when it restarts, and runs it again")
    void restart_while_running() throws Exception {
        Files.writeString(watched.resolve("a.txt"), "as it was");
        start(SlowShop.class.getName());
        String job = Shops.send("POST", awaitPort(), "/slow").body().replace("\"", "");
        awaitLine(Pattern.compile("Slow job, claim 1"));

        Files.writeString(watched.resolve("b.txt"), "changed");

        int port = awaitPort();
        org.awaitility.Awaitility.await()
                .atMost(Shops.SOON)
                .until(() -> Shops.send("GET", port, "/slow/" + job).body().startsWith("COMPLETED"));
        // Handed back, and not taken over after its lease: that would count a lost worker. No attempt is used up.
        assertThat(Shops.send("GET", port, "/slow/" + job).body())
                .isEqualTo("COMPLETED attempt 1 lost workers 0 failures 0");
    }
}
