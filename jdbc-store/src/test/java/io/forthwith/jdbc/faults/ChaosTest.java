package io.forthwith.jdbc.faults;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Minutes of everything at once; {@code .ci/full} and {@code -Pchaos} say how many seconds. {@code -Dchaos.seed} repeats what was drawn, but
 * not the order in which processes and threads come.
 */
@DisplayName(
        "While processes are killed and paused, connections cut and gone deaf, answers swallowed, the database restarted, logs broken, jobs"
                + " deleted by hand, and locks held by the application,")
@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes minutes")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class ChaosTest extends ChaosRuns {
    /** How long a planted bug may stay unseen, and how much longer than planned a run may take to show what it must. */
    private static final Duration MOST = Duration.ofMinutes(3);

    private final long seed = Long.getLong("chaos.seed", new Random().nextLong());

    @Test
    @DisplayName(
            "no job is lost, invented, ended twice, taken from a live worker, or written by a worker that has lost it")
    void nothing_is_lost() throws Exception {
        long seconds = Long.getLong("chaos.seconds");
        nothingIsLost(begin(seed, DurablePostgres.shared(), Plant.NONE), Duration.ofSeconds(seconds), MOST);
    }

    @Test
    @DisplayName(
            "no job is lost, invented, ended twice, taken from a live worker, or written by a worker that has lost it, on MariaDB")
    void nothing_is_lost_on_mariadb() throws Exception {
        long seconds = Long.getLong("chaos.seconds");
        Duration time = Duration.ofSeconds(Boolean.getBoolean("chaos") ? seconds : seconds / 3);
        nothingIsLost(begin(seed, DurableMariaDb.shared(), Plant.NONE), time, MOST);
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_FENCE", "NO_LEASE"})
    @DisplayName("a bug in the statements is found out:")
    void found_out(Plant plant) throws Exception {
        Chaos run = begin(seed, DurablePostgres.shared(), plant);
        foundOut(run, plant, () -> run.rage(Duration.ofSeconds(10)), MOST);
    }
}
