package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.LabelName;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.rows.Labels;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.act.Remaining;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Labels")
@Timeout(Patience.SECONDS_OF_A_TEST)
class LabelsTest {
    private static final JobQuery OF_ORDER = JobQuery.all().label("order", "4711");
    private static final Retention KEPT =
            Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(1));

    private static NewJob ofOrder() {
        return Jobs.job().metadata("order", "4711").metadata("color", "red");
    }

    private static int rows(DataSource database) {
        return Sql.query(database, "SELECT job_id FROM job_label").size();
    }

    private static List<String> namesIn(DataSource database) {
        return Sql.query(database, "SELECT name FROM job_label_name ORDER BY name").stream()
                .map(row -> row.get(0))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "are the metadata whose names are declared to the store that adds the job, and a store without names finds them too")
    void declared(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore undeclared = JdbcJobStore.of(database);
        undeclared.add(Jobs.encoded(ofOrder()));
        assertThat(rows(database)).isZero();
        assertThat(undeclared.labels().orElseThrow().names()).isEmpty();
        NewJob job = ofOrder();

        undeclared.labels("order", "tenant").add(Jobs.encoded(job));

        assertThat(rows(database)).isEqualTo(1);
        assertThat(undeclared.scan(OF_ORDER)).extracting(Job::id).containsExactly(job.id());
        assertThat(undeclared.scan(JobQuery.all().label("color", "red"))).isEmpty();
        assertThat(undeclared.labels().orElseThrow().names())
                .extracting(LabelName::name)
                .containsExactly("order", "tenant");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("have names that are noted once, by the first job or worker of whatever process")
    void notedOnce(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore first = JdbcJobStore.of(database).labels("order");
        Jobs.worker(first);
        assertThat(namesIn(database)).containsExactly("order");

        first.add(Jobs.encoded(ofOrder(), ofOrder()));
        JdbcJobStore second = JdbcJobStore.of(database).labels("tenant", "order");
        second.add(Jobs.encoded(ofOrder()));
        second.add(Jobs.encoded(ofOrder()));

        assertThat(namesIn(database)).containsExactly("order", "tenant");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("add no statement to the insert of a job that has none")
    void free(TestDatabase kind) {
        DataSource database = kind.migrated();
        List<NewJob> without =
                List.of(Jobs.job(), Jobs.job().user("ada"), Jobs.job().metadata("color", "red"));

        assertThat(statementsOf(database, JdbcJobStore::of, without))
                .isEqualTo(
                        statementsOf(database, source -> JdbcJobStore.of(source).labels("order"), without));
    }

    private interface Store {
        JdbcJobStore on(DataSource database);
    }

    @Test
    @DisplayName(
            "are looked at by one statement on PostgreSQL; if the page is not full, another one says where it has ended")
    void searchedByOneStatement() {
        WatchedDataSource watched = new WatchedDataSource(TestPostgres.empty(), connection -> {});
        JdbcJobStore store = with350(watched);

        assertThat(statementsOf(
                        watched,
                        () -> assertThat(store.search(OF_ORDER.atMost(1), 350).next())
                                .isNotNull()))
                .hasSize(1);
        assertThat(statementsOf(
                        watched,
                        () -> assertThat(
                                        store.search(OF_ORDER.type("none"), 350).next())
                                .isNull()))
                .hasSize(2);
        assertThat(statementsOf(
                        watched,
                        () -> assertThat(
                                        store.search(OF_ORDER.type("none"), 349).searchedBackTo())
                                .isNotNull()))
                .as("and when the last one was enqueued")
                .hasSize(3);
    }

    private static JdbcJobStore with350(WatchedDataSource database) {
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");
        store.add(
                Stream.generate(() -> Jobs.encoded(ofOrder()).get(0)).limit(350).toList());
        return store;
    }

    private static List<String> statementsOf(DataSource database, Store kind, List<NewJob> jobs) {
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JdbcJobStore store = kind.on(watched);
        watched.statementsHere().clear();
        for (NewJob job : jobs) {
            store.add(Jobs.encoded(job.id(UUID.randomUUID())));
        }
        store.add(
                Jobs.encoded(jobs.stream().map(job -> job.id(UUID.randomUUID())).toArray(NewJob[]::new)));
        return List.copyOf(watched.statementsHere());
    }

    @Test
    @DisplayName(
            "are written by the statement of their job on PostgreSQL, without a transaction, once their names are noted")
    void oneStatement() {
        WatchedDataSource watched = new WatchedDataSource(TestPostgres.empty(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched).labels("order");
        store.add(Jobs.encoded(ofOrder()));
        store.add(Jobs.encoded(ofOrder()));
        watched.statementsHere().clear();

        store.add(Jobs.encoded(ofOrder()));
        store.add(Jobs.encoded(ofOrder(), ofOrder(), Jobs.job()));

        assertThat(watched.statementsHere()).hasSize(2).allMatch(each -> each.contains("job_label"));
        assertThat(store.countByScan(OF_ORDER)).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are committed and rolled back with a transaction of the host")
    void joined(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            TransactionJobs.of(store.joining(connection)).enqueue(ofOrder());
            assertThat(TransactionJobs.of(store.joining(connection)).scan(OF_ORDER))
                    .hasSize(1);
            connection.rollback();
            assertThat(store.scan(OF_ORDER)).isEmpty();

            TransactionJobs.of(store.joining(connection)).enqueueAll(List.of(ofOrder(), ofOrder()));
            connection.commit();
        }

        assertThat(store.scan(OF_ORDER)).hasSize(2);
        assertThat(rows(database)).isEqualTo(2);
        assertThat(namesIn(database)).containsExactly("order");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are deleted with their jobs by a store without names, once it knows that there are labels")
    void deleted(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore.of(database).labels("order").add(Jobs.encoded(ofOrder(), ofOrder(), ofOrder()));
        JdbcJobStore worker = JdbcJobStore.of(database);
        List<Job> claimed = Jobs.claimAll(worker);
        assertThat(rows(database)).isEqualTo(3);

        worker.settle(List.of(Settlement.completeAndDelete(Claim.of(claimed.get(0)), null)));
        assertThat(rows(database)).isEqualTo(2);
        worker.settle(Jobs.completed(claimed.subList(1, 3)));
        kind.age(database, Duration.ofDays(2));
        worker.purge(KEPT, 10);

        assertThat(rows(database)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose jobs somebody has deleted by SQL are found nowhere, and a purge deletes them, and no others")
    void swept(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database).labels("order", "color");
        NewJob stays = ofOrder();
        store.add(Jobs.encoded(ofOrder(), stays, ofOrder()));
        Sql.run(database, "DELETE FROM job WHERE id <> '" + stays.id() + "'");
        assertThat(rows(database)).isEqualTo(6);
        assertThat(store.scan(OF_ORDER)).extracting(Job::id).containsExactly(stays.id());
        assertThat(store.search(OF_ORDER, 100).jobs()).hasSize(1);
        assertThat(store.countByScan(OF_ORDER)).isEqualTo(1);

        JdbcJobStore.of(database).purge(KEPT, 10);

        assertThat(Sql.query(database, "SELECT DISTINCT job_id FROM job_label"))
                .containsExactly(List.of(stays.id().toString()));
        assertThat(store.scan(OF_ORDER)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "have names that are noted again when the host rolls back the transaction that has noted them, also if it was asked twice")
    void notedAfterRollback(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 3; i++) {
                TransactionJobs.of(store.joining(connection)).enqueue(ofOrder());
            }
            connection.rollback();
            assertThat(namesIn(database)).isEmpty();

            TransactionJobs.of(store.joining(connection)).enqueue(ofOrder());
            connection.commit();
        }

        assertThat(namesIn(database)).containsExactly("order");
        store.add(Jobs.encoded(ofOrder()));
        store.add(Jobs.encoded(ofOrder()));
        assertThat(namesIn(database)).containsExactly("order");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "H2"})
    @DisplayName("have names that are known to be noted once a transaction is committed, and not before")
    void notedOnceCommitted(TestDatabase kind) throws SQLException {
        DataSource source = kind.migrated();
        JobOperations operations;
        try (Connection connection = source.getConnection()) {
            operations = SupportedDatabases.of(connection, TableNames.STANDARD);
        }
        Labels labels = operations.labels();
        labels.declare(Set.of("order"));
        Database database = new Database(source, operations.dialect(), true, Duration.ofSeconds(30));

        assertThatThrownBy(() -> database.transaction("note", session -> {
                    labels.note(session);
                    labels.note(session);
                    throw new IllegalStateException("rolled back");
                }))
                .hasMessage("rolled back");
        assertThat(labels.isNoted()).isFalse();

        note(database, labels);
        note(database, labels);
        assertThat(labels.isNoted()).isTrue();
        assertThat(namesIn(source)).containsExactly("order");
    }

    private static void note(Database database, Labels labels) {
        database.transaction("note", session -> {
            labels.note(session);
            return true;
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("have names that are noted also if the first job with a label is one that undoes another")
    void notedByUndo(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore undeclared = JdbcJobStore.of(database);
        undeclared.add(Jobs.encoded(ofOrder()));
        Claim claim = Claim.of(Jobs.claimAll(undeclared).get(0));
        StepName charge = new StepName("charge", "");
        undeclared.beginStep(claim, charge, true);
        undeclared.finishStep(claim, charge, "1");
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");

        store.settle(List.of(Settlement.fail(claim, JobError.permanent("boom", "boom"), Locale.ENGLISH)));

        assertThat(store.scan(OF_ORDER)).extracting(Job::undoes).containsExactly(claim.jobId());
        assertThat(namesIn(database)).containsExactly("order");
    }

    @ParameterizedTest
    @EnumSource(names = "POSTGRESQL", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("whose id is not usable are passed over: a search finds the jobs behind them")
    void unusable(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");
        NewJob[] jobs = {ofOrder(), ofOrder(), ofOrder()};
        store.add(Jobs.encoded(jobs));
        label(database, numbered("z", 150));
        label(database, Stream.of(jobs[1].id().toString().substring(0, 35)));

        assertThat(store.scan(OF_ORDER)).hasSize(3);
        assertThat(store.countByScan(OF_ORDER)).isEqualTo(3);
        assertThat(store.countUpTo(OF_ORDER, 10, 3)).isEqualTo(new BoundedCount(3, true));
        JobPage first = store.search(OF_ORDER, 2);
        assertThat(first.jobs()).extracting(Job::id).containsExactly(jobs[2].id(), jobs[1].id());
        JobPage second = store.search(first.next(), 2);
        assertThat(second.jobs()).extracting(Job::id).containsExactly(jobs[0].id());
        assertThat(second.next()).isNull();
    }

    private static Stream<String> numbered(String begin, int many) {
        return IntStream.range(0, many).mapToObj(n -> begin + n);
    }

    /** Adds labels of no job. */
    private static void label(DataSource database, Stream<String> ids) {
        Sql.run(
                database,
                ids.map(id -> "('" + id + "', 'order', '4711')")
                        .collect(Collectors.joining(
                                ", ", "INSERT INTO job_label (job_id, name, label_value) VALUES ", "")));
    }

    @ParameterizedTest
    @EnumSource(names = "POSTGRESQL", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("whose id is not usable do not keep a purge from those behind them")
    void sweptBehindUnusable(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");
        label(database, numbered("00z", 2_000));
        store.add(Jobs.encoded(ofOrder()));
        Sql.run(database, "DELETE FROM job");

        store.purge(KEPT, 10);
        store.purge(KEPT, 10);

        assertThat(rows(database)).isEqualTo(2_000);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose jobs somebody has deleted by SQL are deleted also by a purge that leaves old jobs behind")
    void sweptBesideBacklog(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database).labels("order");
        NewJob gone = ofOrder();
        store.add(Jobs.encoded(Jobs.job(), Jobs.job(), gone));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        kind.age(database, Duration.ofDays(2));
        Sql.run(database, "DELETE FROM job WHERE id = '" + gone.id() + "'");

        assertThat(store.purge(KEPT, 1).remaining()).isEqualTo(Remaining.MORE);

        assertThat(rows(database)).isZero();
    }

    @Test
    @DisplayName(
            "are looked at a hundred at a time, and by a search that goes on at more and more, with no other statement if the page is full")
    void statements() {
        WatchedDataSource watched = new WatchedDataSource(TestSqlite.migrated(), connection -> {});
        JdbcJobStore store = with350(watched);

        assertThat(statementsOf(watched, () -> store.search(OF_ORDER.atMost(1), 350)))
                .hasSize(2);
        assertThat(statementsOf(watched, () -> store.search(OF_ORDER.type("none"), 350)))
                .as("100, 200 and 50")
                .hasSize(6);
        assertThat(statementsOf(
                        watched,
                        () -> assertThat(store.search(OF_ORDER.type("none"), 50).searchedBackTo())
                                .isNotNull()))
                .as("and when the last one was enqueued")
                .hasSize(3);
    }

    private static List<String> statementsOf(WatchedDataSource watched, Runnable call) {
        watched.statementsHere().clear();
        call.run();
        return watched.statementsHere().stream()
                .filter(each -> each.startsWith("SELECT"))
                .toList();
    }

    @Test
    @DisplayName("are refused with the rule and the way out if a name is not valid, there twice, or one too many")
    void badNames() {
        JdbcJobStore store = JdbcJobStore.of(TestPostgres.empty());

        assertThatThrownBy(() -> store.labels("a b")).hasMessageContaining("Label \"a b\" is not a valid name");
        assertThatThrownBy(() -> store.labels("a", "a")).hasMessageContaining("Label \"a\" is declared twice");
        assertThatThrownBy(() -> store.labels("a", "b", "c", "d", "e", "f"))
                .hasMessageContaining("6 labels are declared")
                .hasMessageContaining("at most 5");
        assertThatThrownBy(() -> JobQuery.all().label("order", "x".repeat(201)))
                .hasMessageContaining("labels have 1 to 200 characters");
        assertThatThrownBy(() -> JobQuery.all().label("order", "a\0b")).hasMessageContaining("without NUL");
        assertThatThrownBy(() -> JobQuery.all().label("order", "")).hasMessageContaining("labels have 1 to 200");
    }

    @Test
    @DisplayName("are listed by the client with the time since which there are any")
    void names() {
        JdbcJobStore store = JdbcJobStore.of(TestPostgres.empty()).labels("order");
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(ofOrder()).id();

        assertThat(jobs.labels()).hasSize(1);
        assertThat(jobs.labels().get(0).name()).isEqualTo("order");
        assertThat(jobs.labels().get(0).since())
                .isBeforeOrEqualTo(jobs.find(id).orElseThrow().createdAt());
        assertThat(jobs.search(OF_ORDER).jobs()).extracting(Job::id).containsExactly(id);
    }
}
