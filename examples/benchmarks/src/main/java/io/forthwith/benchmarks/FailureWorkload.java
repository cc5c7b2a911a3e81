package io.forthwith.benchmarks;

import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Single failures one after the other: from the throw to the row that another connection sees as failed. */
record FailureWorkload(int failures, int warmUp) implements Benchmarks.Workload {
    private static final JobType<Integer> FAILING = JobType.of("failing", Integer.class);

    @Override
    public void run(BenchmarkDatabase database, PrintStream out) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient jobs = JobClient.of(store);
        BlockingQueue<Long> thrown = new LinkedBlockingQueue<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(FAILING, job -> {
            thrown.add(System.nanoTime());
            throw JobException.user("insufficient_credits", "Insufficient credits");
        });
        List<Double> millis = new ArrayList<>();
        try (Worker worker = Worker.of(store, processors).start();
                Connection outsider = database.outsider();
                PreparedStatement look = outsider.prepareStatement("SELECT status FROM job WHERE id = ?")) {
            out.println("worker: " + worker);
            for (int i = 0; i < warmUp + failures; i++) {
                UUID id = jobs.enqueue(NewJob.of(FAILING, i));
                long start = thrown.take();
                look.setObject(1, id);
                while (!isFailed(look)) {
                    Thread.onSpinWait();
                }
                if (i >= warmUp) {
                    millis.add((System.nanoTime() - start) / 1e6);
                }
            }
        }
        out.println("| throw → failed, visible on another connection | ms |");
        out.println("| --- | --- |");
        out.printf("| median of %d | %.2f |%n", failures, Figures.quantile(millis, 0.5));
        out.printf("| p99 | %.2f |%n", Figures.quantile(millis, 0.99));
        out.printf("| worst | %.2f |%n", Figures.quantile(millis, 1));
    }

    private static boolean isFailed(PreparedStatement look) throws SQLException {
        try (ResultSet row = look.executeQuery()) {
            return row.next() && row.getString(1).equals("failed");
        }
    }
}
