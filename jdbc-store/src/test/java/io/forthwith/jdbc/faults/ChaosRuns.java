package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

/** What the tests with {@link Chaos} have in common. {@code -Dchaos.seconds} says how long it rages. */
abstract class ChaosRuns {
    private Chaos chaos;

    @AfterEach
    void close() throws Exception {
        chaos.close();
    }

    final Chaos begin(long seed, DurableServer server, Plant plant) throws Exception {
        System.out.println("Chaos: " + server + ", seed " + seed + ", planted " + plant);
        chaos = new Chaos(seed, server, plant);
        return chaos;
    }

    /** @param more how much longer than planned it may take until everything has happened that must */
    static void nothingIsLost(Chaos run, Duration time, Duration more) throws Exception {
        run.rage(time);
        run.check();
        long end = System.nanoTime() + more.toNanos();
        while (!run.unseen().isEmpty() && System.nanoTime() < end) {
            run.rage(Duration.ofSeconds(10));
            run.check();
        }
        run.heal();
        run.check();
        System.out.println("Chaos: lost 0, invented 0, ended twice 0, buried alive 0; " + run.counts());
        assertThat(run.unseen())
                .as("what must have happened, or the run says nothing")
                .isEmpty();
    }

    /** What makes a planted bug show. */
    interface Provocation {
        void run() throws Exception;
    }

    /** Provokes a planted bug again and again, until the checks find it. */
    static void foundOut(Chaos run, Plant plant, Provocation provocation, Duration atMost) throws Exception {
        long start = System.nanoTime();
        long end = start + atMost.toNanos();
        Throwable found = null;
        while (found == null && System.nanoTime() < end) {
            provocation.run();
            found = catchThrowable(run::check);
        }
        assertThat(found).as("what the checks say of %s", plant).isInstanceOf(AssertionError.class);
        System.out.println("Chaos: " + plant + " found after "
                + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s: "
                + found.getMessage().lines().limit(4).toList());
    }
}
