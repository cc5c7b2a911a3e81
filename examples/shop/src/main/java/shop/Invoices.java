package shop;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.spring.SpringJobStore;
import java.time.ZoneId;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

/** Every night, writes the invoices of all orders that are confirmed and have none. */
@Configuration(proxyBeanMethods = false)
class Invoices {
    static final JobType<Void> WRITE_INVOICES = JobType.of("write-invoices");

    @Bean
    Schedule nightlyInvoices() {
        return Schedule.of("nightly-invoices", WRITE_INVOICES)
                .cron("0 2 * * *")
                .zone(ZoneId.of("Europe/Berlin"))
                .ifRunning(IfRunning.BUFFER_ONE);
    }

    /** Invoices and the end of the job are committed together: a run that is repeated writes none twice. */
    @Bean
    BaseProcessor<Void, Integer> invoiceWriter(JdbcTemplate database, SpringJobStore store) {
        return new BaseProcessor<>(WRITE_INVOICES) {
            @Override
            protected Integer process(Void none, JobContext job) throws Exception {
                return store.complete(job, () -> database.update("""
                        INSERT INTO invoice (order_id, cents)
                        SELECT id, cents FROM customer_order
                        WHERE confirmed AND NOT EXISTS (SELECT 1 FROM invoice WHERE order_id = customer_order.id)"""));
            }
        };
    }
}
