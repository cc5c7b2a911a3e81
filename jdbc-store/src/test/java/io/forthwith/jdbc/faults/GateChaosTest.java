package io.forthwith.jdbc.faults;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;

/**
 * What {@code .ci/run} plays of {@link ChaosTest}: one database, one planted bug, and always the same random numbers, unless {@code -Dchaos.seed} says
 * otherwise. How long something takes decides nothing here: both tests go on until they have seen what they must, and give up only after ten
 * minutes.
 */
@DisplayName("In a minute of chaos")
@DisabledIfSystemProperty(named = "chaos", matches = "true", disabledReason = "ChaosTest does more")
@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes minutes")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class GateChaosTest extends ChaosRuns {
    private static final long SEED = Long.getLong("chaos.seed", 1);
    private static final Duration MOST = Duration.ofMinutes(10);

    @Test
    @DisplayName(
            "no job is lost, invented, ended twice, taken from a live worker, or written by a worker that has lost it")
    void nothing_is_lost() throws Exception {
        Duration time = Duration.ofSeconds(Long.getLong("chaos.seconds"));
        nothingIsLost(begin(SEED, DurablePostgres.shared(), Plant.NONE), time, MOST);
    }

    @Test
    @DisplayName("results of workers that have lost their jobs are found in the database, where they are not refused")
    void found_out() throws Exception {
        Chaos run = begin(SEED, DurablePostgres.shared(), Plant.NO_FENCE);
        foundOut(run, Plant.NO_FENCE, run::pauseAndGoOn, MOST);
    }
}
