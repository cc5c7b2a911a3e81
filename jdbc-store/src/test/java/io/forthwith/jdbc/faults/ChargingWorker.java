package io.forthwith.jdbc.faults;

import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/**
 * A worker process that charges for orders and kills itself, or stops to be stopped, at one moment. Moments are those of {@link
 * Charging} and the calls to the store: {@code before finishStep}, {@code after settle 2} (the second one). Ends with its parent.
 *
 * <p>Not a test. Arguments: URL, moment, {@value #DIE} or {@value #HANG}.
 */
public final class ChargingWorker {
    static final String DIE = "die";
    static final String HANG = "hang";

    private static final CountDownLatch RELEASED = new CountDownLatch(1);

    private ChargingWorker() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        DataSource database = DurableServer.at(args[0]);
        Charging.Moments moments = moment -> {
            if (moment.equals(args[1])) {
                act(moment, args[2]);
            }
        };
        JobStore store = telling(JdbcJobStore.of(database), moments);
        Worker.of(store, ProcessorRegistry.of(new Charging(database, moments)))
                .name("victim")
                .concurrency(1)
                .start();
        System.out.println("READY");
        obey();
    }

    private static void act(String moment, String how) {
        System.out.println("AT " + moment);
        System.out.flush();
        if (how.equals(DIE)) {
            Runtime.getRuntime().halt(137);
        }
        boolean released = false;
        while (!released) {
            try {
                RELEASED.await();
                released = true;
            } catch (InterruptedException deaf) {
                // A process that is stopped hears nothing.
            }
        }
        System.out.println("RELEASED");
    }

    private static void obey() throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            if (order.equals(ChildWorker.RELEASE)) {
                RELEASED.countDown();
            }
        }
        Runtime.getRuntime().halt(0);
    }

    /** A store that tells of its calls, the settlements numbered. */
    private static JobStore telling(JobStore store, Charging.Moments moments) {
        Map<String, Integer> calls = new ConcurrentHashMap<>();
        return (JobStore) Proxy.newProxyInstance(
                ChargingWorker.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    String name = method.getName();
                    if (name.equals("settle")) {
                        name += " " + calls.merge(name, 1, Integer::sum);
                    }
                    moments.at("before " + name);
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    } finally {
                        moments.at("after " + name);
                    }
                });
    }
}
