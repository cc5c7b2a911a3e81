package io.forthwith.jdbc.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.schedule.CatchUp;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Two workers in a process of their own that declare and fire schedules of one second. Says {@code READY}. Ends with its parent.
 *
 * <p>Not a test. Arguments: URL, name, version, number of schedules, what is planted.
 */
public final class ScheduleChaosWorker {
    static final JobType<String> TYPE = JobType.of("tick", String.class);
    static final String OWNER = "chaos";
    static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int LONGEST_MILLIS = 2_500;

    private ScheduleChaosWorker() {}

    /** Every third one skips while a run is open; every third one catches up all. The version shows in the priority. */
    static Schedule schedule(int number, int version) {
        Schedule schedule =
                Schedule.of(name(number), TYPE, name(number)).every(PERIOD).job(job -> job.priority(version));
        return switch (number % 3) {
            case 0 -> schedule.ifRunning(IfRunning.ALLOW).catchUp(CatchUp.all(Duration.ofHours(1), 1_000));
            case 1 -> schedule.ifRunning(IfRunning.SKIP);
            default -> schedule.ifRunning(IfRunning.ALLOW);
        };
    }

    static String name(int number) {
        return "s%04d".formatted(number);
    }

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        pool.setMaximumPoolSize(8);
        pool.setConnectionTimeout(2_000);
        pool.setInitializationFailTimeout(-1);
        HikariDataSource database = new HikariDataSource(pool);
        int version = Integer.parseInt(args[2]);
        Schedule[] schedules = IntStream.range(0, Integer.parseInt(args[3]))
                .mapToObj(number -> schedule(number, version))
                .toArray(Schedule[]::new);
        SchedulePlant plant = SchedulePlant.valueOf(args[4]);
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            boolean isOfOneAtATime = Integer.parseInt(job.input(String.class).substring(1)) % 3 == 1;
            long millis = isOfOneAtATime && job.id().getLeastSignificantBits() % 8 == 0
                    ? ThreadLocalRandom.current().nextInt(LONGEST_MILLIS)
                    : 0;
            new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
            return null;
        });
        for (String each : List.of("-a", "-b")) {
            start(database, args[1] + each, version, schedules, plant, processors);
        }
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // No input comes: this process ends when its parent does.
        }
        Runtime.getRuntime().halt(0);
    }

    private static void start(
            HikariDataSource database,
            String name,
            int version,
            Schedule[] schedules,
            SchedulePlant plant,
            ProcessorRegistry processors) {
        while (true) {
            try {
                JobStore store = plant.into(JdbcJobStore.of(database).queryTimeout(Duration.ofSeconds(5)));
                Worker.of(store, processors)
                        .name(name)
                        .lease(Duration.ofSeconds(4))
                        .concurrency(20)
                        .schedules(schedules)
                        .declarationOwner(OWNER, version)
                        .start();
                return;
            } catch (JobStoreException away) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            }
        }
    }
}
