package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@DisplayName("In every order of events and with every fault,")
class SimulationTest {
    /** How long to try new seeds, in seconds; longer with {@code -Pchaos}. */
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("forthwith.simulation.seconds", 10));

    private static final Duration MOST_TIME = TIME.plusMinutes(2);

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
    @DisplayName("no job is lost, invented, ended twice or written by a worker that has lost it")
    void always() {
        long first = new Random().nextLong();
        System.out.println("Simulation: seeds from " + first);
        Map<Sight, Long> sights = new EnumMap<>(Sight.class);
        long start = System.nanoTime();
        long runs = 0;
        for (; goesOn(Duration.ofNanos(System.nanoTime() - start), sights); runs++) {
            run(first + runs).forEach((sight, count) -> sights.merge(sight, count, Long::sum));
        }
        System.out.println("Simulation: " + runs + " runs, in which was seen " + sights);
        assertThat(sights).as("what must be seen in some run").containsKeys(Sight.values());
    }

    /** On a slow machine it takes longer until all events have happened. */
    private static boolean goesOn(Duration spent, Map<Sight, Long> sights) {
        return spent.compareTo(sights.size() < Sight.values().length ? MOST_TIME : TIME) < 0;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a store with a bug is found out:")
    void found_out(PlantedBug.Bug bug) {
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

    @Test
    @DisplayName("a seed determines one order of events")
    void repeatable() {
        List<Integer> traces = Stream.of(5L, 5L, 6L).map(SimulationTest::trace).toList();
        System.out.println("Simulation: traces " + traces);
        assertThat(traces.get(0)).isEqualTo(traces.get(1)).isNotEqualTo(traces.get(2));
    }

    private static int trace(long seed) {
        Simulation simulation = new Simulation(seed);
        simulation.run();
        return simulation.trace();
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                2871842613158980319L,
                4107465158713997276L,
                2131247021125935327L,
                -3139734173526977720L,
                802325713244010060L
            })
    @DisplayName("nor with seeds that have failed once")
    void regressions(long seed) {
        assertThat(run(seed)).isNotNull();
    }
}
