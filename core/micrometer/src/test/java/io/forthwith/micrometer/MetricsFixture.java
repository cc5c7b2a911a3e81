package io.forthwith.micrometer;

import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.QueueState;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.search.RequiredSearch;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Metrics without a thread, of a store in memory. */
abstract class MetricsFixture {
    static final Duration SOON = Duration.ofMinutes(1);
    static final JobType<Void> MAIL = JobType.of("mail");
    static final ProcessorRegistry PROCESSORS = ProcessorRegistry.of().with(MAIL, job -> null);

    final MockClock clock = new MockClock();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
    final JobMetrics metrics = JobMetrics.withoutThread(registry);
    final JobStore memory = new InMemoryJobStore();

    double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    RequiredSearch get(String name) {
        return registry.get(name);
    }

    static void enqueue(JobStore store, String queue) {
        JobClient.of(store).enqueue(NewJob.of(MAIL).queue(queue));
    }

    /** A store that is away when it is told to be. */
    static JobStore away(JobStore store, AtomicBoolean isAway) {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() != Object.class && isAway.get()) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    /** A store whose queues stand like this. */
    static JobStore withQueues(JobStore store, Supplier<List<QueueState>> queues) {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(),
                new Class<?>[] {JobStore.class},
                (proxy, method, arguments) ->
                        method.getName().equals("queues") ? queues.get() : method.invoke(store, arguments));
    }
}
