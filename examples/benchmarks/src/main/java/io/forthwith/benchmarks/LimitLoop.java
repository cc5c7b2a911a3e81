package io.forthwith.benchmarks;

import static io.forthwith.benchmarks.StatementRecorder.UNTYPED;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * One connection that repeatedly claims a batch and completes it, until no job is left.
 *
 * @param claim claims one batch for {@code worker}
 * @param complete completes a batch: arrays of ids, claim numbers, workers, starts of the claims in microseconds since
 *     1970, and results; of a large batch an array of ids, the claim number, the worker, the start and how many there are
 */
record LimitLoop(
        DataSource database,
        StatementRecorder.Recorded claim,
        StatementRecorder.Recorded complete,
        UUID worker,
        Work work)
        implements Callable<Integer> {
    private static final List<String> COMPLETED_BY = List.of(UNTYPED, "int8", UNTYPED, "int8", "varchar");
    private static final List<String> LARGE_COMPLETED_BY = List.of(UNTYPED);

    /** Returns the number of completed jobs. */
    @Override
    public Integer call() throws Exception {
        int done = 0;
        try (Connection connection = database.getConnection();
                PreparedStatement claiming = connection.prepareStatement(claim.sql());
                PreparedStatement completing = connection.prepareStatement(complete.sql())) {
            boolean isLarge = complete.arrayTypes().equals(LARGE_COMPLETED_BY);
            if (!isLarge && !complete.arrayTypes().equals(COMPLETED_BY)) {
                throw new IllegalStateException(
                        "The statement that completes jobs has unexpected parameters: " + complete.arrayTypes());
            }
            claim.bind(claiming);
            complete.bind(completing);
            // The time-out for locks, before the ids: a claim of another connection may lock these rows for a moment,
            // and nobody tries again here.
            completing.setString(complete.arrayPositions().get(0) - 1, "0");
            Batch batch = claim(claiming);
            while (!batch.ids.isEmpty()) {
                int completed = isLarge ? completeLarge(completing, batch) : complete(completing, batch);
                if (completed != batch.ids.size()) {
                    throw new IllegalStateException(
                            "Of " + batch.ids.size() + " jobs " + completed + " were completed");
                }
                done += batch.ids.size();
                batch = claim(claiming);
            }
        }
        return done;
    }

    private Batch claim(PreparedStatement claiming) throws SQLException, InterruptedException {
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        try (ResultSet rows = claiming.executeQuery()) {
            int number = rows.findColumn("claim");
            int started = rows.findColumn("started_at");
            int input = rows.findColumn("input_data");
            while (rows.next()) {
                batch.ids.add(rows.getObject(1, UUID.class));
                batch.numbers.add(rows.getLong(number));
                batch.starts.add(micros(rows.getObject(started, OffsetDateTime.class)));
                work.run(Integer.parseInt(rows.getString(input)));
            }
        }
        return batch;
    }

    /** All jobs of a claim have the number and the worker of the recorded ones. */
    private int completeLarge(PreparedStatement completing, Batch batch) throws SQLException {
        int ids = complete.arrayPositions().get(0);
        completing.setObject(ids, text(batch.ids.toArray()), Types.OTHER);
        completing.setLong(ids + 3, batch.starts.get(0));
        completing.setLong(ids + 4, batch.ids.size());
        try (ResultSet row = completing.executeQuery()) {
            row.next();
            Array some = row.getArray(1);
            return some == null ? batch.ids.size() : ((Object[]) some.getArray()).length;
        }
    }

    private int complete(PreparedStatement completing, Batch batch) throws SQLException {
        int size = batch.ids.size();
        UUID[] workers = new UUID[size];
        Arrays.fill(workers, worker);
        List<Object[]> columns = List.of(
                batch.ids.toArray(), batch.numbers.toArray(), workers, batch.starts.toArray(), new String[size]);
        for (int i = 0; i < columns.size(); i++) {
            int position = complete.arrayPositions().get(i);
            String type = COMPLETED_BY.get(i);
            if (type.equals(UNTYPED)) {
                completing.setObject(position, text(columns.get(i)), Types.OTHER);
            } else {
                completing.setArray(position, completing.getConnection().createArrayOf(type, columns.get(i)));
            }
        }
        int completed = 0;
        try (ResultSet rows = completing.executeQuery()) {
            while (rows.next()) {
                completed++;
            }
        }
        return completed;
    }

    private static String text(Object[] ids) {
        return Arrays.stream(ids).map(Object::toString).collect(Collectors.joining(",", "{", "}"));
    }

    private static long micros(OffsetDateTime time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time.toInstant());
    }

    /** The jobs of one claim. */
    private record Batch(List<UUID> ids, List<Long> numbers, List<Long> starts) {}
}
