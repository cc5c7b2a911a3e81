package io.forthwith.jdbc.faults;

import io.forthwith.JobStoreException;
import io.forthwith.store.JobStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** A store of which one worker's calls are counted, and which can be made unreachable for that worker alone. */
final class ReachableStore {
    private final Map<String, Integer> calls = new ConcurrentHashMap<>();
    private final JobStore store;
    private volatile boolean cutOff;

    ReachableStore(JobStore behind) {
        this.store = (JobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    calls.merge(method.getName(), 1, Integer::sum);
                    if (cutOff) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "cut off", null);
                    }
                    try {
                        return method.invoke(behind, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    JobStore store() {
        return store;
    }

    void cutOff(boolean isSo) {
        cutOff = isSo;
    }

    int calls(String method) {
        return calls.getOrDefault(method, 0);
    }

    /** How often each method was called so far. */
    Map<String, Integer> calls() {
        return new TreeMap<>(calls);
    }
}
