package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.springframework.context.Lifecycle;
import org.springframework.context.ApplicationContext;
import io.forthwith.client.JobClient;
import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@DisplayName("A shop that is shut down under load")
class GracefulShutdownTest {
    private static final JobType<String> SLOW = JobType.of("slow", String.class);
    private static final JobType<String> ENDLESS = JobType.of("endless", String.class);
    private static final int MOST_ORDERS = 500;
    private static final Semaphore BEGUN = new Semaphore(0);

    @TestConfiguration(proxyBeanMethods = false)
    static class Slow {
        /** Ends when the server of the requests stops. */
        @Bean
        BaseProcessor<String, String> slow(ApplicationContext shop) {
            return new BaseProcessor<>(SLOW) {
                @Override
                protected String process(String input, JobContext job) throws Exception {
                    BEGUN.release();
                    await().atMost(Shops.SOON)
                            .until(() -> !shop.getBean("webServerGracefulShutdown", Lifecycle.class)
                                    .isRunning());
                    return "done";
                }
            };
        }

        @Bean
        BaseProcessor<String, String> endless() {
            return new BaseProcessor<>(ENDLESS) {
                @Override
                protected String process(String input, JobContext job) throws Exception {
                    BEGUN.release();
                    new CountDownLatch(1).await();
                    return "never";
                }
            };
        }

        @RestController
        static class SlowController {
            private final JobClient jobs;

            SlowController(JobClient jobs) {
                this.jobs = jobs;
            }

            /** Ends when the worker says that it stops, or has stopped. */
            @GetMapping("/slow")
            String slow() {
                BEGUN.release();
                await().atMost(Shops.SOON)
                        .until(() -> jobs.workers().stream()
                                .allMatch(worker -> worker.load() != null && worker.load().isStopping()));
                return "served";
            }
        }
    }

    private static ConfigurableApplicationContext start(String url, String grace) {
        return Shops.start(
                List.of(ShopApplication.class, Slow.class, Slow.SlowController.class),
                url,
                "server.shutdown=graceful",
                "spring.lifecycle.timeout-per-shutdown-phase=3m",
                "forthwith.worker.grace-period=" + grace);
    }

    /** The request and the job wait for the stop of each other's side: if one side stopped after the other, both would wait in vain. */
    @Test
    @DisplayName("lets requests and jobs come to their end at the same time, and loses nothing")
    void drains() throws Exception {
        BEGUN.drainPermits();
        String url = Postgres.newDatabase();
        ConfigurableApplicationContext shop = start(url, "2m");
        ConcurrentLinkedQueue<UUID> placed = new ConcurrentLinkedQueue<>();
        AtomicBoolean stopped = new AtomicBoolean();
        Orders orders = shop.getBean(Orders.class);
        CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
            while (!stopped.get() && placed.size() < MOST_ORDERS) {
                placed.add(orders.place("ada@example.org", 1));
            }
        });
        UUID slow = Shops.jobs(shop).enqueue(NewJob.of(SLOW, "").priority(9)).id();
        int port = Shops.port(shop);
        CompletableFuture<String> request = CompletableFuture.supplyAsync(() -> {
            try {
                return Shops.send("GET", port, "/slow").body();
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        });
        assertThat(BEGUN.tryAcquire(2, 1, TimeUnit.MINUTES)).isTrue();

        shop.close();
        stopped.set(true);
        load.exceptionally(poolIsClosed -> null).join();

        assertThat(request.join()).isEqualTo("served");
        try (ConfigurableApplicationContext next = start(url, "2m")) {
            assertThat(Shops.jobs(next).find(slow).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            Orders again = next.getBean(Orders.class);
            List<UUID> all = new ArrayList<>(placed);
            assertThat(all).isNotEmpty();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> Shops.jobs(next).countByScan(JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING)) == 0);
            assertThat(all).allMatch(again::isConfirmed);
            assertThat(Shops.jobs(next).scan(JobQuery.all().atMost(500))).allMatch(job -> job.lostWorkers() == 0);
        }
    }

    @Test
    @DisplayName("gives back a job that does not end in time, before the connection pool is closed")
    void hands_back() throws Exception {
        BEGUN.drainPermits();
        String url = Postgres.newDatabase();
        ConfigurableApplicationContext shop = start(url, "100ms");
        UUID endless = Shops.jobs(shop).enqueue(NewJob.of(ENDLESS, "").maxAttempts(1)).id();
        assertThat(BEGUN.tryAcquire(1, TimeUnit.MINUTES)).isTrue();

        shop.close();

        try (ConfigurableApplicationContext web = Shops.start(url, "forthwith.worker.enabled=false")) {
            assertThat(Shops.jobs(web).find(endless).orElseThrow()).satisfies(job -> {
                assertThat(job.status()).isEqualTo(JobStatus.PENDING);
                assertThat(job.attempt()).isZero();
                assertThat(job.lostWorkers()).isZero();
            });
        }
    }
}
