package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.insight.Reason;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Jobs that are told that they ask too often, on a clock that the test moves. */
@DisplayName("A job that is rate limited")
class RateLimitedTest {
    private static final Duration REST = Duration.ofHours(1);
    private static final LimitKey ACME = new LimitKey("tenant", "acme");
    private static final LimitKey KEY = new LimitKey("api", "key-1");

    private @Nullable RuntimeException thrown;
    private final List<UUID> started = new ArrayList<>();
    private final EngineFixture fixture =
            new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
                started.add(job.id());
                RuntimeException now = thrown;
                if (now != null) {
                    throw now;
                }
                return "done";
            }));
    private final LimitStore limits =
            mock(LimitStore.class, delegatesTo(fixture.memory.limits().orElseThrow()));

    @BeforeEach
    void begin() {
        doReturn(Optional.of(limits)).when(fixture.store).limits();
        limits.put(Limit.of("tenant").concurrency(1));
        limits.put(Limit.of("api").concurrency(5));
        fixture.engine.leasing.register();
    }

    private UUID enqueue(UnaryOperator<NewJob> change) {
        return fixture.jobs
                .enqueue(change.apply(NewJob.of(EngineFixture.TYPE, "x")))
                .id();
    }

    private Job job(UUID id) {
        return fixture.job(id);
    }

    private void run() {
        fixture.engine.leasing.run();
        fixture.runDue();
    }

    @Test
    @DisplayName("is postponed without using an attempt, and its keys rest meanwhile")
    void rests() {
        UUID id = enqueue(job -> job.limit("tenant", "acme").limit("api", "key-1"));
        UUID sibling = enqueue(job -> job.limit("tenant", "acme"));
        thrown = JobException.rateLimited(REST);
        run();

        assertThat(job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(job(id).attempt()).isZero();
        assertThat(job(id).postponements()).isOne();
        assertThat(job(id).errorCode()).isNull();
        assertThat(job(id).progress().message())
                .isEqualTo("A service that the job needs asks to wait; the job will go on by itself");
        assertThat(limits.state(ACME).restsUntil()).isEqualTo(job(id).runAt());
        assertThat(limits.state(KEY).restsUntil()).isEqualTo(job(id).runAt());
        assertThat(fixture.memory.failures(id)).isEmpty();
        assertThat(fixture.jobs.why(sibling).first())
                .isInstanceOfSatisfying(
                        Reason.Limited.class,
                        limited -> assertThat(limited.text(Locale.ENGLISH))
                                .contains("tenant:acme", job(id).runAt().toString()));
        thrown = null;
        run();
        assertThat(started).containsExactly(id);
        fixture.pass(REST);
        run();
        run();
        assertThat(started).containsExactlyInAnyOrder(id, id, sibling);
        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).attempt()).isOne();
    }

    @Test
    @DisplayName("lets the key of the named limit rest, and no other; also the exception that wraps it")
    void named() {
        UUID id = enqueue(job -> job.limit("tenant", "acme").limit("api", "key-1"));
        thrown = new IllegalStateException(JobException.rateLimited("api", REST));
        run();

        assertThat(limits.state(KEY).restsUntil()).isEqualTo(job(id).runAt());
        assertThat(limits.state(ACME).restsUntil()).isNull();
        assertThat(job(id).attempt()).isZero();
        UUID sibling = enqueue(job -> job.limit("tenant", "acme"));
        thrown = null;
        run();
        assertThat(job(sibling).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("lets the key of its type rest, if that is a limit of it")
    void type() {
        String type = EngineFixture.TYPE.name();
        limits.put(Limit.onType(type).concurrency(1));
        UUID id = enqueue(job -> job);
        thrown = JobException.rateLimited("type:" + type, REST);
        run();
        assertThat(limits.state(LimitKey.ofType(type)).restsUntil()).isEqualTo(job(id).runAt());
    }

    @Test
    @DisplayName("under no limit is just postponed")
    void unlimited() {
        UUID id = enqueue(job -> job);
        thrown = JobException.rateLimited(REST);
        try (LogCapture log = new LogCapture()) {
            run();
            assertThat(log.lines()).noneMatch(line -> line.contains("limit"));
        }
        verify(limits, never()).rest(any(), any());
        assertThat(job(id).attempt()).isZero();
        thrown = null;
        fixture.pass(REST.minusSeconds(1));
        run();
        assertThat(started).hasSize(1);
        fixture.pass(Duration.ofSeconds(1));
        run();
        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("is postponed too if it is not under the named limit, and the log says so")
    void wrongName() {
        UUID id = enqueue(job -> job.limit("tenant", "acme"));
        thrown = JobException.rateLimited("video-api", REST);
        try (LogCapture log = new LogCapture()) {
            run();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("video-api"))
                    .singleElement()
                    .asString()
                    .contains(id.toString(), "tenant:acme", "no key rests");
        }
        assertThat(job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(job(id).attempt()).isZero();
        assertThat(limits.state(ACME).restsUntil()).isNull();
    }

    @Test
    @DisplayName("is postponed too if the store cannot let its keys rest, and the log warns once")
    void storeAway() {
        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "no answer", null))
                .when(limits)
                .rest(any(), any());
        UUID id = enqueue(job -> job.limit("tenant", "acme").limit("api", "key-1"));
        thrown = JobException.rateLimited(REST);
        try (LogCapture log = new LogCapture()) {
            run();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("told to rest"))
                    .singleElement()
                    .asString()
                    .contains("tenant:acme", "no answer");
        }
        assertThat(job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(job(id).attempt()).isZero();
        assertThat(job(id).runAt()).isAfter(job(id).createdAt());
    }

    @Test
    @DisplayName("that is still told so a day later fails as one that is not ready")
    void tooLong() {
        UUID id = enqueue(job -> job.limit("tenant", "acme").locale(Locale.SIMPLIFIED_CHINESE));
        thrown = JobException.rateLimited(REST);
        run();
        assertThat(job(id).progress().message()).isEqualTo("任务所需的服务要求稍候，任务将自动继续");
        for (int hour = 0; hour < 24; hour++) {
            fixture.pass(REST);
            run();
        }
        assertThat(job(id).errorCode()).isEqualTo("not_ready");
    }

    @Test
    @DisplayName("in a batch lets each key rest once, for the longest time that was said")
    void batch() {
        BatchScene scene = new BatchScene() {};
        LimitStore ofBatch =
                mock(LimitStore.class, delegatesTo(scene.fixture.memory.limits().orElseThrow()));
        doReturn(Optional.of(ofBatch)).when(scene.fixture.store).limits();
        ofBatch.put(Limit.of("tenant"));
        scene.register();
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String key = i % 2 == 0 ? "acme" : "bravo";
            ids.add(scene.fixture
                    .jobs
                    .enqueue(NewJob.of(BatchScene.MAIL, i).limit("tenant", key))
                    .id());
        }
        scene.work = jobs -> {
            for (int i = 0; i < jobs.size(); i++) {
                jobs.get(i).fail(JobException.rateLimited(REST.plusMinutes(i)));
            }
        };

        scene.fixture.runDue();

        verify(ofBatch, times(2)).rest(any(), any());
        verify(ofBatch).rest(ACME, REST.plusMinutes(4));
        verify(ofBatch).rest(new LimitKey("tenant", "bravo"), REST.plusMinutes(5));
        assertThat(ids)
                .allSatisfy(id -> assertThat(scene.fixture.job(id).attempt()).isZero());
    }

    @Test
    @DisplayName("may say another time later; a time that is out of range is refused")
    void values() {
        JobException said = JobException.rateLimited("api", REST).after(Duration.ofMinutes(5));
        assertThat(said.rest()).isEqualTo(Duration.ofMinutes(5));
        assertThat(said.limitName()).isEqualTo("api");
        assertThat(said.error().code()).isEqualTo("rate_limited");
        assertThat(JobException.retryable("Busy").after(REST).rest()).isNull();
        assertThatThrownBy(() -> JobException.rateLimited(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
