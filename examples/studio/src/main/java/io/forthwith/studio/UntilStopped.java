package io.forthwith.studio;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets what runs come to a clean end when the process is stopped, for example by Ctrl-C. */
final class UntilStopped {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private UntilStopped() {}

    /** What may run for long. */
    @FunctionalInterface
    interface Running {
        void run() throws Exception;
    }

    /** Runs it in this thread, which is interrupted when the process is stopped. The process ends after it, or ten seconds later. */
    static void run(Running running) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Thread runner = Thread.currentThread();
        Thread stop = new Thread(
                () -> {
                    runner.interrupt();
                    await(ended);
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            running.run();
        } catch (InterruptedException e) {
            if (!stop.isAlive()) {
                throw e;
            }
        } finally {
            ended.countDown();
        }
    }

    private static void await(CountDownLatch ended) {
        try {
            if (!ended.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("The studio has not stopped within " + PATIENCE + "; leaving the rest to its lease");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
