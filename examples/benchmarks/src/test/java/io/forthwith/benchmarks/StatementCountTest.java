package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** Counts statements on a real database, as for the price of an idle worker. */
class StatementCountTest {
    @Test
    void counts_what_is_executed_in_any_way_and_a_batch_once() throws Exception {
        StatementCount count = new StatementCount();
        try (BenchmarkDatabase database = BenchmarkDatabase.start(Options.NONE);
                Connection connection = count.of(database.dataSource()).getConnection()) {
            connection.setAutoCommit(false);
            try (Statement plain = connection.createStatement();
                    PreparedStatement prepared = connection.prepareStatement("SELECT ?::int")) {
                plain.execute("CREATE TABLE counted (n int)");
                plain.executeQuery("SELECT 1").close();
                plain.executeUpdate("INSERT INTO counted VALUES (1)");
                prepared.setInt(1, 2);
                prepared.executeQuery().close();
                plain.addBatch("INSERT INTO counted VALUES (2)");
                plain.addBatch("INSERT INTO counted VALUES (3)");
                plain.executeBatch();
            }
            connection.commit();
        }
        assertThat(count.soFar()).isEqualTo(5);
    }
}
