package io.forthwith.jdbc;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** A job that charges and uploads in durable steps, and notes what it does and undoes. */
abstract class DurableStepsFixture {
    static final JobType<String> TYPE = JobType.of("shot_video_generation", String.class);

    /** What was done and undone, in order. */
    final List<String> deeds = new ArrayList<>();

    final List<String> keys = new ArrayList<>();

    record Receipt(int credits) {}

    /** What happens after both steps are done. */
    @FunctionalInterface
    interface Then {
        Object run(JobContext job) throws Exception;
    }

    /** Charges, then uploads, then does as it is told. */
    final class Shot extends BaseProcessor<String, Object> {
        private final Step<Receipt> charge = step("charge", Receipt.class).undo(this::refund);
        private final Step<String> upload = step("upload", String.class).undo((url, key) -> note("remove " + url, key));
        private final Step<String> mail = step("mail", String.class);
        final AtomicInteger failingRefunds = new AtomicInteger();
        private final Then then;

        Shot(Then then) {
            super(TYPE);
            this.then = then;
        }

        @Override
        protected Object process(String input, JobContext job) throws Exception {
            Receipt receipt = job.run(charge, key -> {
                note("charge", key);
                return new Receipt(10);
            });
            String url = job.run(upload, key -> {
                note("upload for " + receipt.credits(), key);
                return "https://example.org/v";
            });
            job.run(mail, key -> {
                note("mail " + url, key);
                return null;
            });
            return then.run(job);
        }

        private void refund(Receipt receipt, String key) {
            if (failingRefunds.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                deeds.add("refund fails");
                throw new IllegalStateException("The ledger is closed");
            }
            note("refund " + (receipt == null ? "unknown" : receipt.credits()), key);
        }

        @Override
        public RetryPolicy retryPolicy() {
            return RetryPolicy.fixed(Duration.ZERO).maxAttempts(3);
        }
    }

    void note(String deed, String key) {
        deeds.add(deed);
        keys.add(key);
    }

    static Object fail(JobContext job) {
        throw JobException.user("no_credits", "Insufficient credits");
    }

    static int drain(JobStore store, BaseProcessor<?, ?> processor) {
        return Worker.of(store, ProcessorRegistry.of(processor)).build().drain();
    }

    static UUID enqueue(JobStore store) {
        return JobClient.of(store).enqueue(NewJob.of(TYPE, "shot").user("u1")).id();
    }

    static Optional<Job> undoOf(JobStore store, UUID id) {
        return store.scan(JobQuery.all()).stream()
                .filter(job -> id.equals(job.undoes()))
                .findFirst();
    }
}
