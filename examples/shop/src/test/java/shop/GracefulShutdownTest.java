package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
        @Bean
        BaseProcessor<String, String> slow() {
            return new BaseProcessor<>(SLOW) {
                @Override
                protected String process(String input, JobContext job) throws Exception {
                    BEGUN.release();
                    new CountDownLatch(1).await(3, TimeUnit.SECONDS);
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
            @GetMapping("/slow")
            String slow() throws InterruptedException {
                BEGUN.release();
                new CountDownLatch(1).await(3, TimeUnit.SECONDS);
                return "served";
            }
        }
    }

    private static ConfigurableApplicationContext start(String url, String grace) {
        return Shops.start(
                List.of(ShopApplication.class, Slow.class, Slow.SlowController.class),
                url,
                "server.shutdown=graceful",
                "forthwith.worker.grace-period=" + grace);
    }

    @Test
    @DisplayName("lets requests and jobs come to their end at the same time, and loses nothing")
    void drains() throws Exception {
        BEGUN.drainPermits();
        String url = Postgres.newDatabase();
        ConfigurableApplicationContext shop = start(url, "10s");
        ConcurrentLinkedQueue<UUID> placed = new ConcurrentLinkedQueue<>();
        AtomicBoolean stopped = new AtomicBoolean();
        Orders orders = shop.getBean(Orders.class);
        CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
            while (!stopped.get() && placed.size() < MOST_ORDERS) {
                placed.add(orders.place("ada@example.org", 1));
            }
        });
        UUID slow = Shops.jobs(shop).enqueue(NewJob.of(SLOW, "").priority(9));
        int port = Shops.port(shop);
        CompletableFuture<String> request = CompletableFuture.supplyAsync(() -> {
            try {
                return Shops.send("GET", port, "/slow").body();
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        });
        assertThat(BEGUN.tryAcquire(2, 30, TimeUnit.SECONDS)).isTrue();

        long before = System.nanoTime();
        shop.close();
        double seconds = (System.nanoTime() - before) / 1e9;
        stopped.set(true);
        load.exceptionally(poolIsClosed -> null).join();

        assertThat(request.join()).isEqualTo("served");
        assertThat(seconds).as("both at the same time").isLessThan(5);
        try (ConfigurableApplicationContext next = start(url, "10s")) {
            assertThat(Shops.jobs(next).find(slow).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            Orders again = next.getBean(Orders.class);
            List<UUID> all = new ArrayList<>(placed);
            assertThat(all).isNotEmpty();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> Shops.jobs(next).count(JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING)) == 0);
            assertThat(all).allMatch(again::isConfirmed);
            assertThat(Shops.jobs(next).list(JobQuery.all().limit(500))).allMatch(job -> job.lostWorkers() == 0);
        }
    }

    @Test
    @DisplayName("gives back a job that does not end in time, before the connection pool is closed")
    void hands_back() throws Exception {
        BEGUN.drainPermits();
        String url = Postgres.newDatabase();
        ConfigurableApplicationContext shop = start(url, "100ms");
        UUID endless = Shops.jobs(shop).enqueue(NewJob.of(ENDLESS, "").maxAttempts(1));
        assertThat(BEGUN.tryAcquire(30, TimeUnit.SECONDS)).isTrue();

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
