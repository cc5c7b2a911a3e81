package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Minutes of everything at once; {@code .ci/run} and {@code -Pchaos} say how many seconds. {@code -Dchaos.seed} repeats what was drawn, but
 * not the order in which processes and threads come.
 */
@DisplayName(
        "While processes are killed and paused, connections cut and gone deaf, answers swallowed, the database restarted, logs broken, jobs"
                + " deleted by hand, and locks held by the application,")
@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes minutes")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class ChaosTest {
    /** How long a planted bug may stay unseen, and how much longer than planned a run may take to show what it must. */
    private static final Duration MOST = Duration.ofMinutes(3);

    private Chaos chaos;

    @AfterEach
    void close() throws Exception {
        chaos.close();
    }

    private Chaos begin(DurableServer server, Plant plant) throws Exception {
        long seed = Long.getLong("chaos.seed", new Random().nextLong());
        System.out.println("Chaos: " + server + ", seed " + seed + ", planted " + plant);
        chaos = new Chaos(seed, server, plant);
        return chaos;
    }

    @Test
    @DisplayName(
            "no job is lost, invented, ended twice, taken from a live worker, or written by a worker that has lost it")
    void nothing_is_lost() throws Exception {
        nothingIsLost(DurablePostgres.shared(), Long.getLong("chaos.seconds"));
    }

    @Test
    @DisplayName(
            "no job is lost, invented, ended twice, taken from a live worker, or written by a worker that has lost it, on MariaDB")
    void nothing_is_lost_on_mariadb() throws Exception {
        long seconds = Long.getLong("chaos.seconds");
        nothingIsLost(DurableMariaDb.shared(), Boolean.getBoolean("chaos") ? seconds : seconds / 3);
    }

    private void nothingIsLost(DurableServer server, long seconds) throws Exception {
        Chaos run = begin(server, Plant.NONE);
        run.rage(Duration.ofSeconds(seconds));
        long end = System.nanoTime() + MOST.toNanos();
        while (!run.unseen().isEmpty() && System.nanoTime() < end) {
            run.rage(Duration.ofSeconds(10));
        }
        run.heal();
        run.check();
        System.out.println("Chaos: " + server + ", " + run.counts());
        assertThat(run.unseen())
                .as("what must have happened, or the run says nothing")
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_FENCE", "NO_LEASE"})
    @DisplayName("a bug in the statements is found out:")
    void found_out(Plant plant) throws Exception {
        Chaos run = begin(DurablePostgres.shared(), plant);
        long start = System.nanoTime();
        long end = start + MOST.toNanos();
        Throwable found = null;
        while (found == null && System.nanoTime() < end) {
            run.rage(Duration.ofSeconds(10));
            found = catchThrowable(run::check);
        }
        assertThat(found).as("what the checks say of %s", plant).isInstanceOf(AssertionError.class);
        System.out.println("Chaos: " + plant + " found after "
                + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s: "
                + found.getMessage().lines().limit(4).toList());
    }
}
