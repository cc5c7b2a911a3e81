package io.forthwith.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobInterceptor;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;

/** Beans that run batches. */
abstract class BatchContract extends HandlerContract {
    private static final JobType<Mail> LETTER = JobType.of("letter", Mail.class);

    static class Letters {
        @Bean
        BatchProcessor<Mail, Object> letters() {
            return BatchProcessor.of(LETTER, 10, jobs -> {
                for (BatchJob<Mail, Object> job : jobs) {
                    job.complete("posted to " + job.input().sentTo());
                }
            });
        }
    }

    private ApplicationContextRunner withLetters() {
        return withMailer().withUserConfiguration(Letters.class);
    }

    @Test
    @DisplayName("runs the batches of its beans beside its other processors")
    void batches() {
        withLetters().run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            UUID letter = jobs.enqueue(NewJob.of(LETTER, new Mail("Ada"))).id();
            assertThat(jobs.awaitResult(letter, String.class, SOON)).contains("posted to Ada");
            assertThat(context.getBean(ProcessorRegistry.class).types()).containsExactly("letter", "mail");
        });
    }

    @Test
    @DisplayName("does not start with an interceptor that does not say what it does around a batch")
    void batches_and_interceptors() {
        withLetters()
                .withBean(JobInterceptor.class, () -> new JobInterceptor() {})
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("does not say what it does around a batch: override aroundBatch"));
    }
}
