package io.forthwith.worker;

import io.forthwith.JobType;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Several threads start and close a worker and read its state at the same time. It starts once, and no call of close
 * returns before it has stopped. Lincheck generates the calls and runs them many times. It cannot check every
 * interleaving, because the worker has threads of its own.
 */
@Tag("slow")
public class WorkerLincheckTest {
    private static final ProcessorRegistry REGISTRY =
            ProcessorRegistry.of().with(JobType.of("work", String.class), job -> null);

    private final AtomicInteger registered = new AtomicInteger();
    private final AtomicInteger registrations = new AtomicInteger();
    private final Worker worker =
            Worker.of(counted(new InMemoryJobStore()), REGISTRY).build();

    private JobStore counted(JobStore store) {
        return (JobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "register" -> {
                            registrations.incrementAndGet();
                            registered.incrementAndGet();
                        }
                        case "deregister" -> registered.decrementAndGet();
                        default -> {}
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    @Operation
    public String start() {
        try {
            worker.start();
            return "started";
        } catch (IllegalStateException refused) {
            return "refused";
        }
    }

    /** How many workers are still registered when close returns. */
    @Operation
    public int close() {
        worker.close();
        return registered.get();
    }

    @Operation
    public WorkerHealth.Status health() {
        return worker.health().status();
    }

    @Validate
    public void startedOnceAndStopped() {
        worker.close();
        if (registered.get() != 0 || registrations.get() > 1) {
            throw new AssertionError(registrations + " registrations, of which are left " + registered);
        }
    }

    @Test
    void starts_once_and_has_stopped_when_any_call_of_close_returns() {
        new StressOptions()
                .threads(2)
                .actorsBefore(0)
                .actorsPerThread(3)
                .actorsAfter(1)
                .iterations(6)
                .invocationsPerIteration(30)
                .check(WorkerLincheckTest.class);
    }
}
