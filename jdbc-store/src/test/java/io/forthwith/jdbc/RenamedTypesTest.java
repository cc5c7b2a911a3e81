package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Jobs stored under the former name of their type")
class RenamedTypesTest {
    private static final JobType<String> OLD = JobType.of("video", String.class);
    private static final JobType<String> NEW =
            JobType.of("shot_video_generation", String.class).formerly("video");

    private final List<String> refunded = new ArrayList<>();

    /** Charges, and fails if the test says so. */
    private final class Video extends BaseProcessor<String, String> {
        private final Step<String> charge = step("charge", String.class).undo((receipt, key) -> refunded.add(receipt));

        Video(JobType<String> type) {
            super(type);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            String receipt = job.run(charge, key -> "receipt for " + input);
            if (input.equals("too much")) {
                throw JobException.user("insufficient_credits", "Insufficient credits");
            }
            return receipt;
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are run by its processor")
    void run(TestDatabase kind) {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        JobClient jobs = JobClient.of(store);
        UUID old = jobs.enqueue(NewJob.of(OLD, "a shot")).id();
        UUID lambda = jobs.enqueue(NewJob.of(JobType.of("picture", String.class), "x"))
                .id();

        ProcessorRegistry processors = ProcessorRegistry.of(new Video(NEW))
                .with(JobType.of("image", String.class).formerly("picture"), job -> "painted");
        Worker.of(store, processors).build().drain();

        assertThat(jobs.find(old).orElseThrow().result()).isEqualTo("\"receipt for a shot\"");
        assertThat(jobs.find(lambda).orElseThrow().result()).isEqualTo("\"painted\"");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are undone by its processor, also if they had failed before the rename")
    void undone(TestDatabase kind) {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        JobClient jobs = JobClient.of(store);
        UUID before = jobs.enqueue(NewJob.of(OLD, "too much")).id();
        chargeAndFail(store);
        assertThat(undos(jobs)).extracting(Job::status).containsExactly(JobStatus.PENDING);

        UUID after = jobs.enqueue(NewJob.of(OLD, "too much")).id();
        Worker.of(store, ProcessorRegistry.of(new Video(NEW))).build().drain();

        assertThat(undos(jobs)).extracting(Job::status).containsOnly(JobStatus.COMPLETED);
        assertThat(undos(jobs)).extracting(Job::undoes).containsExactlyInAnyOrder(before, after);
        assertThat(refunded).containsExactlyInAnyOrder("receipt for too much", "receipt for too much");
    }

    /** What a worker from before the rename leaves behind that stops before it has undone anything. */
    private static void chargeAndFail(JdbcJobStore store) {
        Claim claim = Claim.of(Jobs.claimAll(store).get(0));
        StepName charge = new StepName("charge", "");
        store.beginStep(claim, charge, true);
        store.finishStep(claim, charge, "\"receipt for too much\"");
        JobError tooFew = JobError.user("insufficient_credits", "Insufficient credits");
        assertThat(store.settle(List.of(Settlement.fail(claim, tooFew, Locale.ENGLISH))))
                .containsExactly(Settled.APPLIED);
    }

    private static List<Job> undos(JobClient jobs) {
        return jobs.scan(JobQuery.all()).stream().filter(Job::isUndo).toList();
    }
}
