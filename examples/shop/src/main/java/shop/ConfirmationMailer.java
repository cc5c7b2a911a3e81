package shop;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.spring.SpringJobStore;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Sends the mail that confirms an order. */
@Component
class ConfirmationMailer extends BaseProcessor<Confirmation, String> {
    static final JobType<Confirmation> CONFIRM = JobType.of("confirm-order", Confirmation.class);

    private final Mails mails;
    private final JdbcTemplate database;
    private final SpringJobStore store;

    ConfirmationMailer(Mails mails, JdbcTemplate database, SpringJobStore store) {
        super(CONFIRM);
        this.mails = mails;
        this.database = database;
        this.store = store;
    }

    @Override
    protected String process(Confirmation confirmation, JobContext job) throws Exception {
        if (!confirmation.customer().contains("@")) {
            throw JobException.user("no_address", "We have no mail address of yours. Please add one.");
        }
        // The job's id stays the same when the job is repeated: a mail server that knows it sends the mail once.
        mails.send(confirmation.customer(), "Thank you for your order " + confirmation.order(), job.id());
        return store.complete(job, () -> {
            database.update("UPDATE customer_order SET confirmed = TRUE WHERE id = ?", confirmation.order());
            return "confirmed";
        });
    }
}
