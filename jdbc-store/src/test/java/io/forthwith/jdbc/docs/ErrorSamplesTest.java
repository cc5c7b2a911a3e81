package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.ErrorClassifier;
import io.forthwith.FailedAttempt;
import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The sample of a classifier of docs/errors.md, which {@link DocsTest} finds here word for word. */
class ErrorSamplesTest {
    record Picture(String prompt) {}

    record Image(String file) {}

    @FunctionalInterface
    interface Service {
        Image draw(Picture picture) throws IOException;
    }

    static final class RateLimited extends IOException {
        private static final long serialVersionUID = 1;

        Duration retryAfter() {
            return Duration.ofMinutes(1);
        }
    }

    static final class Blocked extends IOException {
        private static final long serialVersionUID = 1;
    }

    private final Service service = picture -> {
        switch (picture.prompt()) {
            case "one too many" -> throw new RateLimited();
            case "not allowed" -> throw new Blocked();
            default -> throw new IOException("No such brush");
        }
    };

    final class PictureProcessor extends BaseProcessor<Picture, Image> {
        static final JobType<Picture> TYPE = JobType.of("picture", Picture.class);

        PictureProcessor() {
            super(TYPE);
        }

        @Override
        protected Image process(Picture picture, JobContext job) throws IOException {
            return service.draw(picture);
        }

        @Override
        public ErrorClassifier errorClassifier() {
            return ErrorClassifier.on(
                            RateLimited.class,
                            e -> JobError.retryable("rate_limited", "The service is busy")
                                    .after(e.retryAfter()))
                    .orElse(ErrorClassifier.on(
                            Blocked.class, e -> JobError.user("blocked", "This picture is not allowed")));
        }
    }

    @Test
    void classifier_of_a_processor() {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        UUID limited = jobs.enqueue(NewJob.of(PictureProcessor.TYPE, new Picture("one too many")))
                .id();
        UUID blocked = jobs.enqueue(NewJob.of(PictureProcessor.TYPE, new Picture("not allowed")))
                .id();
        UUID broken = jobs.enqueue(NewJob.of(PictureProcessor.TYPE, new Picture("a cat")))
                .id();

        Worker.of(store, ProcessorRegistry.of(new PictureProcessor())).build().drain();

        assertThat(jobs.failures(limited)).extracting(FailedAttempt::code).containsExactly("rate_limited");
        assertThat(jobs.failures(blocked)).extracting(FailedAttempt::code).containsExactly("blocked");
        assertThat(jobs.failures(broken)).extracting(FailedAttempt::code).containsExactly("unexpected");
        assertThat(jobs.find(limited).orElseThrow().status().isOpen()).isTrue();
    }
}
