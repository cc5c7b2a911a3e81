package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The samples of docs/processors.md, docs/errors.md and docs/transactions.md that write to a database, which {@link DocsTest} finds here word for word. */
class ErrorsSamplesTest {
    record Shot(String user, boolean broken) {}

    record Receipt(String key) {}

    record Video(String file) {}

    record Order(int number) {}

    record Invoice(int number) {}

    private final DataSource database = TestDatabase.POSTGRESQL.migrated();
    private final Credits credits = new Credits(database);

    @BeforeEach
    void createTables() {
        Sql.run(database, "DROP TABLE IF EXISTS charge");
        Sql.run(database, "CREATE TABLE charge (id text PRIMARY KEY, account text, amount int)");
        Sql.run(database, "DROP TABLE IF EXISTS invoice");
        Sql.run(database, "CREATE TABLE invoice (number int PRIMARY KEY)");
    }

    static final class ShotProcessor extends BaseProcessor<Shot, Video> {
        static final JobType<Shot> TYPE = JobType.of("shot_video", Shot.class);

        private final Credits credits;
        private final Step<Receipt> charge;

        ShotProcessor(Credits credits) {
            super(TYPE);
            this.credits = credits;
            this.charge = step("charge", Receipt.class).undo((receipt, key) -> credits.refund(key));
        }

        @Override
        protected Video process(Shot shot, JobContext job) throws Exception {
            Receipt receipt = job.run(charge, key -> credits.charge(shot.user(), 10, key));
            return render(shot, receipt);
        }

        private static Video render(Shot shot, Receipt receipt) {
            if (shot.broken()) {
                throw JobException.permanent("The shot cannot be rendered");
            }
            return new Video(receipt.key() + ".mp4");
        }
    }

    record Credits(DataSource database) {
        Receipt charge(String user, int amount, String key) throws SQLException {
            update(
                    "INSERT INTO charge (id, account, amount) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    key,
                    user,
                    amount);
            return new Receipt(key);
        }

        void refund(String key) throws SQLException {
            update(
                    "INSERT INTO charge (id, account, amount) VALUES (?, '', 0) ON CONFLICT (id) DO UPDATE SET amount = 0",
                    key);
        }

        private void update(String statement, Object... values) throws SQLException {
            try (Connection connection = database.getConnection();
                    PreparedStatement update = connection.prepareStatement(statement)) {
                for (int i = 0; i < values.length; i++) {
                    update.setObject(i + 1, values[i]);
                }
                update.executeUpdate();
            }
        }
    }

    @Test
    void never_charging_twice() throws Exception {
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        UUID good = jobs.enqueue(NewJob.of(ShotProcessor.TYPE, new Shot("u1", false)))
                .id();
        UUID bad = jobs.enqueue(NewJob.of(ShotProcessor.TYPE, new Shot("u2", true)))
                .id();

        Worker.of(store, ProcessorRegistry.of(new ShotProcessor(credits)))
                .build()
                .drain();

        assertThat(charges()).containsExactly(List.of("u1", "10"), List.of("u2", "0"));
        assertThat(jobs.find(good).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(jobs.steps(bad)).singleElement().matches(step -> step.undoneAt() != null);

        credits.refund("never charged");
        credits.charge("u3", 10, "never charged");
        assertThat(charges()).contains(List.of("", "0")).hasSize(3);
    }

    @Test
    void steps_without_a_store() throws Exception {
        FakeJobContext job = FakeJobContext.of(new Shot("u1", false));
        job.run(new ShotProcessor(credits));
        assertThat(charges()).containsExactly(List.of("u1", "10"));

        job.undoSteps();
        assertThat(charges()).containsExactly(List.of("u1", "0"));
    }

    @Test
    void secrets() {
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        JobType<String> type = JobType.of("call_a_model", String.class);
        UUID id = jobs.enqueue(NewJob.of(type, "x")).id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(type, job -> {
            throw JobException.user("refused", "Your key sk-4242 is not valid");
        });

        Worker.of(store, processors)
                .redact(text -> text.replaceAll("sk-[a-zA-Z0-9]+", "[key]"))
                .build()
                .drain();

        assertThat(jobs.find(id).orElseThrow().errorMessage()).isEqualTo("Your key [key] is not valid");
    }

    @Test
    void completing_in_a_transaction() {
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        JobType<Order> type = JobType.of("order", Order.class);
        UUID id = jobs.enqueue(NewJob.of(type, new Order(7))).id();

        Worker.of(store, ProcessorRegistry.of().with(type, job -> complete(store, job)))
                .build()
                .drain();

        assertThat(Sql.query(database, "SELECT number FROM invoice")).containsExactly(List.of("7"));
        assertThat(jobs.resultOf(jobs.find(id).orElseThrow(), Invoice.class)).contains(new Invoice(7));
    }

    private static Invoice complete(JdbcJobStore store, JobContext job) throws Exception {
        Order order = job.input(Order.class);
        return store.complete(job, connection -> {
            insertInvoice(connection, order);
            return new Invoice(order.number());
        });
    }

    private static void insertInvoice(Connection connection, Order order) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO invoice VALUES (?)")) {
            insert.setInt(1, order.number());
            insert.executeUpdate();
        }
    }

    private List<List<String>> charges() {
        return Sql.query(database, "SELECT account, amount FROM charge ORDER BY account = '', account");
    }
}
