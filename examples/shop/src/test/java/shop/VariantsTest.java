package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.spring.WorkerLifecycle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;

/** Each starts an application of its own. */
@DisplayName("A shop")
class VariantsTest {
    private static final String NO_FLYWAY = "spring.flyway.enabled=false";

    @Test
    @DisplayName("on which Flyway makes all tables, those of the jobs too, starts and only compares them")
    void flyway(@TempDir Path folder) throws Exception {
        Files.copy(Path.of("src/main/resources/db/migration/V1__orders.sql"), folder.resolve("V1__orders.sql"));
        Files.writeString(folder.resolve("V2__jobs.sql"), JdbcSchema.ddl("postgresql"));
        String url = Postgres.newDatabase();
        try (ConfigurableApplicationContext shop = Shops.start(
                url, "spring.flyway.locations=filesystem:" + folder, "forthwith.schema=validate")) {
            Shops.orderAndConfirm(shop);
        }
        assertThatThrownBy(() -> Shops.start(Postgres.newDatabase(), "forthwith.schema=validate"))
                .rootCause()
                .hasMessageContaining("forthwith.schema=migrate");
    }

    @Test
    @DisplayName("on which Liquibase makes all tables starts and only compares them")
    void liquibase(@TempDir Path folder) throws Exception {
        Path changes = folder.resolve("changes.sql");
        Files.writeString(
                changes,
                "--liquibase formatted sql\n--changeset shop:orders\n"
                        + Files.readString(Path.of("src/main/resources/db/migration/V1__orders.sql"))
                        + "\n--changeset shop:jobs splitStatements:false\n" + JdbcSchema.ddl("postgresql"));
        try (ConfigurableApplicationContext shop = Shops.start(
                Postgres.newDatabase(),
                NO_FLYWAY,
                "spring.liquibase.enabled=true",
                "spring.liquibase.change-log=file:" + changes,
                "forthwith.schema=validate")) {
            Shops.orderAndConfirm(shop);
        }
    }

    @Test
    @DisplayName("that makes its beans lazily still runs its jobs")
    void lazy() {
        try (ConfigurableApplicationContext shop =
                Shops.start(Postgres.newDatabase(), "spring.main.lazy-initialization=true")) {
            Shops.orderAndConfirm(shop);
        }
    }

    @Test
    @DisplayName("whose worker is disabled enqueues, and another process runs the jobs")
    void two_processes() {
        String url = Postgres.newDatabase();
        try (ConfigurableApplicationContext web = Shops.start(url, "forthwith.worker.enabled=false");
                ConfigurableApplicationContext worker = Shops.start(url, "spring.main.web-application-type=none")) {
            assertThat(web.getBeansOfType(WorkerLifecycle.class)).isEmpty();
            assertThat(worker.getBeansOfType(WorkerLifecycle.class)).hasSize(1);
            Shops.orderAndConfirm(web);
        }
    }

    private static final JobType<String> WHERE = JobType.of("where", String.class);

    @TestConfiguration(proxyBeanMethods = false)
    static class SaysWhere {
        @Bean
        BaseProcessor<String, Boolean> where() {
            return new BaseProcessor<>(WHERE) {
                @Override
                protected Boolean process(String input, JobContext job) throws Exception {
                    return (Boolean) Thread.class.getMethod("isVirtual").invoke(Thread.currentThread());
                }
            };
        }
    }

    @Test
    @DisplayName("runs its jobs on virtual threads, where Java has them and Spring is to use them")
    @org.junit.jupiter.api.condition.EnabledForJreRange(
            minVersion = 21,
            disabledReason = "virtual threads came with Java 21")
    void virtual_threads() throws Exception {
        for (boolean wanted : List.of(true, false)) {
            try (ConfigurableApplicationContext shop = Shops.start(
                    List.of(ShopApplication.class, SaysWhere.class),
                    Postgres.newDatabase(),
                    "spring.threads.virtual.enabled=" + wanted)) {
                UUID id = Shops.jobs(shop).enqueue(NewJob.of(WHERE, "")).id();
                assertThat(Shops.jobs(shop).awaitResult(id, Boolean.class, Shops.SOON)).contains(wanted);
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoDatabases {
        @Bean
        @Primary
        DataSource shop(Environment environment) {
            return Postgres.at(environment.getRequiredProperty("spring.datasource.url"));
        }

        @Bean
        DataSource jobs(Environment environment) {
            return Postgres.at(environment.getRequiredProperty("jobs.url"));
        }
    }

    @Test
    @DisplayName("keeps its jobs in the database that is named, and makes no tables in the other one")
    void two_data_sources() {
        String jobsUrl = Postgres.newDatabase();
        String shopUrl = Postgres.newDatabase();
        try (ConfigurableApplicationContext shop = Shops.start(
                List.of(ShopApplication.class, TwoDatabases.class),
                shopUrl,
                "jobs.url=" + jobsUrl,
                "forthwith.data-source=jobs",
                "forthwith.worker.enabled=false")) {
            UUID order = shop.getBean(Orders.class).place("ada@example.org", 1);
            assertThat(order).isNotNull();
            assertThat(JdbcJobStore.of(Postgres.at(jobsUrl)).countByScan(io.forthwith.JobQuery.all()))
                    .isEqualTo(1);
            assertThat(new JdbcTemplate(Postgres.at(shopUrl)).queryForList("SELECT to_regclass('job')").get(0).get("to_regclass"))
                    .isNull();
        }
    }
}
