package io.forthwith.benchmarks;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import javax.sql.DataSource;

/**
 * One connection that repeatedly claims a batch and completes it, until no job is left.
 *
 * @param claim claims one batch for {@code worker}
 * @param complete completes a batch: arrays of ids, claim numbers, workers and results
 */
record LimitLoop(
        DataSource database,
        StatementRecorder.Recorded claim,
        StatementRecorder.Recorded complete,
        UUID worker,
        Work work)
        implements Callable<Integer> {
    private static final List<String> COMPLETED_BY = List.of("uuid", "int8", "uuid", "varchar");

    /** Returns the number of completed jobs. */
    @Override
    public Integer call() throws Exception {
        int done = 0;
        try (Connection connection = database.getConnection();
                PreparedStatement claiming = connection.prepareStatement(claim.sql());
                PreparedStatement completing = connection.prepareStatement(complete.sql())) {
            if (!complete.arrayTypes().equals(COMPLETED_BY)) {
                throw new IllegalStateException(
                        "The statement that completes jobs has unexpected parameters: " + complete.arrayTypes());
            }
            claim.bind(claiming);
            Batch batch = claim(claiming);
            while (!batch.ids.isEmpty()) {
                complete(completing, batch);
                done += batch.ids.size();
                batch = claim(claiming);
            }
        }
        return done;
    }

    private Batch claim(PreparedStatement claiming) throws SQLException, InterruptedException {
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>());
        try (ResultSet rows = claiming.executeQuery()) {
            int number = rows.findColumn("claim");
            int input = rows.findColumn("input_data");
            while (rows.next()) {
                batch.ids.add(rows.getObject(1, UUID.class));
                batch.numbers.add(rows.getLong(number));
                work.run(Integer.parseInt(rows.getString(input)));
            }
        }
        return batch;
    }

    private void complete(PreparedStatement completing, Batch batch) throws SQLException {
        int size = batch.ids.size();
        UUID[] workers = new UUID[size];
        Arrays.fill(workers, worker);
        completing.setArray(1, array(completing, "uuid", batch.ids.toArray(UUID[]::new)));
        completing.setArray(2, array(completing, "int8", batch.numbers.toArray(Long[]::new)));
        completing.setArray(3, array(completing, "uuid", workers));
        completing.setArray(4, array(completing, "varchar", new String[size]));
        int completed = 0;
        try (ResultSet rows = completing.executeQuery()) {
            while (rows.next()) {
                completed++;
            }
        }
        if (completed != size) {
            throw new IllegalStateException("Of " + size + " jobs " + completed + " were completed");
        }
    }

    private static Array array(PreparedStatement statement, String type, Object[] elements) throws SQLException {
        return statement.getConnection().createArrayOf(type, elements);
    }

    /** The jobs of one claim. */
    private record Batch(List<UUID> ids, List<Long> numbers) {}
}
