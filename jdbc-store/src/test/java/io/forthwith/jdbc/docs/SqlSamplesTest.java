package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.forthwith.JobType;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every SQL sample of the documents runs: on PostgreSQL, or on the database that the first line of its block names ({@code ```sql mariadb}).
 * GRANTs run in {@code RuntimeRoleTest}.
 */
class SqlSamplesTest {
    private static final Pattern SAMPLE = Pattern.compile("```sql ?(\\w*)\\n(.*?)```", Pattern.DOTALL);

    /** One statement of a page. */
    record Statement(Path page, TestDatabase database, String sql) {
        @Override
        public String toString() {
            return page.getFileName() + " on " + database + ": "
                    + sql.lines().findFirst().orElseThrow();
        }
    }

    @ParameterizedTest
    @MethodSource("statements")
    void runs(Statement statement) {
        DataSource database = statement.database().migrated();
        assertThatCode(() -> Sql.run(database, statement.sql())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource
    void the_insert_is_a_job_that_a_worker_runs(TestDatabase kind) throws IOException {
        DataSource database = kind.migrated();
        List<Statement> inserts = statements()
                .filter(each -> each.database() == kind && each.sql().startsWith("INSERT INTO job "))
                .toList();
        assertThat(inserts).isNotEmpty();
        inserts.forEach(each -> Sql.run(database, each.sql()));
        record Greeting(String name) {}
        JobType<Greeting> greet = JobType.of("greet", Greeting.class);
        JdbcJobStore store = JdbcJobStore.of(database);

        Worker.of(
                        store,
                        ProcessorRegistry.of()
                                .with(
                                        greet,
                                        job -> "Hello, "
                                                + job.input(Greeting.class).name()))
                .build()
                .drain();

        assertThat(JobClient.of(store).scan(io.forthwith.JobQuery.all()))
                .hasSameSizeAs(inserts)
                .extracting(job -> job.result())
                .containsOnly("\"Hello, Ada\"");
    }

    static Stream<Statement> statements() throws IOException {
        List<Statement> all = new ArrayList<>();
        try (Stream<Path> pages = Files.list(Path.of("../docs"))) {
            for (Path page : pages.filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                SAMPLE.matcher(Files.readString(page)).results().forEach(block -> {
                    TestDatabase database = block.group(1).isEmpty()
                            ? TestDatabase.POSTGRESQL
                            : TestDatabase.valueOf(block.group(1).toUpperCase(Locale.ROOT));
                    Stream.of(block.group(2).split(";\\n"))
                            .filter(sql -> !sql.startsWith("GRANT "))
                            .forEach(sql -> all.add(new Statement(page, database, sql)));
                });
            }
        }
        assertThat(all).hasSizeGreaterThan(12);
        return all.stream();
    }
}
