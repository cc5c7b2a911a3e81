package io.forthwith.store.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.kit.FaultyJobStore.Call;
import io.forthwith.store.kit.FaultyJobStore.Fault;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A store that is made to fail")
class FaultyJobStoreTest {
    private static final JobType<Integer> TYPE = JobType.of("work", Integer.class);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final List<Duration> delays = new ArrayList<>();
    private final FaultyJobStore store = FaultyJobStore.of(memory, new Random(7), delays::add);
    private final JobClient jobs = JobClient.of(store);

    private JobStoreException.Kind failing(Fault fault) {
        store.inject(fault, 1, Call.ADD);
        return catchThrowableOfType(JobStoreException.class, () -> jobs.enqueue(NewJob.of(TYPE, 1)))
                .kind();
    }

    @Test
    @DisplayName("does what the store behind it does until a fault is injected")
    void harmless() {
        jobs.enqueue(NewJob.of(TYPE, 1));
        assertThat(memory.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    @DisplayName("fails before it has done anything, and says that nothing was done")
    void before() {
        assertThat(failing(Fault.FAIL_BEFORE)).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(memory.countByScan(JobQuery.all())).isZero();
        assertThat(store.count(Fault.FAIL_BEFORE)).isEqualTo(1);
    }

    @Test
    @DisplayName("loses a call, and the caller cannot know")
    void lost_call() {
        assertThat(failing(Fault.LOSE_CALL)).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(memory.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("loses an answer, and the caller cannot know")
    void lost_answer() {
        assertThat(failing(Fault.LOSE_ANSWER)).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(memory.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    @DisplayName("does a call twice and gives the second answer")
    void twice() {
        NewJob job = NewJob.of(TYPE, 1);
        jobs.enqueue(job);
        store.inject(Fault.REPEAT, 1, Call.CANCEL);
        assertThat(jobs.cancel(job.id())).isEqualTo(memory.cancel(job.id(), Locale.ENGLISH));
        assertThat(store.count(Fault.REPEAT)).isEqualTo(1);
    }

    @Test
    @DisplayName("takes its time")
    void slow() {
        store.inject(Fault.DELAY, 1, Call.ADD);
        jobs.enqueue(NewJob.of(TYPE, 1));
        assertThat(delays)
                .singleElement()
                .satisfies(delay -> assertThat(delay).isBetween(Duration.ofNanos(1), Duration.ofMillis(100)));
        assertThat(memory.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    @DisplayName("fails at the injected rate, the same calls with the same seed, until it is healed")
    void seeded() {
        List<Boolean> first = failures(11);
        assertThat(first).isEqualTo(failures(11)).isNotEqualTo(failures(12));
        assertThat(first.stream().filter(failed -> failed).count()).isBetween(200L, 400L);
    }

    private static List<Boolean> failures(long seed) {
        FaultyJobStore store = FaultyJobStore.of(new InMemoryJobStore(), seed).inject(Fault.FAIL_BEFORE, 0.3);
        List<Boolean> failed =
                IntStream.range(0, 1_000).mapToObj(i -> fails(store)).toList();
        store.heal();
        assertThat(IntStream.range(0, 100)).noneMatch(i -> fails(store));
        return failed;
    }

    private static boolean fails(JobStore store) {
        try {
            return store.countByScan(JobQuery.all()) < 0;
        } catch (JobStoreException injected) {
            return true;
        }
    }

    @Test
    @DisplayName("injects several faults, each at its own rate")
    void several() {
        InMemoryJobStore yours = new InMemoryJobStore();
        FaultyJobStore store = FaultyJobStore.of(yours, 42)
                .inject(Fault.LOSE_ANSWER, 0.1, Call.SETTLE, Call.CLAIM)
                .inject(Fault.FAIL_BEFORE, 0.02);
        for (int i = 0; i < 1_000; i++) {
            try {
                store.settle(List.of());
            } catch (JobStoreException injected) {
                assertThat(injected).hasMessageContaining("SETTLE");
            }
        }
        assertThat(store.count(Fault.LOSE_ANSWER)).isBetween(50L, 150L);
        assertThat(store.count(Fault.FAIL_BEFORE)).isBetween(1L, 60L);
    }

    @Test
    @DisplayName("refuses a rate out of range")
    void rates() {
        for (double rate : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> store.inject(Fault.REPEAT, rate))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(rate));
        }
    }

    @Test
    @DisplayName(
            "knows every call of a store except hints, its schedules, its outcomes, its limits, its acts, its audit, its labels and whether it is in a transaction; the two ways to take over are one call")
    void complete() {
        Set<String> calls = Arrays.stream(Call.values())
                .map(call -> call.name().replace("_", "").toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        assertThat(Arrays.stream(JobStore.class.getMethods())
                        .filter(method -> !method.isSynthetic())
                        .map(Method::getName)
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet()))
                .containsAll(calls)
                .hasSize(calls.size() + 14);
    }
}
