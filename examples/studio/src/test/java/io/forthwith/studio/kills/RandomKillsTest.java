package io.forthwith.studio.kills;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.studio.Settings;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.GifFacts;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.process.WorkerProcesses;
import io.forthwith.studio.scenario.Stage;
import io.forthwith.studio.show.Console;
import io.forthwith.studio.show.WorkerLog;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two worker processes run the jobs of users who order and cancel images, videos and episodes. One of them is killed
 * with {@code kill -9} at random moments while it has work, and is started again. At the end, every user has paid
 * exactly for what was delivered, and the status of every episode follows from its jobs.
 *
 * <p>6 kills, 20 with {@code -Dthorough=true}, or 500 with {@code -Pchaos}; {@code -Dchaos.kills} and
 * {@code -Dchaos.seed} say otherwise. The seed determines the orders and the delays, but not how processes and kills
 * interleave.
 */
@DisplayName("Workers killed at random")
@Timeout(value = 3, unit = TimeUnit.HOURS)
@Tag("section")
@Tag("slow")
class RandomKillsTest {
    private static final int KILLS = Integer.getInteger("chaos.kills", usualKills());
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime());
    /** The limit for more kills than planned, if too few of them hit a step or an undo. */
    private static final int MOST_KILLS = Math.max(60, 3 * KILLS);

    private static final Duration LONGEST_DELAY = Duration.ofMillis(400);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration IMAGE_LATENCY = Duration.ofMillis(40);
    private static final Duration CREDITS_LATENCY = Duration.ofMillis(80);
    private static final int CONCURRENCY = 8;
    /** The number of frames in a film with two shots. */
    private static final int FRAMES = 32;

    private final Random random = new Random(SEED);
    private final Hits hits = new Hits();

    private static int usualKills() {
        if (Boolean.getBoolean("chaos")) {
            return 500;
        }
        return Boolean.getBoolean("thorough") ? 20 : 6;
    }

    @Test
    @DisplayName("charge each user exactly for what was delivered")
    void balance(@TempDir Path folder) throws Exception {
        System.out.println("Random kills: " + KILLS + " with -Dchaos.seed=" + SEED);
        Path log = Files.createDirectories(Path.of("target")).resolve("random-kills.log");
        try (EmbeddedPostgres server = durable();
                HikariDataSource database = database(server);
                PrintStream out = new PrintStream(log.toFile(), StandardCharsets.UTF_8);
                WorkerLog lines = new WorkerLog(new Console(out, false));
                ImageApi api = ImageApi.start(Stage.API_KEY, IMAGE_LATENCY)) {
            Path files = folder.resolve("forthwith-studio");
            Books books = new Books(database, log);
            System.out.println("Random kills: " + books.settings());
            CreditLedger credits = new CreditLedger(database, Texts.in("en"));
            credits.createTables();
            long start = System.nanoTime();
            try (Customers customers = new Customers(database, credits, api, files, random.nextLong());
                    Workers workers = new Workers(database, name -> {
                        String url = url(server) + "?ApplicationName=" + name;
                        Settings settings = new Settings(files, "en", "postgres", url, "postgres", "postgres");
                        return new WorkerProcesses(settings, api.uri(), lines, CONCURRENCY, CREDITS_LATENCY);
                    })) {
                customers.keepOrdering();
                while (hits.kills() < KILLS || (!hits.areConclusive(KILLS) && hits.kills() < MOST_KILLS)) {
                    killOne(workers, books);
                }
                customers.close();
                await().pollInterval(Duration.ofMillis(50))
                        .atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(books.open()).isEmpty());
            }
            System.out.printf(
                    "Random kills: %s; %s; %.1f s%n", hits, books.summary(), (System.nanoTime() - start) / 1e9);
            books.assertBalanced();
            books.assertFamilies(FRAMES);
            assertThat(books.films()).as("films").isPositive();
            assertThat(GifFacts.read(files.resolve("film.gif")).frames()).isEqualTo(FRAMES);
        }
        assertThat(hits.areConclusive(KILLS)).as("inconclusive: %s", hits).isTrue();
    }

    private void killOne(Workers workers, Books books) throws Exception {
        Workers.Slot victim = workers.awaitWork(random, PATIENCE);
        // A delay: the latch is never counted down.
        new CountDownLatch(1).await(random.nextLong(LONGEST_DELAY.toNanos()), TimeUnit.NANOSECONDS);
        long pid = victim.kill();
        hits.add(books.heldBy(pid));
        victim.start();
    }

    private static EmbeddedPostgres durable() throws Exception {
        return EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .start();
    }

    private static HikariDataSource database(EmbeddedPostgres server) {
        HikariDataSource database = new HikariDataSource();
        database.setJdbcUrl(url(server));
        database.setUsername("postgres");
        database.setPassword("postgres");
        JdbcSchema.migrate(database);
        return database;
    }

    private static String url(EmbeddedPostgres server) {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/postgres";
    }
}
