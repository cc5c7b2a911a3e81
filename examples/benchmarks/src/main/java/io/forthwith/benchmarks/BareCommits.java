package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Not a contender. It measures the part of a pick-up that the database and the machine need. One thread inserts a row
 * of two columns and then updates it, each in a durable transaction, as enqueuing and claiming do. It pauses before
 * each insert as {@link Pickups} does. Not thread-safe.
 */
record BareCommits(BenchmarkDatabase database, long seed) {
    Latencies measure(int times, Duration budget) throws SQLException, InterruptedException {
        database.clear();
        database.execute("CREATE TABLE bare (id int PRIMARY KEY, claimed boolean NOT NULL DEFAULT false)");
        SplittableRandom random = new SplittableRandom(seed);
        List<Double> millis = new ArrayList<>();
        long end = System.nanoTime() + budget.toNanos();
        try (HikariDataSource pool = Pools.open(database.url(), 1);
                Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO bare (id) VALUES (?)");
                PreparedStatement update = connection.prepareStatement("UPDATE bare SET claimed = true WHERE id = ?")) {
            for (int number = 0; number < times && System.nanoTime() - end < 0; number++) {
                Pickups.pause(random);
                long start = System.nanoTime();
                insert.setInt(1, number);
                insert.executeUpdate();
                update.setInt(1, number);
                update.executeUpdate();
                millis.add((System.nanoTime() - start) / 1e6);
            }
        }
        database.require(millis.size(), "SELECT count(*) FROM bare WHERE claimed");
        return Latencies.of(millis);
    }
}
