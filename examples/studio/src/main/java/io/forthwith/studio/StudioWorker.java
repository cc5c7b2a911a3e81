package io.forthwith.studio;

import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioProcessors;
import io.forthwith.studio.scenario.Stage;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A worker of the studio in a process of its own, with a database and an image service in other processes. It runs
 * until its standard input ends or it gets a SIGTERM. Then it lets its jobs finish, and gives back those that do not.
 * {@link WorkerSettings} lists its options.
 */
public final class StudioWorker {
    private static final Duration POLL_INTERVAL = Duration.ofMillis(200);
    private static final Duration TIME_TO_HAND_BACK = Duration.ofSeconds(5);

    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);

    private StudioWorker() {}

    /** Runs the worker. */
    public static void main(String[] args) throws Exception {
        System.setProperty("java.awt.headless", "true");
        System.getProperties().putIfAbsent("logback.configurationFile", "io/forthwith/studio/worker-logback.xml");
        new StudioWorker().run(WorkerSettings.of(System.getProperties(), System.getenv()));
    }

    private void run(WorkerSettings settings) throws Exception {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> stop(settings.grace().plus(TIME_TO_HAND_BACK)), "stop"));
        Thread input = new Thread(StudioWorker::exitAtEndOfInput, "input");
        input.setDaemon(true);
        input.start();
        try (Database database = Database.open(settings.studio());
                Worker worker = worker(settings, database)) {
            stop.await();
        } finally {
            stopped.countDown();
        }
    }

    private static Worker worker(WorkerSettings settings, Database database) throws IOException {
        Texts texts = Texts.in(settings.studio().language());
        Storyboard storyboard = Storyboard.shipped();
        StudioProcessors processors = new StudioProcessors(
                storyboard,
                new VideoConfigs(storyboard.videoConfigs()),
                new FilmFolder(settings.studio().folder()),
                new CreditLedger(database.dataSource(), texts).latency(settings.creditsLatency()),
                new ImageClient(settings.imageApi(), Stage.API_KEY, texts),
                texts);
        return Worker.of(JdbcJobStore.of(database.dataSource()), processors.registry())
                .name(settings.name())
                .queues(settings.queue())
                .concurrency(settings.concurrency())
                .pollInterval(POLL_INTERVAL)
                .lease(settings.lease())
                .gracePeriod(settings.grace())
                .locale(texts.locale())
                .limits(StudioJobs.imageLimit(settings.studio().imageAllowance()))
                .start();
    }

    /** The process that started this one has the other end of the pipe, which closes when that process ends. */
    private static void exitAtEndOfInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException broken) {
            // A broken input also means that the other process has ended.
        } finally {
            System.exit(0);
        }
    }

    /**
     * The process ends when this returns, even if the database cannot be reached. Other workers take over the jobs that the
     * worker could not give back, when its lease has lapsed.
     */
    private void stop(Duration atMost) {
        stop.countDown();
        try {
            if (!stopped.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("The worker has not stopped within " + atMost + "; leaving the rest to its lease");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
