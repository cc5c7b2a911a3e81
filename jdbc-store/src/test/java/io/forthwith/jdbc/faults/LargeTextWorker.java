package io.forthwith.jdbc.faults;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
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
import java.time.Duration;
import org.slf4j.LoggerFactory;

/**
 * A worker in a process of its own whose jobs have large inputs and results. Until it reads the line {@value
 * ChildWorker#RELEASE}, its store takes no results. Ends with its parent.
 *
 * <p>Not a test. Argument: URL.
 */
public final class LargeTextWorker {
    /** Has about the largest result that is allowed. */
    static final JobType<String> LARGE_RESULT = JobType.of("large-result", String.class);
    /** Has a small result. */
    static final JobType<String> SMALL_RESULT = JobType.of("small-result", String.class);
    /** Has the total length of the results of its siblings as its result. */
    static final JobType<String> SUM = JobType.of("sum", String.class);

    static final String LARGE = "x".repeat(260_000);
    static final Duration LEASE = Duration.ofSeconds(2);

    private static volatile boolean isReleased;

    private LargeTextWorker() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        ChildWorker.sayWhatIsLogged();
        ((Logger) LoggerFactory.getLogger("io.forthwith")).setLevel(Level.WARN);
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        pool.setMaximumPoolSize(6);
        Worker.of(
                        takingResultsWhenReleased(JdbcJobStore.of(new HikariDataSource(pool))),
                        ProcessorRegistry.of()
                                .with(LARGE_RESULT, job -> new String(LARGE.toCharArray()))
                                .with(
                                        SMALL_RESULT,
                                        job -> job.input(String.class).length())
                                .with(SUM, LargeTextWorker::sum))
                .concurrency(8)
                .lease(LEASE)
                .start();
        ChildWorker.say("READY");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            isReleased |= order.equals(ChildWorker.RELEASE);
        }
        Runtime.getRuntime().halt(0);
    }

    private static long sum(JobContext job) {
        return job.siblings()
                .mapToLong(sibling ->
                        job.resultOf(sibling, String.class).orElseThrow().length())
                .sum();
    }

    private static JobStore takingResultsWhenReleased(JobStore behind) {
        return (JobStore) Proxy.newProxyInstance(
                LargeTextWorker.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("settle") && !isReleased) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "It takes no results", null);
                    }
                    try {
                        return method.invoke(behind, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }
}
