package io.forthwith.worker;

import io.forthwith.JobStoreException;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.limit.LimitStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/** The store of {@link PlugInScenario}: it is away at times, finds some jobs locked, never takes one of the results, and lets no key rest. */
final class PlugInStore {
    private final InMemoryJobStore memory;
    private final Predicate<UUID> isLocked;
    boolean isAway;

    PlugInStore(InMemoryJobStore memory, Predicate<UUID> isLocked) {
        this.memory = memory;
        this.isLocked = isLocked;
    }

    JobStore asJobStore() {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(),
                new Class<?>[] {JobStore.class},
                (proxy, method, args) -> call(method, args));
    }

    private Object call(Method method, Object[] args) throws Throwable {
        if (isAway) {
            throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null);
        }
        if (method.getName().equals("settle")) {
            return settle((List<?>) args[0]);
        }
        if (method.getName().equals("limits")) {
            return memory.limits().map(PlugInStore::withoutRest);
        }
        try {
            return method.invoke(memory, args);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static LimitStore withoutRest(LimitStore limits) {
        return (LimitStore) Proxy.newProxyInstance(
                LimitStore.class.getClassLoader(), new Class<?>[] {LimitStore.class}, (proxy, method, args) -> {
                    if (method.getName().equals("rest")) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "no rest", null);
                    }
                    return method.invoke(limits, args);
                });
    }

    private List<Settled> settle(List<?> settlements) {
        if (settlements.stream().anyMatch(PlugInStore::isUnstorable)) {
            throw new JobStoreException(JobStoreException.Kind.PERMANENT, "refused", null);
        }
        return settlements.stream().map(each -> settle((Settlement) each)).toList();
    }

    private static boolean isUnstorable(Object settlement) {
        return settlement instanceof Settlement.Complete complete && "\"unstorable\"".equals(complete.result());
    }

    private Settled settle(Settlement settlement) {
        return isLocked.test(settlement.claim().jobId())
                ? Settled.BUSY
                : memory.settle(List.of(settlement)).get(0);
    }
}
