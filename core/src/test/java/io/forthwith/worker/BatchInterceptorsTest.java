package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobInterceptor;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.memory.InMemoryJobStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An interceptor, around a batch")
class BatchInterceptorsTest {
    private static final JobType<Integer> MAIL = JobType.of("mail", Integer.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<String> calls = new ArrayList<>();
    private BatchProcessor.Work<Integer, Object> work = batch -> {
        calls.add("work");
        batch.forEach(job -> job.complete(job.input()));
    };
    private final ProcessorRegistry registry =
            ProcessorRegistry.of().with(BatchProcessor.of(MAIL, 10, batch -> work.process(batch)));

    /** Runs code around a batch. */
    private abstract static class Around implements JobInterceptor {
        @Override
        public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) {
            throw new AssertionError("This is for single jobs");
        }

        @Override
        public @Nullable Object aroundBatch(List<JobContext> batch, Callable<@Nullable Object> call) throws Exception {
            return batch.isEmpty() ? call.call() : around(batch, call);
        }

        abstract @Nullable Object around(List<JobContext> batch, Callable<@Nullable Object> call) throws Exception;
    }

    private final class Named extends Around {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        @Nullable
        Object around(List<JobContext> batch, Callable<@Nullable Object> call) throws Exception {
            calls.add(name + " begins with " + batch.size());
            Object nothing = call.call();
            calls.add(name + " ends");
            return nothing;
        }
    }

    private List<Job> run(JobInterceptor... interceptors) {
        UUID first = jobs.enqueue(NewJob.of(MAIL, 1)).id();
        UUID second = jobs.enqueue(NewJob.of(MAIL, 2)).id();
        WorkerBuilder builder = Worker.of(store, registry);
        for (JobInterceptor each : interceptors) {
            builder.interceptor(each);
        }
        builder.build().drain();
        return List.of(store.find(first).orElseThrow(), store.find(second).orElseThrow());
    }

    @Test
    void runs_around_the_one_call_the_first_one_outermost() {
        assertThat(run(new Named("outer"), new Named("inner")))
                .extracting(Job::status)
                .containsOnly(JobStatus.COMPLETED);

        assertThat(calls)
                .containsExactly("outer begins with 2", "inner begins with 2", "work", "inner ends", "outer ends");
    }

    @Test
    void leaves_a_job_alone_whose_work_is_committed_if_it_throws_after_the_work() {
        work = batch -> {
            batch.forEach(job -> job.context().onFailure(() -> calls.add("undo " + job.input())));
            TransactionalCompletion completion =
                    AttemptParts.of(batch.get(0).context()).completion();
            completion.begin("written");
            completion.committed();
            batch.get(1).complete();
        };

        run(new Around() {
            @Override
            @Nullable
            Object around(List<JobContext> batch, Callable<@Nullable Object> call) throws Exception {
                call.call();
                throw new IOException("The commit failed");
            }
        });

        assertThat(calls).containsExactly("undo 2");
    }

    @Test
    void fails_all_jobs_if_it_throws_after_the_work_has_succeeded() {
        work = batch -> batch.forEach(job -> {
            job.context().onFailure(() -> calls.add("undo " + job.input()));
            job.complete();
        });

        List<Job> ended = run(new Around() {
            @Override
            @Nullable
            Object around(List<JobContext> batch, Callable<@Nullable Object> call) throws Exception {
                call.call();
                throw new IOException("The commit failed");
            }
        });

        assertThat(ended).extracting(Job::errorMessage).containsOnly("The commit failed");
        assertThat(calls).containsExactly("undo 1", "undo 2");
    }

    @Test
    void changes_nothing_of_what_the_work_has_thrown() {
        work = batch -> {
            batch.get(0).complete();
            throw new IOException("down");
        };

        List<Job> ended = run(new Around() {
            @Override
            @Nullable
            Object around(List<JobContext> batch, Callable<@Nullable Object> call) throws Exception {
                try {
                    return call.call();
                } catch (IOException swallowed) {
                    throw new IllegalStateException("something else", swallowed);
                }
            }
        });

        assertThat(ended.get(0).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(ended.get(1).errorMessage()).isEqualTo("down");
    }

    @Test
    void that_does_not_run_the_call_leaves_the_jobs_without_an_answer() {
        List<Job> ended = run(new Around() {
            @Override
            @Nullable
            Object around(List<JobContext> batch, Callable<@Nullable Object> call) {
                return null;
            }
        });

        assertThat(calls).isEmpty();
        assertThat(ended)
                .allSatisfy(job -> assertThat(job.errorMessage()).contains("has given no answer for job " + job.id()));
    }

    @Test
    void that_says_nothing_about_batches_is_refused_when_the_worker_is_built() {
        WorkerBuilder builder = Worker.of(store, registry).interceptor(new JobInterceptor() {});

        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageStartingWith("A processor of this worker runs jobs in batches. The interceptor "
                        + BatchInterceptorsTest.class.getName())
                .withMessageEndingWith(
                        " runs around single jobs and does not say what it does around a batch: override aroundBatch");
    }

    @Test
    void that_says_nothing_about_batches_is_welcome_where_there_are_none() {
        WorkerBuilder builder =
                Worker.of(store, ProcessorRegistry.of().with(MAIL, job -> null)).interceptor(new JobInterceptor() {});

        assertThatCode(builder::build).doesNotThrowAnyException();
    }
}
