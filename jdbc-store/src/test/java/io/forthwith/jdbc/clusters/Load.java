package io.forthwith.jdbc.clusters;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.faults.ChildProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Worker processes, and a thread that enqueues short and long jobs, families, jobs with durable steps and jobs that complete in one
 * transaction with what they write. It repeats a call with the same jobs until it is acknowledged.
 */
final class Load implements AutoCloseable {
    private static final int LONG = 3_000;
    private static final int PILED = 2_000;
    private static final int MANY = 40;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final String url;
    private final Random random;
    private final UnaryOperator<NewJob> with;
    private final HikariDataSource pool;
    private final JobClient client;
    private final Map<UUID, NewJob> acknowledged = new ConcurrentHashMap<>();
    private final List<ChildProcess> workers = new ArrayList<>();
    /** An interruption alone may be taken for an outage. */
    private volatile boolean isClosed;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::enqueueAll, "load");

    private Load(String url, Random random, UnaryOperator<NewJob> with) {
        this.url = url;
        this.random = random;
        this.with = with;
        this.pool = new HikariDataSource(config(url));
        this.client = JobClient.of(JdbcJobStore.of(pool));
    }

    private static HikariConfig config(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(4);
        config.setConnectionTimeout(500);
        return config;
    }

    /**
     * @param url of the thread that enqueues
     * @param workersUrls one for each worker
     */
    static Load start(String url, String... workersUrls) {
        return start(UnaryOperator.identity(), url, workersUrls);
    }

    /** @param with changes each job, but not its id */
    static Load start(UnaryOperator<NewJob> with, String url, String... workersUrls) {
        // HikariCP's own pauses would hide those of the workers.
        return start(ClusterWorker.CONNECTS_IN_CALLER, with, url, workersUrls);
    }

    /** The same, with a kind of pool. */
    static Load start(String pool, UnaryOperator<NewJob> with, String url, String... workersUrls) {
        long seed = Long.getLong("clusters.seed", new Random().nextLong());
        System.out.println("Clusters: seed " + seed);
        Load load = new Load(url, new Random(seed), with);
        for (String workersUrl : workersUrls) {
            String name = "worker-" + load.workers.size();
            load.workers.add(ChildProcess.start(ClusterWorker.class, name, workersUrl, name, pool));
        }
        load.workers.forEach(ChildProcess::awaitReady);
        load.thread.start();
        return load;
    }

    /** Goes on for so long. */
    void run(Duration time) throws InterruptedException {
        stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** No more jobs come; the last ones are acknowledged. */
    void stop() throws InterruptedException {
        stopped.countDown();
        thread.join();
    }

    Set<UUID> acknowledged() {
        return Set.copyOf(acknowledged.keySet());
    }

    /** More jobs than the workers have slots for, at once. */
    void pileUp() throws InterruptedException {
        enqueue(Stream.generate(() -> NewJob.of(ClusterWorker.SLEEP, PILED))
                .limit(MANY)
                .toList());
    }

    /** What an application does that has kept its jobs elsewhere. */
    void enqueueAgain(Set<UUID> lost) {
        client.enqueueAll(lost.stream().map(acknowledged::get).toList());
    }

    /** When the first attempt after this moment began, in milliseconds since 1970. */
    OptionalLong firstRunSince(long millis) {
        return first(millis, said("RAN "));
    }

    /** The same of one worker. */
    OptionalLong firstRunSince(long millis, int worker) {
        return first(millis, workers.get(worker).lines(line -> line.startsWith("RAN ")).stream());
    }

    private static OptionalLong first(long millis, Stream<String> runs) {
        return runs.mapToLong(line -> Long.parseLong(line.split(" ", -1)[3]))
                .filter(at -> at >= millis)
                .min();
    }

    /** What the workers have said, of this kind. */
    Stream<String> said(String prefix) {
        return workers.stream().flatMap(worker -> worker.lines(line -> line.startsWith(prefix)).stream());
    }

    List<ChildProcess> workers() {
        return workers;
    }

    private void enqueueAll() {
        try {
            for (int round = 0; !stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS); round++) {
                enqueue(jobs(round).stream().map(with).toList());
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void enqueue(List<NewJob> jobs) throws InterruptedException {
        await("an answer from " + url)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(PAUSE)
                .atMost(Duration.ofMinutes(5))
                .ignoreException(JobStoreException.class)
                .until(() -> {
                    if (!isClosed) {
                        client.enqueueAll(jobs);
                        jobs.forEach(job -> acknowledged.put(job.id(), job));
                    }
                    return true;
                });
    }

    private List<NewJob> jobs(int round) {
        List<NewJob> jobs = new ArrayList<>();
        jobs.add(NewJob.of(ClusterWorker.SLEEP, random.nextInt(100)));
        switch (round % 5) {
            case 0 -> jobs.add(NewJob.of(ClusterWorker.SLEEP, LONG));
            case 1, 2 -> jobs.add(NewJob.of(ClusterWorker.STEPPING, random.nextInt(200)));
            case 3 -> jobs.add(NewJob.of(ClusterWorker.WRITING, random.nextInt(200)));
            default -> {
                NewJob parent = NewJob.of(ClusterWorker.SLEEP, 0);
                jobs.add(parent);
                jobs.add(NewJob.of(ClusterWorker.WRITING, random.nextInt(200)).parent(parent));
                jobs.add(NewJob.of(ClusterWorker.STEPPING, random.nextInt(200)).parent(parent));
                jobs.add(NewJob.of(ClusterWorker.SLEEP, 0).after(parent));
            }
        }
        return jobs;
    }

    @Override
    public void close() throws Exception {
        isClosed = true;
        stopped.countDown();
        thread.interrupt();
        thread.join();
        workers.forEach(ChildProcess::close);
        pool.close();
    }
}
