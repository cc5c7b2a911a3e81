package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeast;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** Settings that are refused when a worker is built or started, each with a clear message. */
class WorkerBuilderTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);
    private static final ProcessorRegistry PROCESSORS = ProcessorRegistry.of().with(TYPE, job -> null);

    private final JobStore store = new InMemoryJobStore();

    @Test
    void refuses_impossible_settings_naming_value_and_range() {
        WorkerBuilder builder = Worker.of(store, PROCESSORS);

        assertThatThrownBy(() -> builder.concurrency(0)).hasMessage("Concurrency 0 is out of range: 1 to 100000");
        assertThatThrownBy(() -> builder.lease(Duration.ofMillis(499))).hasMessageContaining("Lease PT0.499S");
        assertThatThrownBy(() -> builder.pollInterval(Duration.ZERO)).hasMessageContaining("Poll interval PT0S");
        assertThatThrownBy(() -> builder.gracePeriod(Duration.ofSeconds(-1))).hasMessageContaining("Grace period");
        assertThatThrownBy(() -> builder.ageing(Duration.ofMillis(999)))
                .hasMessage("Ageing PT0.999S is out of range: PT1S to PT8760H;"
                        + " leave it out to take jobs strictly by priority");
        assertThatThrownBy(() -> builder.ageing(Duration.ofDays(366))).hasMessageContaining("Ageing PT8784H");
        assertThatThrownBy(builder::queues).hasMessageContaining("at least one queue");
        assertThatThrownBy(() -> builder.onSilence(Processor.OnSilence.AS_WORKER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("AS_WORKER says nothing for a worker")
                .hasMessageContaining("Give GO_ON or INTERRUPT");
        assertThatThrownBy(() -> builder.queues("a b")).hasMessageContaining("Queue \"a b\"");
    }

    @Test
    void claims_with_the_ageing_that_it_was_given() {
        JobStore asked = mock(JobStore.class, delegatesTo(store));
        JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));

        Worker.of(asked, PROCESSORS)
                .ageing(Duration.ofMinutes(1))
                .ageing(null)
                .build()
                .drain();
        Worker.of(asked, PROCESSORS).ageing(Duration.ofMinutes(5)).build().drain();

        ArgumentCaptor<ClaimRequest> requests = ArgumentCaptor.captor();
        verify(asked, atLeast(2)).claim(requests.capture());
        assertThat(requests.getAllValues())
                .first()
                .extracting(ClaimRequest::ageing)
                .isNull();
        assertThat(requests.getAllValues())
                .last()
                .extracting(ClaimRequest::ageing)
                .isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void refuses_an_empty_registry() {
        assertThatThrownBy(() -> Worker.of(store, ProcessorRegistry.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no processors");
    }

    @Test
    void a_stop_with_the_defaults_fits_into_the_thirty_seconds_that_platforms_allow() {
        assertThat(WorkerBuilder.DEFAULT_GRACE_PERIOD).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void a_registry_takes_a_collection_of_processors() {
        List<BaseProcessor<?, ?>> beans = List.of(doing("a"), doing("b"));

        assertThat(ProcessorRegistry.of(beans).types()).containsExactly("a", "b");
        assertThat(ProcessorRegistry.of(List.of()).types()).isEmpty();
        assertThatThrownBy(() -> ProcessorRegistry.of(List.of(doing("a"), doing("a"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Job type a has a processor already");
    }

    private static BaseProcessor<String, Integer> doing(String type) {
        return new BaseProcessor<>(JobType.of(type, String.class)) {
            @Override
            protected Integer process(String input, JobContext job) {
                return 1;
            }
        };
    }

    @Test
    void refuses_two_processors_for_one_type() {
        assertThatThrownBy(() -> PROCESSORS.with(TYPE, job -> null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Job type work has a processor already");
        var same = new BaseProcessor<String, Integer>(TYPE) {
            @Override
            protected Integer process(String input, JobContext job) {
                return 1;
            }
        };
        assertThatThrownBy(() -> ProcessorRegistry.of(same, same)).hasMessageContaining("work");
        assertThat(PROCESSORS.types()).containsExactly("work");
    }

    @Test
    void refuses_to_declare_the_weight_of_a_fair_key() {
        assertThatThrownBy(() -> Worker.of(new InMemoryJobStore(), PROCESSORS).limits(Limit.weight(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("limits().override(LimitKey.fairBy(key), Limit.weight(3))");
    }

    @Test
    void refuses_a_time_limit_that_is_out_of_range() {
        assertThatThrownBy(() -> ProcessorRegistry.of().with(TYPE, limitedTo(Duration.ZERO)))
                .hasMessageContaining("work")
                .hasMessageContaining("PT0S");
        assertThatThrownBy(() -> ProcessorRegistry.of().with(TYPE, limitedTo(ChronoUnit.FOREVER.getDuration())))
                .hasMessageContaining("at most 365 days");
    }

    private static Processor limitedTo(Duration limit) {
        return new Processor() {
            @Override
            public Object process(JobContext job) {
                return 1;
            }

            @Override
            public Duration timeLimit() {
                return limit;
            }
        };
    }

    @Test
    void does_not_start_on_a_store_that_cannot_be_reached() {
        JobStore unreachable = mock(JobStore.class);
        JobStoreException refused = new JobStoreException(JobStoreException.Kind.TRANSIENT, "connection refused", null);
        doThrow(refused).when(unreachable).register(any(), any());

        assertThatThrownBy(() -> Worker.of(unreachable, PROCESSORS).start()).isSameAs(refused);
        assertThatThrownBy(() -> Worker.of(unreachable, PROCESSORS).build().drain())
                .isSameAs(refused);
    }

    @Test
    void starts_once() {
        try (Worker worker = Worker.of(store, PROCESSORS).start()) {
            assertThatThrownBy(worker::start).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(worker::drain).isInstanceOf(IllegalStateException.class);
            worker.close();
            worker.close();
            assertThatThrownBy(worker::start).hasMessageContaining("build another");
        }
    }

    @Test
    void leaves_no_thread_and_no_registration_behind() {
        for (int i = 0; i < 20; i++) {
            Worker.of(store, PROCESSORS).name("leak-check").start().close();
        }

        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().contains("leak-check") && !thread.isDaemon())
                .isEmpty();
    }
}
