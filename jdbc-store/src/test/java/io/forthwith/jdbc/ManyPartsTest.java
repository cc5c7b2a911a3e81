package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/** One part for each of many recipients, as the documentation has it. */
@DisplayName("A durable step with very many parts")
@Timeout(600)
@Tag("slow")
class ManyPartsTest extends DurableStepsFixture {
    private static final int RECIPIENTS = 25_000;
    /** Four times the parts take four times the time; it would be sixteen times if each part took longer the more there are. */
    private static final int MOST_TIMES = 8;

    @BestOfThree.Test
    @DisplayName(
            "takes four times the time for four times the parts, in the first attempt and in the second, on PostgreSQL")
    void takes_four_times_the_time_for_four_times_the_parts() throws Exception {
        Mailing.Seconds warm = mail(RECIPIENTS / 10);
        Mailing.Seconds quarter = mail(RECIPIENTS / 4);
        Mailing.Seconds all = mail(RECIPIENTS);

        System.out.println("Parts of a step: " + warm + ", " + quarter + ", " + all);
        BestOfThree.inTime(() -> {
            assertThat(all.first()).as("the first attempt, %s", all).isLessThan(MOST_TIMES * quarter.first());
            assertThat(all.second()).as("the second attempt, %s", all).isLessThan(MOST_TIMES * quarter.second());
        });
    }

    private Mailing.Seconds mail(int recipients) {
        JobStore store = AnyStore.POSTGRESQL.empty();
        UUID id = enqueue(store);
        Mailing mailing = new Mailing(recipients);

        drain(store, mailing);

        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(mailing.sent).isEqualTo(recipients);
        assertThat(store.steps(id)).hasSize(recipients);
        return new Mailing.Seconds(recipients, mailing.seconds.get(0), mailing.seconds.get(1));
    }

    /** Mails everybody and fails once; then everything is done already. */
    private static final class Mailing extends BaseProcessor<String, Object> {
        private final Step<String> mail = step("mail", String.class).undo((sent, key) -> {});
        private final int recipients;
        private final List<Double> seconds = new ArrayList<>();
        private int sent;

        /** How long each attempt took. */
        private record Seconds(int parts, double first, double second) {}

        Mailing(int recipients) {
            super(TYPE);
            this.recipients = recipients;
        }

        @Override
        protected Object process(String input, JobContext job) throws Exception {
            long start = System.nanoTime();
            for (int i = 0; i < recipients; i++) {
                String to = "user-" + i;
                job.run(mail, to, key -> {
                    sent++;
                    return to;
                });
            }
            seconds.add((double) (System.nanoTime() - start) / TimeUnit.SECONDS.toNanos(1));
            if (job.attempt() == 1) {
                throw JobException.retryable("The report could not be written");
            }
            return null;
        }

        @Override
        public Duration timeLimit() {
            return Duration.ofMinutes(9);
        }

        @Override
        public RetryPolicy retryPolicy() {
            return RetryPolicy.fixed(Duration.ZERO).maxAttempts(2);
        }
    }
}
