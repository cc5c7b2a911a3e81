package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.sun.management.ThreadMXBean;
import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobInterceptor;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.Schedule;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

@DisplayName("Interceptors")
class InterceptorTest {
    private static final JobType<String> WORK = JobType.of("work", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<String> calls = new CopyOnWriteArrayList<>();

    /** Writes down when it is called. */
    private final class Named implements JobInterceptor {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public NewJob onEnqueue(NewJob job) {
            calls.add(name + " enqueues " + job.type().name());
            return job.metadata(name, job.metadata().getOrDefault("outer", "first"));
        }

        @Override
        public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) throws Exception {
            calls.add(name + " begins");
            try {
                return attempt.call();
            } finally {
                calls.add(name + " ends");
            }
        }
    }

    private void drain(Processor processor, JobInterceptor... interceptors) {
        drain(ProcessorRegistry.of().with(WORK, processor), interceptors);
    }

    private void drain(ProcessorRegistry processors, JobInterceptor... interceptors) {
        WorkerBuilder builder = Worker.of(store, processors);
        for (JobInterceptor each : interceptors) {
            builder.interceptor(each);
        }
        Worker worker = builder.build();
        worker.drain();
    }

    private Job job(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    @Test
    @DisplayName("are called in the order in which they were given, the first one outermost")
    void order() {
        UUID id = jobs.interceptor(new Named("outer"))
                .interceptor(new Named("inner"))
                .enqueue(NewJob.of(WORK, "x").metadata("own", "kept"))
                .id();
        drain(job -> calls.add("runs"), new Named("outer"), new Named("inner"));

        assertThat(calls)
                .containsExactly(
                        "outer enqueues work",
                        "inner enqueues work",
                        "outer begins",
                        "inner begins",
                        "runs",
                        "inner ends",
                        "outer ends");
        assertThat(job(id).metadata()).isEqualTo(Map.of("outer", "first", "inner", "first", "own", "kept"));
        assertThat(job(id).result()).isEqualTo("true");
    }

    @Test
    @DisplayName("see each job of a family, of a batch and of enqueueAsync, and those that a processor spawns")
    void everyJob() throws Exception {
        JobClient client = jobs.interceptor(new Named("outer"));
        NewJob parent = NewJob.of(WORK, "parent");
        client.enqueueAll(List.of(parent, NewJob.of(WORK, "child").parent(parent)));
        client.enqueueAsync(NewJob.of(WORK, "async")).get();
        jobs.enqueue(NewJob.of(WORK, "spawns").metadata("tenant", "acme"));
        drain(
                job -> {
                    if (job.input(String.class).equals("spawns")) {
                        job.spawn(NewJob.of(WORK, "spawned"));
                        job.finishWith(NewJob.of(WORK, "finisher"));
                    }
                    return null;
                },
                new Named("outer"));

        assertThat(calls.stream().filter(call -> call.contains("enqueues"))).hasSize(5);
        assertThat(jobs.scan(JobQuery.all()))
                .hasSize(6)
                .allSatisfy(job -> assertThat(job.status()).isEqualTo(JobStatus.COMPLETED))
                .filteredOn(job -> job.metadata().containsKey("outer"))
                .hasSize(5);
    }

    @Test
    @DisplayName("are not called for runs of a schedule, which have its metadata")
    void schedules() {
        jobs.interceptor(new Named("outer"))
                .schedules()
                .put(Schedule.of("nightly", WORK, "x")
                        .every(Duration.ofDays(1))
                        .job(job -> job.metadata("tenant", "acme")));
        UUID run = jobs.schedules().runNow("nightly").id();

        assertThat(calls).isEmpty();
        assertThat(job(run).metadata()).isEqualTo(Map.of("tenant", "acme"));
        assertThatThrownBy(() -> Schedule.of("traced", WORK, "x").job(job -> job.traceContext("00-1")))
                .hasMessageContaining("cannot have a trace");
    }

    @Test
    @DisplayName("that throw while a job is enqueued keep it from being enqueued")
    void throwsOnEnqueue() {
        JobClient client = jobs.interceptor(new JobInterceptor() {
            @Override
            public NewJob onEnqueue(NewJob job) {
                throw new IllegalStateException("no tenant");
            }
        });
        assertThatThrownBy(() -> client.enqueue(NewJob.of(WORK, "x"))).hasMessage("no tenant");
        assertThat(jobs.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("that return another job, or none, are named")
    void anotherJob() {
        for (UnaryOperator<NewJob> change : List.<UnaryOperator<NewJob>>of(
                job -> job.id(UUID.randomUUID()),
                job -> NewJob.of(WORK, "other").id(job.id()),
                job -> job.unsealed(),
                job -> job.after(UUID.randomUUID()),
                job -> job.parent(UUID.randomUUID()),
                job -> null)) {
            JobClient client = jobs.interceptor(new JobInterceptor() {
                @Override
                public NewJob onEnqueue(NewJob job) {
                    return change.apply(job);
                }
            });
            assertThatThrownBy(() -> client.enqueue(NewJob.of(WORK, "x")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("InterceptorTest")
                    .hasMessageContaining("returned");
        }
        assertThat(jobs.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("that throw after the processor has succeeded fail the attempt, and what it did is undone")
    void throwsAfterwards() {
        UUID id = jobs.enqueue(NewJob.of(WORK, "x").maxAttempts(1)).id();
        drain(
                job -> {
                    job.onFailure(() -> calls.add("undone"));
                    return "done";
                },
                around(attempt -> {
                    attempt.call();
                    throw new IOException("cannot close the scope");
                }));
        assertThat(job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(jobs.failures(id))
                .singleElement()
                .satisfies(failed -> assertThat(failed.exceptionClass()).isEqualTo("java.io.IOException"));
        assertThat(calls).containsExactly("undone");
    }

    @Test
    @DisplayName("that throw before the processor fail the attempt, which is retried like any other")
    void throwsBefore() {
        UUID id = jobs.enqueue(NewJob.of(WORK, "x")).id();
        JobInterceptor once = around(attempt -> {
            calls.add("called");
            if (calls.size() == 1) {
                throw new SocketTimeoutException("no tenant yet");
            }
            return attempt.call();
        });
        Processor retried = new Processor() {
            @Override
            public Object process(JobContext job) {
                return "attempt " + job.attempt();
            }

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ZERO);
            }
        };
        drain(retried, once);
        assertThat(job(id).result()).contains("attempt 2");
        assertThat(jobs.failures(id)).hasSize(1);
    }

    @Test
    @DisplayName("may replace the result, or not call the attempt at all, but not call it twice")
    void instead() {
        UUID replaced = jobs.enqueue(NewJob.of(WORK, "x")).id();
        drain(job -> "own", around(attempt -> attempt.call() + " and more"));
        UUID skipped = jobs.enqueue(NewJob.of(WORK, "x")).id();
        drain(job -> calls.add("runs"), around(attempt -> "skipped"));
        UUID twice = jobs.enqueue(NewJob.of(WORK, "x").maxAttempts(1)).id();
        drain(
                job -> calls.add("runs once"),
                around(attempt -> List.of(String.valueOf(attempt.call()), String.valueOf(attempt.call()))));

        assertThat(job(replaced).result()).isEqualTo("\"own and more\"");
        assertThat(job(skipped).result()).isEqualTo("\"skipped\"");
        assertThat(job(twice).status()).isEqualTo(JobStatus.FAILED);
        assertThat(calls).containsExactly("runs once");
    }

    @Test
    @DisplayName("see the exception of the processor, the same object, and that of an unknown type")
    void exceptions() {
        List<Throwable> seen = new CopyOnWriteArrayList<>();
        JobInterceptor watching = around(attempt -> {
            try {
                return attempt.call();
            } catch (Exception thrown) {
                seen.add(thrown);
                throw thrown;
            }
        });
        IllegalArgumentException thrown = new IllegalArgumentException("bad");
        UUID failed = jobs.enqueue(NewJob.of(WORK, "x").maxAttempts(1)).id();
        UUID unknown = jobs.enqueue(NewJob.of(JobType.of("unknown", String.class), "x"))
                .id();
        drain(
                job -> {
                    throw thrown;
                },
                watching);
        assertThat(job(failed).status()).isEqualTo(JobStatus.FAILED);
        assertThat(job(unknown).errorCode()).isEqualTo("unknown_job_type");
        assertThat(seen).hasSize(2).contains(thrown);
    }

    @Test
    @DisplayName("cannot make a success or another failure of what the processor has thrown")
    void cannotHide() {
        UUID caught = jobs.enqueue(NewJob.of(WORK, "caught").maxAttempts(1)).id();
        UUID wrapped = jobs.enqueue(NewJob.of(WORK, "wrapped").maxAttempts(1)).id();
        UUID postponed =
                jobs.enqueue(NewJob.of(WORK, "postponed").maxAttempts(1)).id();
        drain(
                job -> {
                    job.spawn(NewJob.of(WORK, "never"));
                    throw job.input(String.class).equals("postponed")
                            ? new NotReadyException(Duration.ofHours(1), "later")
                            : new IOException("broken");
                },
                new JobInterceptor() {
                    @Override
                    public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt)
                            throws Exception {
                        try {
                            return attempt.call();
                        } catch (Exception thrown) {
                            if (context.input(String.class).equals("caught")) {
                                return "a fallback";
                            }
                            throw new IllegalStateException("wrapped", thrown);
                        }
                    }
                });
        for (UUID id : List.of(caught, wrapped)) {
            assertThat(jobs.failures(id))
                    .singleElement()
                    .satisfies(failed -> assertThat(failed.exceptionClass()).isEqualTo("java.io.IOException"));
        }
        assertThat(job(postponed).status()).isEqualTo(JobStatus.PENDING);
        assertThat(job(postponed).postponements()).isEqualTo(1);
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(3);
    }

    @Test
    @DisplayName("cost an attempt without them nothing: it allocates what the registry does, and the result")
    void allocateNothing() throws Exception {
        ProcessorRegistry registry = ProcessorRegistry.of().with(WORK, job -> null);
        ProcessorCall.FailureRecorder nobody = (job, error) -> {};
        JobProcessor without = new JobProcessor(registry, nobody, Locale.ENGLISH, List.of());
        JobProcessor with = new JobProcessor(registry, nobody, Locale.ENGLISH, List.of(new JobInterceptor() {}));
        JobContext job = FakeJobContext.of("x")
                .withJob(Job.builder(UUID.randomUUID(), "work", Instant.EPOCH).build());

        long bare = allocated(() -> new ProcessorCall.Returned(registry.process(job)));
        assertThat(allocated(() -> without.process(job))).isCloseTo(bare, withinPercentage(5));
        assertThat(allocated(() -> with.process(job))).isGreaterThan(bare + bare / 10);
    }

    /** The bytes of ten thousand calls, after as many to warm up. */
    private static long allocated(Callable<?> call) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long begin = 0;
        for (int i = 0; i < 20_000; i++) {
            if (i == 10_000) {
                begin = threads.getCurrentThreadAllocatedBytes();
            }
            call.call();
        }
        return threads.getCurrentThreadAllocatedBytes() - begin;
    }

    @Test
    @DisplayName(
            "run with the MDC of the job, around undo jobs as well, which have the metadata of the job that they undo")
    void undoJobs() {
        JobInterceptor tenant = new JobInterceptor() {
            @Override
            public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) throws Exception {
                calls.add(
                        MDC.get("job.type") + " for " + context.job().metadata().get("tenant"));
                return attempt.call();
            }
        };
        jobs.enqueue(NewJob.of(WORK, "x").maxAttempts(1).metadata("tenant", "acme"));
        drain(ProcessorRegistry.of(new Charging()), tenant);
        assertThat(calls).containsExactly("work for acme", "undo:work for acme");
    }

    /** Charges, and fails. */
    private static final class Charging extends BaseProcessor<String, String> {
        private final Step<String> charge = step("charge", String.class).undo((result, undo) -> {});

        Charging() {
            super(WORK);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            job.run(charge, key -> "charged");
            throw new IllegalStateException("later");
        }
    }

    @FunctionalInterface
    private interface Around {
        @Nullable
        Object run(Callable<@Nullable Object> attempt) throws Exception;
    }

    private static JobInterceptor around(Around around) {
        return new JobInterceptor() {
            @Override
            public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) throws Exception {
                return around.run(attempt);
            }
        };
    }
}
