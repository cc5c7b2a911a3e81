package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("A worker whose lapsed lease is renewed")
class RevivedLeaseTest extends FaultTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    @Test
    @DisplayName("between a take-over's look at the leases and its lock keeps what it holds")
    void revived() {
        JobStore store = JdbcJobStore.of(database());
        InterruptedDataSource interrupted = new InterruptedDataSource(url());
        JobStore taking = JdbcJobStore.of(interrupted);
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "revived", "localhost", 1), LONG);
        enqueue(ChildWorker.QUICK, 1);
        Claim claim = Claim.of(store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(), 3))
                .get(0));
        Sql.run(database(), "UPDATE job_worker SET lease_until = now() - interval '1 second'");

        interrupted.beforeSecondConnection = () ->
                assertThat(store.beat(worker, LONG, WorkerLoad.NONE).alive()).isTrue();
        assertThat(taking.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .isEmpty();

        assertThat(interrupted.connections).as("it looked and then locked").isGreaterThanOrEqualTo(2);
        assertThat(store.beat(worker, LONG, WorkerLoad.NONE).alive()).isTrue();
        assertThat(store.settle(List.of(Settlement.complete(claim, null)))).containsExactly(Settled.APPLIED);
        history().assertSound();
    }

    /** Lets something happen between the first and the second connection it hands out from when it is told what. */
    private static final class InterruptedDataSource extends PGSimpleDataSource {
        private static final long serialVersionUID = 1;

        private transient Runnable beforeSecondConnection;
        private int connections;

        InterruptedDataSource(String url) {
            setURL(url);
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (beforeSecondConnection != null && ++connections == 2) {
                beforeSecondConnection.run();
            }
            return super.getConnection();
        }
    }
}
