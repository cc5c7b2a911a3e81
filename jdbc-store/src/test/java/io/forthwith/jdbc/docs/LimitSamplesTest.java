package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The samples of the document about limits. */
class LimitSamplesTest {
    record Board(String id) {}

    static final JobType<Board> RENDER = JobType.of("render", Board.class);

    private final JobStore store = JdbcJobStore.of(TestDatabase.H2.migrated());
    private final JobClient jobs = JobClient.of(store);

    @Test
    @SuppressWarnings("try") // as a reader would write it, the worker is not used
    void declare() throws Exception {
        ProcessorRegistry processors = ProcessorRegistry.of().with(RENDER, job -> null);
        Board board = new Board("b-1");
        String tenantId = "acme";
        String apiKey = "key-1";

        Limit perTenant = Limit.of("tenant").concurrency(3);
        Limit perApiKey = Limit.of("image-api").concurrency(3).rate(20, Duration.ofMinutes(1));

        try (Worker worker =
                Worker.of(store, processors).limits(perTenant, perApiKey).start()) {
            jobs.enqueue(NewJob.of(RENDER, board).limit("tenant", tenantId).limit("image-api", apiKey, 2));
        }
        UUID rendered = jobs.scan(JobQuery.all()).get(0).id();
        // The worker may have given the job back, and then its start has used the rate for six seconds.
        jobs.limits().override(new LimitKey("image-api", apiKey), Limit.of("image-api"));
        try (Worker again =
                Worker.of(store, processors).limits(perTenant, perApiKey).start()) {
            assertThat(jobs.await(rendered, Patience.LONG)).isPresent();
        }
        assertThat(jobs.limits().list()).containsExactly(perApiKey, perTenant);
    }

    static final JobType<Board> PUBLISH = JobType.of("publish", Board.class);

    @Test
    @SuppressWarnings("try") // the worker is not used
    void sequences() throws Exception {
        Board board = new Board("b-1");
        ProcessorRegistry failing = ProcessorRegistry.of().with(PUBLISH, job -> {
            throw JobException.user("no_such_film", "This film is gone");
        });
        UUID first = jobs.enqueue(NewJob.of(PUBLISH, board).sequence("film:42")).id();
        try (Worker worker = Worker.of(store, failing).start()) {
            assertThat(jobs.await(first, Patience.LONG)).isPresent();
        }

        jobs.enqueue(NewJob.of(PUBLISH, board).sequence("film:42"));
        jobs.enqueue(NewJob.of(PUBLISH, board).sequence("film:43", SequenceFailurePolicy.SKIP));

        List<BlockedSequence> blocked = jobs.limits().blocked(null, 100);
        jobs.limits().skip(blocked.get(0).jobId());

        assertThat(blocked).extracting(BlockedSequence::jobId).containsExactly(first);
        assertThat(blocked.get(0).message()).isEqualTo("This film is gone");
        assertThat(jobs.limits().blocked(null, 100)).isEmpty();
    }

    @Test
    @SuppressWarnings("try") // the worker is not used
    void fairTurns() throws Exception {
        Board board = new Board("b-1");
        String tenantId = "acme";

        jobs.enqueue(NewJob.of(RENDER, board).fairBy(tenantId));

        jobs.limits().override(LimitKey.fairBy("acme"), Limit.weight(3));

        UUID id = jobs.scan(JobQuery.all()).get(0).id();
        LimitState state = jobs.limits().state(LimitKey.fairBy("acme"));
        assertThat(state.waiting()).isEqualTo(1);
        assertThat(state.limit()).isEqualTo(Limit.weight(3));
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(RENDER, job -> null))
                .start()) {
            assertThat(jobs.await(id, Patience.LONG)).isPresent();
        }
    }

    @Test
    @SuppressWarnings("try") // the worker is not used
    void rests() throws Exception {
        ProcessorRegistry processors = ProcessorRegistry.of().with(RENDER, job -> {
            throw JobException.rateLimited("image-api", Duration.ofSeconds(30));
        });
        UUID id = jobs.enqueue(NewJob.of(RENDER, new Board("b-1")).limit("image-api", "key-1"))
                .id();
        LimitKey key = new LimitKey("image-api", "key-1");
        try (Worker worker = Worker.of(store, processors)
                .limits(Limit.of("image-api").concurrency(3))
                .start()) {
            Awaitility.await().until(() -> jobs.find(id).orElseThrow().postponements() == 1);
            assertThat(jobs.limits().state(key).restsUntil()).isNotNull();
        }
        jobs.limits().resume(key);
        assertThat(jobs.limits().state(key).restsUntil()).isNull();
    }

    @Test
    void byHand() {
        jobs.limits().put(Limit.of("tenant").concurrency(3));
        UUID waiting = jobs.enqueue(NewJob.of(RENDER, new Board("b-1")).limit("tenant", "acme"))
                .id();

        LimitKey acme = new LimitKey("tenant", "acme");

        jobs.limits().override(acme, Limit.of("tenant").concurrency(10));
        jobs.limits().pause(acme, Pause.by("ada").because("their API is down"));
        jobs.limits().resume(acme);

        LimitState state = jobs.limits().state(acme);
        List<LimitState> all = jobs.limits().states("tenant", null, 100);

        assertThat(all).containsExactly(state);
        assertThat(state.isOverridden()).isTrue();
        jobs.limits().pause(acme, Pause.by("ada").because("their API is down"));
        assertThat(jobs.why(waiting).first().text(Locale.ENGLISH)).contains("tenant:acme", "ada", "their API is down");
        assertThat(jobs.find(waiting).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
    }
}
