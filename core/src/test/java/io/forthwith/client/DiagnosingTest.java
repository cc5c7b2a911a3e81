package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.insight.Reason;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DiagnosingTest {
    private static final JobType<String> TYPE = JobType.of("report", String.class);

    private final JobStore rows = new InMemoryJobStore();
    private final AtomicInteger looks = new AtomicInteger();

    /** Within a transaction of the application, the row of a job that it has added is found, and the rest of the world does not know it. */
    @Test
    void a_job_that_only_one_of_two_reads_sees_is_not_there_yet() {
        JobStore store = (JobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {JobStore.class}, (self, method, arguments) -> {
                    if (method.getName().equals("situation")) {
                        looks.incrementAndGet();
                        return Optional.empty();
                    }
                    return method.invoke(rows, arguments);
                });
        UUID id = JobClient.of(rows).enqueue(NewJob.of(TYPE, "x")).id();
        assertThat(JobClient.of(store).why(id).first()).isInstanceOf(Reason.NotFound.class);
        assertThat(looks).hasValueLessThanOrEqualTo(3);
    }
}
