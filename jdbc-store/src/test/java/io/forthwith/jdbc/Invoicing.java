package io.forthwith.jdbc;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;

/** Jobs whose processor writes an invoice in the transaction that completes them. */
abstract class Invoicing {
    static final JobType<String> TYPE = JobType.of("invoice", String.class);

    final AtomicInteger works = new AtomicInteger();
    final AtomicReference<Throwable> thrown = new AtomicReference<>();
    final List<JobEvent> events = new CopyOnWriteArrayList<>();

    record Receipt(int number) {}

    /** What the processor does, with the job and its store. */
    @FunctionalInterface
    interface Work {
        Object run(JobContext job) throws Exception;
    }

    DataSource database;
    JdbcJobStore store;

    /** A database with an empty table of invoices, and a store in it. */
    void open(TestDatabase kind) {
        database = kind.migrated();
        Sql.run(database, "DROP TABLE IF EXISTS invoice");
        Sql.run(database, "CREATE TABLE invoice (job_id VARCHAR(36), claim BIGINT)");
        store = JdbcJobStore.of(database);
    }

    UUID enqueue() {
        return JobClient.of(store).enqueue(NewJob.of(TYPE, "x")).id();
    }

    Job find(UUID id) {
        return store.find(id).orElseThrow();
    }

    Receipt insert(Connection connection, JobContext job) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO invoice VALUES (?, ?)")) {
            insert.setString(1, job.id().toString());
            insert.setLong(2, job.claimNumber());
            insert.executeUpdate();
        }
        return new Receipt(works.incrementAndGet());
    }

    List<List<String>> invoices() {
        return Sql.query(database, "SELECT job_id, claim FROM invoice");
    }

    Worker worker(Work work) {
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            @Override
            protected Object process(String input, JobContext job) throws Exception {
                try {
                    return work.run(job);
                } catch (Throwable failure) {
                    thrown.compareAndSet(null, failure);
                    throw failure;
                }
            }

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ZERO).maxAttempts(3);
            }
        };
        return Worker.of(store, ProcessorRegistry.of(processor))
                .listener(events::add)
                .build();
    }
}
