package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The samples about batches. */
class BatchSamplesTest {
    private static final JobType<Mail> MAIL = JobType.of("mail", Mail.class);

    private final MailService service = new MailService();

    record Mail(String address) {}

    record Answer(boolean accepted, String reason) {}

    /** Sends many mails by one request. */
    static final class MailService {
        final List<Integer> requests = new ArrayList<>();

        List<Answer> send(List<Mail> mails) {
            requests.add(mails.size());
            return mails.stream()
                    .map(mail -> new Answer(mail.address().contains("@"), "No such address: " + mail.address()))
                    .toList();
        }
    }

    private BatchProcessor<Mail, Object> mails() {
        BatchProcessor<Mail, Object> mails = BatchProcessor.of(MAIL, 100, jobs -> {
            List<Answer> answers =
                    service.send(jobs.stream().map(BatchJob::input).toList()); // one request
            for (int i = 0; i < jobs.size(); i++) {
                if (answers.get(i).accepted()) {
                    jobs.get(i).complete();
                } else {
                    jobs.get(i)
                            .fail(JobException.user("no_address", answers.get(i).reason()));
                }
            }
        });
        return mails;
    }

    @Test
    void a_batch_is_one_request() {
        BatchProcessor<Mail, Object> mails = mails();
        ProcessorRegistry processors = ProcessorRegistry.of().with(mails);
        JobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            ids.add(jobs.enqueue(NewJob.of(MAIL, new Mail(i + "@example.org"))).id());
        }
        UUID wrong = jobs.enqueue(NewJob.of(MAIL, new Mail("nobody"))).id();

        Worker.of(store, processors).build().drain();

        assertThat(service.requests).containsExactly(100, 51);
        assertThat(ids)
                .allSatisfy(
                        id -> assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED));
        assertThat(jobs.find(wrong).orElseThrow().errorMessage()).isEqualTo("No such address: nobody");
    }

    @Test
    void a_batch_can_be_tested_without_a_worker() {
        BatchProcessor<Mail, Object> mails = mails();
        FakeJobContext ada = FakeJobContext.of(new Mail("ada@example.org"));
        FakeJobContext nobody = FakeJobContext.of(new Mail("nobody"));

        List<BatchJob<Mail, Object>> answered = mails.process(List.of(ada, nobody));
        assertThat(answered.get(0).failure()).isNull();
        assertThat(answered.get(1).failure()).hasToString("io.forthwith.JobException: No such address: nobody");
    }
}
