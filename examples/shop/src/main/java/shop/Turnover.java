package shop;

import io.forthwith.spring.JobHandler;
import io.forthwith.spring.Recurring;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Adds up what was ordered: for one customer when somebody asks, for all each night. */
@Component
class Turnover {
    private static final String SUM = "SELECT coalesce(sum(cents), 0) FROM customer_order";

    private final JdbcTemplate database;

    Turnover(JdbcTemplate database) {
        this.database = database;
    }

    @JobHandler("turnover-of-customer")
    Integer ofCustomer(String customer) {
        return database.queryForObject(SUM + " WHERE customer = ?", Integer.class, customer);
    }

    @Recurring(name = "nightly-turnover", cron = "0 3 * * *", zone = "Europe/Berlin")
    Integer ofAll() {
        return database.queryForObject(SUM, Integer.class);
    }
}
