package shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.client.JobClient;
import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.spring.boot.ForthwithAutoConfiguration;
import io.forthwith.spring.boot4.ForthwithJacksonAutoConfiguration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jdbc.test.autoconfigure.JdbcTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;

@DisplayName("A test of a slice of the shop")
class SliceTest {
    @Nested
    @JdbcTest
    class Alone {
        @Test
        @DisplayName("has no bean of the library")
        void nothing(@Autowired ApplicationContext context) {
            assertThat(context.getBeansOfType(JobClient.class)).isEmpty();
        }
    }

    @Nested
    @JdbcTest(properties = "forthwith.worker.enabled=false")
    @ImportAutoConfiguration({ForthwithAutoConfiguration.class, ForthwithJacksonAutoConfiguration.class})
    @Import(Orders.class)
    class WithJobs {
        @Test
        @DisplayName("enqueues in the transaction of the test, which is rolled back")
        void enqueues(@Autowired Orders orders, @Autowired JobClient jobs, @Autowired ApplicationContext context) {
            orders.place("ada@example.org", 1);
            assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
            assertThat(context.getBeansOfType(WorkerLifecycle.class)).isEmpty();
        }

        @Test
        @DisplayName("finds nothing of the test before")
        void again(@Autowired Orders orders, @Autowired JobClient jobs) {
            enqueues_nothing_yet(jobs);
            orders.place("ada@example.org", 1);
        }

        private void enqueues_nothing_yet(JobClient jobs) {
            assertThat(jobs.countByScan(JobQuery.all())).isZero();
        }
    }
}
