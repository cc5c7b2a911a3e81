package io.forthwith.worker;

import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import io.forthwith.testing.FakeJobContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.mockito.ArgumentCaptor;

/** A worker on a store in memory whose calls are recorded. */
abstract class ErrorContractFixture {
    static final Duration SOON = Duration.ofMinutes(1);
    static final JobType<String> KNOWN = JobType.of("known", String.class);
    static final JobType<String> OTHER = JobType.of("other", String.class);
    static final JobType<String> UNKNOWN = JobType.of("unknown_task_type", String.class);

    final JobStore store = mock(JobStore.class, delegatesTo(new InMemoryJobStore()));
    final JobClient jobs = JobClient.of(store);

    void drain(ProcessorRegistry processors) {
        Worker.of(store, processors).build().drain();
    }

    Job job(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    List<Settlement> failureWrites() {
        ArgumentCaptor<List<Settlement>> written = ArgumentCaptor.captor();
        verify(store, atLeastOnce()).settle(written.capture());
        return written.getAllValues().stream()
                .flatMap(List::stream)
                .filter(Settlement.Fail.class::isInstance)
                .toList();
    }

    static JobContext context(JobType<String> type) {
        return FakeJobContext.of("x")
                .withJob(Job.builder(UUID.randomUUID(), type.name(), Instant.EPOCH)
                        .build());
    }

    @SuppressWarnings("unchecked") // the cast is erased, so it can throw any throwable
    static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
