package io.forthwith.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

@DisplayName("A job that completes in Spring's transactions")
class SpringCompletionTest extends SpringStoreFixture {
    /** Runs one job by a worker of the store. */
    private Job run(ThrowingWork work) throws InterruptedException {
        UUID id = jobs.enqueue(job().maxAttempts(1)).id();
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(new BaseProcessor<String, String>(TYPE) {
                    @Override
                    protected @Nullable String process(String input, JobContext context) throws Exception {
                        return work.run(context);
                    }
                }))
                .codec(new PlainCodec())
                .start()) {
            assertThat(worker).isNotNull();
            return jobs.await(id, SOON).orElseThrow();
        }
    }

    private interface ThrowingWork {
        @Nullable
        String run(JobContext context) throws Exception;
    }

    private <R> R complete(JobContext context, Callable<R> work) throws Exception {
        return store.complete(context, work);
    }

    /** Errors in processors fail their jobs. */
    private static void requireNothingLeft() {
        if (TransactionSynchronizationManager.isSynchronizationActive()
                || TransactionSynchronizationManager.isActualTransactionActive()
                || !TransactionSynchronizationManager.getResourceMap().isEmpty()) {
            throw JobException.user("left", "Something of the transaction is left on the thread");
        }
    }

    private static void beforeCommit(Runnable work) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void beforeCommit(boolean readOnly) {
                work.run();
            }
        });
    }

    @Test
    @DisplayName(
            "completes nothing if something that runs before the commit fails, or marks the transaction for rollback")
    void before_the_commit() throws Exception {
        List<Runnable> failing = List.of(
                () -> {
                    throw JobException.user("refused", "before the commit");
                },
                () -> transaction.executeWithoutResult(TransactionStatus::setRollbackOnly));
        for (Runnable each : failing) {
            AtomicInteger status = new AtomicInteger(-1);
            Job ended = run(context -> {
                try {
                    return complete(context, () -> {
                        order(1);
                        beforeCommit(each);
                        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                            @Override
                            public void afterCompletion(int outcome) {
                                status.set(outcome);
                            }
                        });
                        return "done";
                    });
                } finally {
                    requireNothingLeft();
                }
            });
            assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
            assertThat(ended.errorCode()).isNotEqualTo("left");
            assertThat(status).hasValue(TransactionSynchronization.STATUS_ROLLED_BACK);
            assertThat(orderCount()).isZero();
        }
    }

    @Test
    @DisplayName("keeps what an inner transaction has committed, if the completion fails")
    void complete_with_an_inner_one() throws Exception {
        Job ended = run(context -> complete(context, () -> {
            order(1);
            with(TransactionDefinition.PROPAGATION_REQUIRES_NEW).executeWithoutResult(inner -> order(2));
            with(TransactionDefinition.PROPAGATION_REQUIRES_NEW).executeWithoutResult(inner -> jobs.enqueue(job()));
            throw JobException.user("refused", "You cannot have that.");
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
        assertThat(orderCount()).isEqualTo(1);
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    @DisplayName("completes a job together with what JdbcTemplates, transactional methods and enqueue do")
    void complete() throws Exception {
        AtomicInteger afterCommit = new AtomicInteger();
        Job ended = run(context -> complete(context, () -> {
            order(1);
            transaction.executeWithoutResult(status -> order(2));
            jobs.enqueue(NewJob.of(JobType.of("other", String.class), ""));
            after(afterCommit::incrementAndGet, afterCommit::incrementAndGet);
            assertThat(stored()).as("nothing is committed yet").isEqualTo(1);
            return "done";
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(orderCount()).isEqualTo(2);
        assertThat(stored()).isEqualTo(2);
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(afterCommit).hasValue(2));
    }

    @Test
    @DisplayName("commits nothing if the work fails, and lets the job fail with what it threw")
    void complete_fails() throws Exception {
        Job ended = run(context -> {
            try {
                return complete(context, () -> {
                    order(1);
                    jobs.enqueue(job());
                    throw JobException.user("refused", "You cannot have that.");
                });
            } finally {
                requireNothingLeft();
            }
        });
        assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
        assertThat(ended.errorCode()).isEqualTo("refused");
        assertThat(orderCount()).isZero();
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    @DisplayName("does not complete a job whose transaction a method has marked for rollback")
    void complete_marked_for_rollback() throws Exception {
        Job ended = run(context -> complete(context, () -> {
            order(1);
            transaction.executeWithoutResult(status -> status.setRollbackOnly());
            return "done";
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
        assertThat(orderCount()).isZero();
    }

    @Test
    @DisplayName("refuses to complete a job within a transaction")
    void complete_within() throws Exception {
        Job ended = run(context -> transaction.execute(status -> {
            assertThatThrownBy(() -> store.complete(context, () -> "done"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("outside");
            return "refused";
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
    }
}
