package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.time.ZoneId;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

@DisplayName("A shop on PostgreSQL")
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        // A worker that is not woken would find nothing for an hour.
        properties = "forthwith.worker.poll-interval=1h")
@Import({ShopTest.Tills.class, ShopTest.Traces.class})
// Closed before the database is.
@DirtiesContext
class ShopTest {
    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
        String url = Postgres.newDatabase();
        properties.add("spring.datasource.url", () -> url);
    }

    @TestConfiguration(proxyBeanMethods = false)
    static class Tills {
        @Bean
        Till till(Orders orders, JobClient jobs) {
            return new Till(orders, jobs);
        }

        @Bean
        Inner inner(Orders orders) {
            return new Inner(orders);
        }
    }

    /** What a host has that traces: here the spans stay in memory. */
    @TestConfiguration(proxyBeanMethods = false)
    static class Traces {
        @Bean
        InMemorySpanExporter exported() {
            return InMemorySpanExporter.create();
        }

        @Bean
        OpenTelemetry openTelemetry(InMemorySpanExporter exported) {
            return OpenTelemetrySdk.builder()
                    .setTracerProvider(SdkTracerProvider.builder()
                            .addSpanProcessor(SimpleSpanProcessor.create(exported))
                            .build())
                    .build();
        }
    }

    /** Methods in every kind of transaction. */
    static class Till {
        private final Orders orders;
        private final JobClient jobs;

        Till(Orders orders, JobClient jobs) {
            this.orders = orders;
            this.jobs = jobs;
        }

        @Transactional
        public UUID thenFail() {
            orders.place("ada@example.org", 1);
            throw new IllegalStateException("on purpose");
        }

        @Transactional(readOnly = true)
        public void readOnly() {
            jobs.enqueue(NewJob.of(Export.EXPORT, 10));
        }

        @Transactional
        public void placeThenRollBack(Runnable inner) {
            orders.place("ada@example.org", 2);
            inner.run();
            org.springframework.transaction.interceptor.TransactionAspectSupport.currentTransactionStatus()
                    .setRollbackOnly();
        }

        @Transactional
        public UUID[] place(Runnable nested) {
            UUID[] placed = {null, null};
            placed[0] = orders.place("ada@example.org", 3);
            assertThatThrownBy(nested::run).isInstanceOf(IllegalStateException.class);
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    placed[1] = jobs.enqueue(NewJob.of(Export.EXPORT, 10)).id();
                }
            });
            return placed;
        }
    }

    static class Inner {
        private final Orders orders;

        Inner(Orders orders) {
            this.orders = orders;
        }

        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public void inItsOwn() {
            orders.place("eve@example.org", 4);
        }

        @Transactional(propagation = Propagation.NOT_SUPPORTED)
        public void suspended(JobClient jobs) {
            jobs.enqueue(NewJob.of(Export.EXPORT, 10));
        }

        @Transactional(propagation = Propagation.NESTED)
        public void nested() {
            orders.place("nobody@example.org", 5);
            throw new IllegalStateException("only the nested one");
        }
    }

    @Autowired
    private Orders orders;

    @Autowired
    private JobClient jobs;

    @Autowired
    private Till till;

    @Autowired
    private Inner inner;

    @Autowired
    private JdbcTemplate database;

    @Autowired
    private InMemorySpanExporter exported;

    @Autowired
    private Environment environment;

    @BeforeEach
    void all_has_ended() {
        await().atMost(Shops.SOON).until(() -> open() == 0);
        database.update("DELETE FROM customer_order");
        database.update("DELETE FROM job");
    }

    private long open() {
        return jobs.countByScan(JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.WAITING));
    }

    private int port() {
        return environment.getRequiredProperty("local.server.port", Integer.class);
    }

    @Test
    @DisplayName("confirms an order at once: the worker hears of the commit")
    void commit() {
        UUID order = orders.place("ada@example.org", 100);
        await().atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(10)).until(() -> orders.isConfirmed(order));
    }

    @Test
    @DisplayName("adds up its turnover in annotated methods, one of them each night")
    void annotated_methods() throws Exception {
        orders.place("ada@example.org", 100);
        orders.place("ada@example.org", 20);
        orders.place("bob@example.org", 3);
        assertThat(jobs.run(
                        JobType.of("turnover-of-customer", String.class).returning(Integer.class),
                        "ada@example.org",
                        Shops.SOON))
                .contains(120);

        UUID night = jobs.schedules().runNow("nightly-turnover").id();
        assertThat(jobs.awaitResult(night, Integer.class, Shops.SOON)).contains(123);
        assertThat(jobs.schedules().next("nightly-turnover", 1))
                .first()
                .extracting(at -> at.atZone(ZoneId.of("Europe/Berlin")).getHour())
                .isEqualTo(3);
    }

    @Test
    @DisplayName("has neither order nor job after a rollback")
    void rollback() {
        assertThatThrownBy(till::thenFail).hasMessage("on purpose");
        assertThat(orders.count()).isZero();
        assertThat(jobs.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("refuses to enqueue in a read-only transaction")
    void read_only() {
        assertThatThrownBy(till::readOnly).isInstanceOf(IllegalStateException.class).hasMessageContaining("read-only");
    }

    @Test
    @DisplayName("keeps what an inner transaction of its own has committed")
    void requires_new() {
        till.placeThenRollBack(inner::inItsOwn);
        assertThat(orders.count()).isEqualTo(1);
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    @DisplayName("enqueues on its own while the transaction is suspended")
    void suspended() {
        till.placeThenRollBack(() -> inner.suspended(jobs));
        assertThat(orders.count()).isZero();
        assertThat(jobs.countByScan(JobQuery.all().type(Export.EXPORT.name()))).isEqualTo(1);
    }

    @Test
    @DisplayName("forgets what a nested transaction has enqueued that is rolled back, and enqueues after the commit")
    void nested_and_after_commit() {
        UUID[] placed = till.place(inner::nested);
        assertThat(orders.count()).isEqualTo(1);
        assertThat(jobs.countByScan(JobQuery.all().type(ConfirmationMailer.CONFIRM.name()))).isEqualTo(1);
        assertThat(jobs.find(placed[1])).isPresent();
    }

    @Test
    @DisplayName("exports its orders page by page, and shows the user the job")
    void export() throws Exception {
        for (int i = 0; i < 25; i++) {
            orders.place("ada@example.org", i);
        }
        String id = Shops.send("POST", port(), "/exports?pageSize=10").body().replace("\"", "");
        Job job = jobs.await(UUID.fromString(id), Shops.SOON).orElseThrow();
        assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(jobs.children(job.id())).hasSize(3);
        assertThat(jobs.resultOf(job, String.class).orElseThrow().lines()).hasSize(26);
        assertThat(Shops.send("GET", port(), "/jobs/" + id).body()).contains("\"completed\"", "\"progress\":100", "ada@example.org;24");
    }

    @Test
    @DisplayName("writes invoices every night at two o'clock in Berlin, and when somebody asks for them")
    void invoices() throws InterruptedException {
        UUID order = orders.place("ada@example.org", 100);
        await().atMost(Shops.SOON).until(() -> orders.isConfirmed(order));
        await().atMost(Shops.SOON).until(() -> jobs.schedules().find("nightly-invoices").isPresent());
        assertThat(jobs.schedules().next("nightly-invoices", 3))
                .allMatch(time -> time.atZone(ZoneId.of("Europe/Berlin")).getHour() == 2);
        UUID run = jobs.schedules().runNow("nightly-invoices").id();
        Job job = jobs.await(run, Shops.SOON).orElseThrow();
        assertThat(jobs.resultOf(job, Integer.class)).contains(1);
        assertThat(database.queryForList("SELECT cents FROM invoice WHERE order_id = ?", Integer.class, order))
                .containsExactly(100);
    }

    @Test
    @DisplayName("tells the user what to do when a job fails")
    void failure() throws Exception {
        UUID order = orders.place("Ada", 1);
        Job job = jobs.scan(JobQuery.all().type(ConfirmationMailer.CONFIRM.name())).get(0);
        assertThat(jobs.await(job.id(), Shops.SOON).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(Shops.send("GET", port(), "/jobs/" + job.id()).body()).contains("Please add one.");
        assertThat(orders.isConfirmed(order)).isFalse();
    }

    @Test
    @DisplayName("shows its worker in the health and in the endpoint")
    void actuator() throws Exception {
        assertThat(Shops.send("GET", port(), "/actuator/health").body()).contains("\"forthwith\":{", "\"forthwithWorker\"", "\"status\":\"UP\"");
        assertThat(Shops.send("GET", port(), "/actuator/forthwith").body())
                .contains("\"confirm-order\"", "\"running\":true", "\"transaction\":\"JOIN\"");
        assertThat(Shops.send("POST", port(), "/actuator/forthwith").statusCode()).as("read-only").isEqualTo(405);
    }

    @Test
    @DisplayName("measures its jobs, with no line of configuration")
    void metrics() {
        orders.place("ada@example.org", 1);
        await().atMost(Shops.SOON)
                .until(() -> Shops.send("GET", port(), "/actuator/metrics/forthwith.job.duration?tag=type:confirm-order&tag=outcome:completed").statusCode()
                        == 200);
    }

    @Test
    @DisplayName("traces its jobs, with no line of configuration: the attempt links to where the transaction has enqueued it")
    void traces() {
        exported.reset();
        orders.place("ada@example.org", 1);
        await().atMost(Shops.SOON).until(() -> exported.getFinishedSpanItems().size() == 2);
        SpanData enqueued = exported.getFinishedSpanItems().get(0);
        SpanData attempt = exported.getFinishedSpanItems().get(1);
        assertThat(enqueued.getName()).isEqualTo("enqueue default");
        assertThat(attempt.getName()).isEqualTo("process default");
        assertThat(attempt.getAttributes().asMap().toString()).contains("forthwith.job.type=confirm-order", "returned");
        assertThat(attempt.getLinks())
                .extracting(link -> link.getSpanContext().getTraceId() + link.getSpanContext().getSpanId())
                .containsExactly(enqueued.getTraceId() + enqueued.getSpanId());
    }
}
