package io.forthwith.spring.boot.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobStoreException;
import io.forthwith.json.JobCodec;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What the health says of a worker")
class WorkerHealthDetailsTest {
    private final AtomicBoolean isAway = new AtomicBoolean();

    /** A store that cannot be reached for a while. */
    private JobStore store() {
        InMemoryJobStore memory = new InMemoryJobStore();
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (isAway.get() && method.getName().equals("claim")) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away on purpose", null);
                    }
                    try {
                        return method.invoke(memory, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private static final JobCodec NONE = new JobCodec() {
        @Override
        public String write(Object value) {
            return "null";
        }

        @Override
        public Object read(String json, Type type) {
            return "";
        }
    };

    @Test
    @DisplayName("is up, with reasons, while the worker has troubles from which it recovers by itself")
    void degraded() {
        JobStore store = store();
        WorkerLifecycle worker = new WorkerLifecycle(
                () -> Worker.of(
                                store,
                                ProcessorRegistry.of()
                                        .with(io.forthwith.JobType.of("any", String.class), job -> "done"))
                        .codec(NONE)
                        .pollInterval(Duration.ofMillis(10)),
                true);
        worker.start();
        try {
            assertThat(WorkerHealthDetails.of(worker).status()).isEqualTo("UP");
            isAway.set(true);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> WorkerHealthDetails.of(worker).status().equals("DEGRADED"));
            assertThat(WorkerHealthDetails.of(worker)).satisfies(state -> {
                assertThat(state.isUp()).isTrue();
                assertThat(state.reasons()).anyMatch(reason -> reason.contains("away on purpose"));
            });
        } finally {
            isAway.set(false);
            worker.stop();
        }
        assertThat(WorkerHealthDetails.of(worker).isUp()).isFalse();
    }
}
