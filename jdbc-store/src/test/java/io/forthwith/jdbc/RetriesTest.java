package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.RetryPolicy;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A job that failed for now")
@Timeout(Patience.SECONDS_OF_A_TEST)
class RetriesTest {
    private static final JobType<String> TYPE = JobType.of("call", String.class);

    private static BaseProcessor<String, Object> failing(RetryPolicy policy, JobException failure) {
        return new BaseProcessor<>(TYPE) {
            @Override
            protected Object process(String input, JobContext job) {
                throw failure;
            }

            @Override
            public RetryPolicy retryPolicy() {
                return policy;
            }
        };
    }

    private static void drain(JobStore store, BaseProcessor<?, ?> processor) {
        Worker.of(store, ProcessorRegistry.of(processor)).build().drain();
    }

    private static Duration waits(Job job) {
        return Duration.between(job.updatedAt(), job.runAt());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("waits as its type says, pending, with the last error and the time of the next try to be seen")
    void own_back_off(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x")).id();
        RetryPolicy policy =
                RetryPolicy.custom(attempt -> Duration.ofMinutes(7L * attempt)).jitter(0);

        drain(store, failing(policy, JobException.retryable("The service is down")));

        Job job = store.find(id).orElseThrow();
        assertThat(job.status()).isEqualTo(JobStatus.PENDING);
        assertThat(job.errorMessage()).isEqualTo("The service is down");
        assertThat(job.errorCode()).isEqualTo("temporary");
        assertThat(waits(job)).isEqualTo(Duration.ofMinutes(7));
        assertThat(job.attempt()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("waits as long as the server asked, under every policy of its type")
    void retry_after(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x")).id();

        drain(
                store,
                failing(
                        RetryPolicy.fixed(Duration.ZERO),
                        JobException.http(429, "Too many requests").after(Duration.ofSeconds(90))));

        assertThat(waits(store.find(id).orElseThrow())).isEqualTo(Duration.ofSeconds(90));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("and is not ready 24 hours after it first said so, fails for good")
    void not_ready_for_too_long(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x")).id();
        BaseProcessor<String, Object> waiting = new BaseProcessor<>(TYPE) {
            @Override
            protected Object process(String input, JobContext job) {
                throw new NotReadyException(Duration.ofHours(1), "The shots are missing");
            }
        };
        drain(store, waiting);
        assertThat(store.find(id).orElseThrow().progress().message()).isEqualTo("The shots are missing");
        assertThat(store.find(id).orElseThrow().attempt()).isZero();
        Sql.run(database, "UPDATE job SET run_at = created_at, postponed_since = " + beforeCreation(kind, 23));
        drain(store, waiting);
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);

        Sql.run(database, "UPDATE job SET run_at = created_at, postponed_since = " + beforeCreation(kind, 24));
        drain(store, waiting);

        Job job = store.find(id).orElseThrow();
        assertThat(job.status()).isEqualTo(JobStatus.FAILED);
        assertThat(job.errorCode()).isEqualTo("not_ready");
        assertThat(job.errorMessage()).contains("The shots are missing");
    }

    private static String beforeCreation(TestDatabase kind, int hours) {
        return kind == TestDatabase.SQLITE
                ? "datetime(created_at, '-" + hours + " hours')"
                : "created_at - INTERVAL '" + hours + "' HOUR";
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is tried as often as its type says, or as it says itself, and each attempt is kept")
    void max_attempts(AnyStore kind) {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        UUID byType = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        UUID byItself = jobs.enqueue(NewJob.of(TYPE, "x").maxAttempts(2)).id();

        drain(
                store,
                failing(
                        RetryPolicy.fixed(Duration.ZERO).maxAttempts(4),
                        JobException.retryable("The service is down")));

        assertThat(store.find(byType).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(jobs.failures(byType)).extracting(FailedAttempt::attempt).containsExactly(1, 2, 3, 4);
        assertThat(store.find(byItself).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(jobs.failures(byItself)).extracting(FailedAttempt::attempt).containsExactly(1, 2);
    }
}
