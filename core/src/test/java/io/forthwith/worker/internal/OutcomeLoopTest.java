package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.StoreHealth;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.OutcomeCounts;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The loop that writes how attempts ended")
class OutcomeLoopTest {
    private static final Instant NOON = Instant.parse("2026-05-04T12:00:00Z");

    private final AtomicLong nanos = new AtomicLong();
    private final InMemoryJobStore rows = new InMemoryJobStore(() -> NOON.plusSeconds(90), new Random(1));
    private final OutcomeStore real = rows.outcomes().orElseThrow();
    private final OutcomeCounts counts = new OutcomeCounts();
    private final List<String> calls = new ArrayList<>();
    /** Whether the store writes, and its answer is lost. */
    private boolean losesAnswers;

    private final OutcomeLoop loop = new OutcomeLoop(store(), counts, new Random(1), guard(), nanos::get);

    private StoreBackOff guard() {
        return new StoreBackOff(
                "writing",
                new StoreHealth(nanos::get, new WakeSignal()),
                new WakeSignal(),
                new Random(1),
                nanos::get,
                Duration.ofSeconds(5));
    }

    private JobStore store() {
        OutcomeStore outcomes = (OutcomeStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {OutcomeStore.class}, (proxy, method, arguments) -> {
                    calls.add(method.getName());
                    Object answer = method.invoke(real, arguments);
                    if (losesAnswers && method.getName().equals("record")) {
                        throw new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "The answer is lost", null);
                    }
                    return answer;
                });
        return (JobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("outcomes")) {
                        return Optional.of(outcomes);
                    }
                    try {
                        return method.invoke(rows, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void completed() {
        Job job = Job.builder(new UUID(0, 1), "mail", NOON)
                .runAt(NOON)
                .startedAt(NOON)
                .build();
        counts.ended(job, Outcome.COMPLETED, Duration.ofSeconds(1));
    }

    private long stored() {
        return real.read(NOON, NOON.plusSeconds(60)).stream()
                .mapToLong(JobOutcomes::jobs)
                .sum();
    }

    @Test
    @DisplayName("writes soon after a start, then once a minute, and nothing if nothing has ended")
    void pauses() {
        assertThat(loop.run()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
        completed();
        assertThat(loop.run()).isBetween(Duration.ofSeconds(7), Duration.ofSeconds(13));
        assertThat(stored()).isEqualTo(1);
        assertThat(loop.run()).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(25));
        assertThat(loop.run()).isBetween(Duration.ofSeconds(45), Duration.ofSeconds(75));
        assertThat(calls).containsExactly("record", "takeTurn", "rollUp", "recordDepths");
    }

    @Test
    @DisplayName("counts once what it writes again because the answer was lost, though the store has added it up since")
    void lostAnswer() {
        loop.run();
        completed();
        losesAnswers = true;
        loop.run();
        completed();
        real.rollUp();
        loop.run();
        losesAnswers = false;
        loop.run();

        assertThat(stored()).isEqualTo(2);
        assertThat(counts.toWrite()).isNull();
    }

    @Test
    @DisplayName("gives up what the store may have got, when the store may have forgotten the write")
    void tooLate() {
        loop.run();
        completed();
        losesAnswers = true;
        loop.run();
        nanos.addAndGet(OutcomeStore.WRITES_KEPT.toNanos());
        completed();
        losesAnswers = false;
        loop.run();

        assertThat(calls).containsExactly("record", "record", "takeTurn", "rollUp", "recordDepths");
        assertThat(real.read(NOON, NOON.plusSeconds(60)))
                .extracting(JobOutcomes::type, JobOutcomes::jobs)
                .containsExactly(tuple("mail", 2L));
    }

    @Test
    @DisplayName("adds up what is old now and then, also if it has nothing to write")
    void idle() {
        for (int i = 0; i <= 20; i++) {
            loop.run();
        }
        assertThat(calls).containsExactly("takeTurn", "rollUp", "recordDepths", "takeTurn");
    }
}
