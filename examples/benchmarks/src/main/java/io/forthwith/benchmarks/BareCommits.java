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
 * Not a contender: what of a pickup is the database's and the machine's. One thread inserts a row of two columns and changes it, each
 * durably, which is what enqueuing and claiming cannot do without; with the pauses of {@link Pickups} before it. To be used by one thread.
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
