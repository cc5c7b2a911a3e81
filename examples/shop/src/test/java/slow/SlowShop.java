package slow;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import shop.ShopApplication;

/** A shop with a job whose first run lasts until it is interrupted. In a package that the other shops do not scan. */
@Configuration(proxyBeanMethods = false)
public class SlowShop {
    static final JobType<Void> SLOW = JobType.of("slow");
    private static final Logger LOG = LoggerFactory.getLogger(SlowShop.class);

    public static void main(String[] arguments) {
        SpringApplication.run(new Class<?>[] {ShopApplication.class, SlowShop.class}, arguments);
    }

    @Bean
    BaseProcessor<Void, Long> slow() {
        return new BaseProcessor<>(SLOW) {
            @Override
            protected Long process(Void none, JobContext job) throws InterruptedException {
                LOG.info("Slow job, claim {}", job.job().claim());
                if (job.job().claim() == 1) {
                    new CountDownLatch(1).await();
                }
                return job.job().claim();
            }
        };
    }

    /** Over HTTP, for a test in another process. */
    @RestController
    static class Slowly {
        private final JobClient jobs;

        Slowly(JobClient jobs) {
            this.jobs = jobs;
        }

        @PostMapping("/slow")
        UUID enqueue() {
            return jobs.enqueue(NewJob.of(SLOW)).id();
        }

        @GetMapping("/slow/{id}")
        String status(@PathVariable("id") UUID id) {
            return jobs.find(id)
                    .map(job -> job.status() + " attempt " + job.attempt() + " lost workers " + job.lostWorkers()
                            + " failures " + jobs.failures(id).size())
                    .orElse("none");
        }
    }
}
