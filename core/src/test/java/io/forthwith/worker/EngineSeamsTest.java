package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import io.forthwith.worker.PlugInFault.PlugIn;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The clock and the random numbers of the engine throw once, at each of their calls in turn. No application can make
 * them throw; they stand for an error of the JVM that strikes the engine itself, wherever it is. The job that is hit may
 * fail. Nothing is lost.
 */
@Timeout(300)
class EngineSeamsTest {
    @ParameterizedTest
    @EnumSource(names = {"TICKER", "RANDOM"})
    void wherever_the_engine_is_struck_nothing_is_lost(PlugIn seam) {
        PlugInFault counting = PlugInFault.none(seam);
        new PlugInScenario(counting, JobStatus::isFinal).run();
        assertThat(counting.calls()).isGreaterThan(50);
        for (int at = 1; at <= counting.calls(); at++) {
            PlugInScenario scenario = new PlugInScenario(PlugInFault.at(seam, at), JobStatus::isFinal);
            scenario.run();
            scenario.check();
        }
    }
}
