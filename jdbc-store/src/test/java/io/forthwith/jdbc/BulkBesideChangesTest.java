package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.internal.LibraryOnly;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A job moves to another queue after a bulk call has listed it and before the call has locked it. */
@Timeout(Patience.SECONDS_OF_A_TEST)
@DisplayName("A job that leaves the query after it was listed")
class BulkBesideChangesTest {
    private static final JobQuery LISTED = JobQuery.all().queue("listed");

    enum Call {
        CHANGE {
            @Override
            BulkResult on(JdbcJobStore store) {
                return store.changePage(LISTED, JobChange.of().priority(9));
            }
        },
        CANCEL {
            @Override
            BulkResult on(JdbcJobStore store) {
                return store.cancelPage(LISTED, Locale.ENGLISH);
            }
        },
        RETRY {
            @Override
            BulkResult on(JdbcJobStore store) {
                return store.retryPage(LISTED);
            }
        };

        abstract BulkResult on(JdbcJobStore store);

        /** The jobs, as the call may take them. */
        void add(DataSource database, JdbcJobStore store, NewJob... jobs) {
            store.add(Jobs.encoded(jobs));
            if (this == RETRY) {
                Sql.run(
                        database,
                        "UPDATE job SET status = 'failed', error_code = 'x', error_message = 'x', completed_at = created_at");
            }
        }
    }

    /** What a job has. */
    enum Shape {
        PLAIN {
            @Override
            NewJob[] jobs() {
                return new NewJob[] {job()};
            }
        },
        WITH_KEY {
            @Override
            NewJob[] jobs() {
                return new NewJob[] {job().uniqueKey("k")};
            }
        },
        WITH_SUCCESSOR {
            @Override
            NewJob[] jobs() {
                NewJob first = job();
                return new NewJob[] {first, Jobs.job().after(first)};
            }
        },
        WITH_CHILD {
            @Override
            NewJob[] jobs() {
                NewJob parent = job();
                return new NewJob[] {parent, Jobs.job().parent(parent)};
            }
        };

        /** The first of them is listed. */
        abstract NewJob[] jobs();
    }

    private static NewJob job() {
        return Jobs.job().queue("listed");
    }

    private static Stream<Arguments> everywhere() {
        return Arrays.stream(TestDatabase.values())
                .flatMap(kind -> Arrays.stream(Call.values())
                        .flatMap(call -> Arrays.stream(Shape.values()).map(shape -> Arguments.of(kind, call, shape))));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    @DisplayName(
            "and is moved before it is locked stays as it is and is not counted, whatever relatives and keys it has")
    void moved_before_the_lock(TestDatabase kind, Call call, Shape shape) {
        DataSource database = kind.migrated();
        JdbcJobStore quiet = JdbcJobStore.of(database);
        NewJob[] moved = shape.jobs();
        NewJob stays = job();
        NewJob[] all = Stream.concat(Arrays.stream(moved), Stream.of(stays)).toArray(NewJob[]::new);
        call.add(database, quiet, all);
        List<JobStatus> before = statuses(quiet, moved);
        JdbcJobStore store = movingBeforeConnection(2, database, moved[0]);

        BulkResult answer = call.on(store);

        assertThat(answer).isEqualTo(BulkResult.ofDone(LibraryOnly.KEY, 1));
        assertThat(statuses(quiet, moved)).isEqualTo(before);
        assertThat(quiet.find(moved[0].id()).orElseThrow().priority()).isEqualTo(NewJob.DEFAULT_PRIORITY);
    }

    /** The first connection lists the page. Another transaction moves the job before the store gets the connection of this number. */
    private static JdbcJobStore movingBeforeConnection(int number, DataSource database, NewJob job) {
        AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
        JdbcJobStore store = JdbcJobStore.of(new WatchedDataSource(database, connection -> {
            if (left.decrementAndGet() == 0) {
                Sql.run(database, "UPDATE job SET queue = 'other' WHERE id = '" + job.id() + "'");
            }
        }));
        assertThat(store.find(job.id())).isPresent();
        left.set(number);
        return store;
    }

    private static List<JobStatus> statuses(JdbcJobStore store, NewJob... jobs) {
        return Arrays.stream(jobs)
                .map(job -> store.find(job.id()).map(Job::status).orElseThrow())
                .collect(Collectors.toList());
    }

    @ParameterizedTest
    @EnumSource(names = "RETRY")
    @DisplayName("by a transaction for which the call waits stays as it is and is not counted")
    void moved_while_the_call_waits(Call call) throws Exception {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob[] family = Shape.WITH_CHILD.jobs();
        call.add(database, store, family);
        List<JobStatus> before = statuses(store, family);

        CompletableFuture<BulkResult> calling;
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET queue = 'other' WHERE id = '" + family[0].id() + "'");
            calling = CompletableFuture.supplyAsync(() -> call.on(store), task -> new Thread(task).start());
            await().until(() -> waits(database) || calling.isDone());
            assertThat(calling).isNotDone();
            host.commit();
        }

        assertThat(calling.get(Patience.SECONDS, TimeUnit.SECONDS)).isEqualTo(BulkResult.NONE);
        assertThat(statuses(store, family)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("in a transaction that is still open is counted as locked, and is not counted once that is committed")
    void moved_beside_the_call(Call call) throws Exception {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob job = job();
        call.add(database, store, job);
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET queue = 'other' WHERE id = '" + job.id() + "'");
            assertThat(call.on(store)).isEqualTo(BulkResult.NONE.and(LibraryOnly.KEY, ActResult.Outcome.LOCKED, 1));
            host.commit();
        }
        assertThat(call.on(store)).isEqualTo(BulkResult.NONE);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is cancelled itself if only its waiting parent has left the query")
    void parent_moved(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore quiet = JdbcJobStore.of(database);
        NewJob parent = job();
        NewJob child = job().parent(parent);
        quiet.add(Jobs.encoded(parent, child));
        // The page is read, then the job with its parent, then the parent is locked.
        JdbcJobStore store = movingBeforeConnection(3, database, parent);

        BulkResult answer = store.cancelPage(LISTED.atMost(1), Locale.ENGLISH);

        assertThat(answer.done()).isEqualTo(1);
        assertThat(statuses(quiet, parent, child)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
    }

    private static boolean waits(DataSource database) {
        return !Sql.query(
                        database,
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                .get(0)
                .get(0)
                .equals("0");
    }
}
