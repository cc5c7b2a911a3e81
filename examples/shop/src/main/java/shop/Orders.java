package shop;

import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Places orders. An order and the job that confirms it are committed together, or neither. */
@Service
public class Orders {
    private final JdbcTemplate database;
    private final JobClient jobs;

    Orders(JdbcTemplate database, JobClient jobs) {
        this.database = database;
        this.jobs = jobs;
    }

    @Transactional
    public UUID place(String customer, int cents) {
        UUID id = UUID.randomUUID();
        database.update("INSERT INTO customer_order (id, customer, cents) VALUES (?, ?, ?)", id, customer, cents);
        jobs.enqueue(NewJob.of(ConfirmationMailer.CONFIRM, new Confirmation(id, customer)));
        return id;
    }

    boolean isConfirmed(UUID id) {
        return Boolean.TRUE.equals(
                database.queryForObject("SELECT confirmed FROM customer_order WHERE id = ?", Boolean.class, id));
    }

    int count() {
        return database.queryForList("SELECT id FROM customer_order").size();
    }

    /** Lines of a file, from this position on. */
    List<String> lines(int from, int limit) {
        return database.query(
                "SELECT customer, cents FROM customer_order ORDER BY id LIMIT ? OFFSET ?",
                (row, number) -> row.getString(1) + ";" + row.getInt(2),
                limit,
                from);
    }
}
