package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.forthwith.worker.Checks.Sight;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@DisplayName("Whatever the order of things, and whatever fails,")
class SimulationTest {
    /** How long new orders are tried, in seconds; longer with {@code -Pchaos}. */
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("forthwith.simulation.seconds", 10));

    private static final int MOST_RUNS = 1_000;

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.forthwith");
    private Level level;

    @BeforeEach
    void silence() {
        level = logger.getLevel();
        logger.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        logger.setLevel(level);
    }

    private static Map<Sight, Long> run(long seed) {
        try {
            return new Simulation(seed).run();
        } catch (Throwable broken) {
            throw new AssertionError("Simulation with seed " + seed + ": " + broken.getMessage(), broken);
        }
    }

    @Test
    @DisplayName("no job is lost, invented, ended twice or written by whoever has lost it")
    void always() {
        long first = new Random().nextLong();
        System.out.println("Simulation: seeds from " + first);
        Map<Sight, Long> sights = new EnumMap<>(Sight.class);
        long end = System.nanoTime() + TIME.toNanos();
        long runs = 0;
        for (; System.nanoTime() < end; runs++) {
            run(first + runs).forEach((sight, count) -> sights.merge(sight, count, Long::sum));
        }
        System.out.println("Simulation: " + runs + " runs, in which was seen " + sights);
        assertThat(sights).as("what must be seen in some run").containsKeys(Sight.values());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a store with a bug is found out:")
    void foundOut(PlantedBug.Bug bug) {
        for (long seed = 0; seed < MOST_RUNS; seed++) {
            try {
                new Simulation(seed, new PlantedBug(bug)).run();
            } catch (AssertionError found) {
                System.out.println(
                        "Simulation: " + bug + " found after " + (seed + 1) + " runs: " + found.getMessage());
                return;
            }
        }
        throw new AssertionError(bug + " has gone unseen for " + MOST_RUNS + " runs");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, -8530182877706678964L, -2497801336429325670L})
    @DisplayName("nor with seeds that have failed once")
    void regressions(long seed) {
        assertThat(run(seed)).isNotNull();
    }
}
