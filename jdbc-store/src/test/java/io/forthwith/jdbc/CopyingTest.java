package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.jdbc.internal.postgresql.PostgresDialect;
import io.forthwith.jdbc.internal.postgresql.PostgresInserts;
import io.forthwith.jdbc.internal.postgresql.PostgresOperations;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Jobs that are copied")
class CopyingTest {
    private static final String ROWS = """
            SELECT to_jsonb(job) - 'run_at' - 'created_at' - 'updated_at', run_at - created_at, updated_at - created_at
            FROM job ORDER BY id""";
    private static final String COPIES = "set_config('statement_timeout'";
    private static final String INSERTS = "INSERT INTO";

    private final DataSource database = TestPostgres.empty();

    /** A store that copies two jobs as it would thousands. */
    static JdbcJobStore copying(DataSource database) {
        return copying(database, JdbcJobStore.DEFAULT_QUERY_TIMEOUT);
    }

    static JdbcJobStore copying(DataSource database, Duration queryTimeout) {
        return store(database, 2, queryTimeout);
    }

    private static JdbcJobStore inserting(DataSource database) {
        return store(database, Integer.MAX_VALUE, JdbcJobStore.DEFAULT_QUERY_TIMEOUT);
    }

    private static JdbcJobStore store(DataSource database, int fewestToCopy, Duration queryTimeout) {
        SqlDialect dialect = new PostgresDialect(TableNames.STANDARD);
        PostgresOperations operations = new PostgresOperations(dialect, fewestToCopy);
        operations.labels().declare(Set.of("order", "tenant"));
        return new JdbcJobStore(
                new Database(database, dialect, true, queryTimeout),
                operations,
                TableNames.STANDARD,
                ListenTimeouts.STANDARD);
    }

    static Stream<List<EncodedJob>> hostile() {
        return Stream.of(
                List.of(Jobs.job(), Jobs.job().priority(0), Jobs.job().priority(9)).stream()
                        .map(job -> new EncodedJob(job, "{}"))
                        .toList(),
                Stream.of("\\N", "\\.", "\t", "\n", "\r\n", "'\"", " ", "积分 🎬", "\u0001\u007f\uffff", "é".repeat(255))
                        .map(text -> new EncodedJob(Jobs.job().user(text).project(text), "{}"))
                        .toList(),
                Stream.of(
                                Duration.ZERO,
                                Duration.ofNanos(1),
                                Duration.ofNanos(1_999),
                                Duration.ofMillis(1),
                                Duration.ofDays(1),
                                Duration.ofDays(36_499).plusNanos(123_456_789),
                                Duration.ofDays(36_500))
                        .map(delay -> new EncodedJob(Jobs.job().delay(delay), "{}"))
                        .toList(),
                Stream.of(1, 1_000)
                        .map(attempts -> new EncodedJob(Jobs.job().maxAttempts(attempts), "{}"))
                        .toList(),
                Stream.of(Duration.ofMillis(1), Duration.ofDays(365))
                        .map(limit -> new EncodedJob(Jobs.job().timeLimit(limit), "{}"))
                        .toList(),
                Stream.of(Locale.ROOT, Locale.GERMANY, Locale.forLanguageTag("zh-Hant-TW-x-积"))
                        .map(locale -> new EncodedJob(Jobs.job().locale(locale), "{}"))
                        .toList(),
                Stream.of(new UUID(0, 0), new UUID(-1, -1), new UUID(Long.MIN_VALUE, Long.MAX_VALUE))
                        .map(id -> new EncodedJob(Jobs.job().id(id).queue("q"), "{}"))
                        .toList(),
                Stream.of(
                                "null",
                                "\"\"",
                                "[]",
                                "-1e-300",
                                "\"\\u0001 \\\\N \\\\. 积 \\ud83c\\udfac\"",
                                "  {\"b\": 1, \"a\": 2}  ",
                                "\"" + "积🎬".repeat(100_000) + "\"")
                        .map(input -> new EncodedJob(Jobs.job(), input))
                        .toList(),
                // Every field at every position around the end of a piece.
                IntStream.range(65_300, 65_540)
                        .mapToObj(length -> new EncodedJob(
                                Jobs.job()
                                        .user("u")
                                        .project("p")
                                        .maxAttempts(7)
                                        .timeLimit(Duration.ofSeconds(5))
                                        .locale(Locale.ENGLISH),
                                '"' + "x".repeat(length) + '"'))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("hostile")
    @DisplayName("read exactly as inserted rows, with every content")
    void same_as_inserted(List<EncodedJob> jobs) {
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        assertThat(copying(watched).add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
        List<List<String>> copied = Sql.query(database, ROWS);
        assertThat(watched.statements())
                .filteredOn(sql -> sql.contains(INSERTS))
                .isEmpty();

        TestPostgres.empty();
        assertThat(inserting(database).add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
        assertThat(copied).hasSameSizeAs(jobs).isEqualTo(Sql.query(database, ROWS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\0\"", "\"\\u0000\"", "\"\ud800\"", "\"\udc00x\"", "{", ""})
    @DisplayName(
            "are refused, or stored, as if they had been inserted, when their input is none that the client lets through")
    void bad_input(String input) {
        List<EncodedJob> jobs = List.of(new EncodedJob(Jobs.job(), "{}"), new EncodedJob(Jobs.job(), input));
        String copied = outcome(copying(database), jobs) + Sql.query(database, ROWS);
        TestPostgres.empty();
        assertThat(copied).isEqualTo(outcome(inserting(database), jobs) + Sql.query(database, ROWS));
    }

    private static String outcome(JobStore store, List<EncodedJob> jobs) {
        try {
            return store.add(jobs).toString();
        } catch (JobStoreException refused) {
            return refused.kind() + refused.getMessage();
        }
    }

    @Test
    @DisplayName("are those of calls of two thousand and more, and the pool gets its connection back as it was")
    void from_when_on() {
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);

        store.add(Jobs.many(PostgresInserts.FEWEST_TO_COPY - 1));
        assertThat(watched.statements(COPIES)).isZero();
        store.add(Jobs.many(PostgresInserts.FEWEST_TO_COPY));
        assertThat(watched.statements(COPIES)).isOne();
        store.add(Jobs.many(12_345));

        assertThat(watched.statements(INSERTS)).isOne();
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2 * PostgresInserts.FEWEST_TO_COPY - 1 + 12_345);
        assertThat(watched.complaints()).isEmpty();
    }

    @Test
    @DisplayName("are there already when the call is repeated, and stay as they are")
    void repeated() {
        JdbcJobStore store = copying(database);
        List<EncodedJob> jobs = Jobs.many(6_000);
        store.add(jobs);
        String rows = "SELECT * FROM job ORDER BY id";
        List<List<String>> before = Sql.query(database, rows);

        assertThat(store.add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ID_EXISTS);
        assertThat(Sql.query(database, rows)).isEqualTo(before);
    }

    @Test
    @DisplayName("may be there in part: each gets its own answer, in the order of the call")
    void conflict_in_the_middle() {
        JdbcJobStore store = copying(database);
        List<EncodedJob> jobs = Jobs.many(6_000);
        EncodedJob known = jobs.get(5_500);
        store.add(List.of(known));

        List<Added> answers = store.add(jobs);

        assertThat(answers)
                .extracting(Added::id)
                .isEqualTo(jobs.stream().map(job -> job.job().id()).toList());
        assertThat(answers)
                .filteredOn(added -> added.outcome() != Added.Outcome.ADDED)
                .containsExactly(new Added(known.job().id(), Added.Outcome.ID_EXISTS));
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(6_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"connection", "driver"})
    @DisplayName("are inserted instead where the connection does not show its driver, or the library does not see it")
    void no_driver(String missing) throws ReflectiveOperationException {
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JobStore store = missing.equals("driver") ? withoutDriver(watched) : JdbcJobStore.of(Lending.opaque(watched));

        assertThat(store.add(Jobs.many(6_000))).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);

        assertThat(watched.statements(INSERTS)).isEqualTo(2);
        assertThat(watched.statements(COPIES)).isZero();
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(6_000);
    }

    /** As in an application server whose driver is not where this library is. */
    private static JobStore withoutDriver(DataSource database) throws ReflectiveOperationException {
        ClassLoader here = CopyingTest.class.getClassLoader();
        ClassLoader blind = new ClassLoader(here) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.startsWith("org.postgresql.")) {
                    throw new ClassNotFoundException(name);
                }
                return name.startsWith("io.forthwith.jdbc.") ? again(name) : super.loadClass(name, resolve);
            }

            private Class<?> again(String name) throws ClassNotFoundException {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null) {
                    return loaded;
                }
                try (InputStream in = here.getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] bytes = in.readAllBytes();
                    return defineClass(name, bytes, 0, bytes.length);
                } catch (IOException unreadable) {
                    throw new ClassNotFoundException(name, unreadable);
                }
            }
        };
        return (JobStore) blind.loadClass(JdbcJobStore.class.getName())
                .getMethod("of", DataSource.class)
                .invoke(null, database);
    }

    @Test
    @DisplayName("are inserted within a transaction of the host's, which an id that exists does not harm")
    void joined() throws SQLException {
        List<EncodedJob> jobs = Jobs.many(3);
        JdbcJobStore store = copying(database);
        store.add(jobs.subList(1, 2));
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThat(store.joining(connection).add(jobs))
                    .extracting(Added::outcome)
                    .containsExactly(Added.Outcome.ADDED, Added.Outcome.ID_EXISTS, Added.Outcome.ADDED);
            connection.commit();
        }
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(3);
    }

    @Test
    @DisplayName("are inserted instead into a table with row-level security, into which the server does not copy")
    void row_level_security() {
        DataSource owner = migrated();
        Sql.run(owner, "DROP ROLE IF EXISTS secured");
        Sql.run(owner, "CREATE ROLE secured LOGIN");
        Sql.run(owner, "GRANT SELECT, INSERT ON job TO secured");
        Sql.run(owner, "ALTER TABLE job ENABLE ROW LEVEL SECURITY");
        Sql.run(owner, "CREATE POLICY all_rows ON job USING (true)");
        insertsInstead(TestPostgres.as("secured", "altered"));
    }

    @Test
    @DisplayName("are inserted instead into a view, into which the server does not copy")
    void view() {
        DataSource altered = migrated();
        Sql.run(altered, "ALTER TABLE job RENAME TO job_table");
        Sql.run(altered, "CREATE VIEW job AS SELECT * FROM job_table");
        insertsInstead(altered);
    }

    @Test
    @DisplayName("are inserted instead where the host has made a column wider, whose bytes are others")
    void wider_column() {
        DataSource altered = migrated();
        Sql.run(altered, "ALTER TABLE job ALTER COLUMN priority TYPE integer");
        insertsInstead(altered);
    }

    private static DataSource migrated() {
        DataSource altered = TestPostgres.newDatabase("altered");
        JdbcSchema.migrate(altered);
        return altered;
    }

    private static void insertsInstead(DataSource altered) {
        JdbcJobStore store = copying(altered);
        assertThat(store.add(Jobs.many(2))).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
    }
}
