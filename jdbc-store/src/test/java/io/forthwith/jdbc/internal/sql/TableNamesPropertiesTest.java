package io.forthwith.jdbc.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobQuery;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Jobs;
import io.forthwith.jdbc.Sql;
import io.forthwith.jdbc.TestDatabase;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Any name for a schema or a table prefix is refused, with the value and the rule, or stays within its quotes. */
class TableNamesPropertiesTest {
    private static final String HOSTILE = "\"'.;- \0\n`$\\{}?/*\u0430\u0131\u212a\u017f\uff3f\u0660\u202e\ud83d";
    private static final int TABLES = 23;
    private static final List<String> KEYWORDS = List.of("select", "TABLE", "_", "Job");

    @Property(tries = 2_000)
    void is_refused_or_stays_within_its_quotes(@ForAll("names") String name) {
        boolean isName = name.chars().allMatch(c -> c == '_' || (c < 128 && Character.isLetterOrDigit(c)))
                && name.length() <= 31
                && !name.isEmpty()
                && !Character.isDigit(name.charAt(0));
        if (!isName) {
            assertRefused(() -> new TableNames(name, ""));
            if (!name.isEmpty()) {
                assertRefused(() -> new TableNames(null, name));
            }
            return;
        }
        StatementTemplates text = new StatementTemplates(
                new TableNames(name, name), each -> '"' + each + '"', true, Map.of("now", "now()"));
        String sql = text.of("SELECT {now} FROM {job} JOIN {job_step} {index job_ready} {constraint c}");
        String quoted = "\"" + name + "\".\"" + name;
        assertThat(sql)
                .isEqualTo("SELECT now() FROM " + quoted + "job\" JOIN " + quoted + "job_step\" " + quoted
                        + "job_ready\" \"" + name + "c\"");
    }

    private static void assertRefused(ThrowingCallable made) {
        assertThatThrownBy(made)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A-Z a-z 0-9 _")
                .message()
                .matches("(Schema|Table prefix) \"[\\x20-\\x7e]*\" is not valid: [\\x20-\\x7e]+")
                .hasSizeLessThan(300);
    }

    /** Names, keywords, and what could be more than a name: quotes, dots, comments, controls, letters that look like others, length. */
    @Provide
    Arbitrary<String> names() {
        return Arbitraries.oneOf(
                // A good name but for one character.
                Combinators.combine(
                                Arbitraries.strings()
                                        .withCharRange('a', 'z')
                                        .ofMinLength(1)
                                        .ofMaxLength(9),
                                Arbitraries.of(HOSTILE.chars()
                                        .mapToObj(Character::toString)
                                        .toList()),
                                Arbitraries.strings().withCharRange('a', 'z').ofMaxLength(9))
                        .as((before, hostile, after) -> before + hostile + after),
                Arbitraries.strings()
                        .withCharRange('a', 'z')
                        .withChars('_', '9', 'A')
                        .ofMaxLength(33),
                Arbitraries.strings()
                        .withChars(
                                'a', '"', '\'', '.', ';', '-', ' ', '\0', '\n', '`', '$', '\\', '{', '}', '?', '/', '*')
                        .withChars('\u0430', '\u0131', '\u212a', '\u017f', '\uff3f', '\u0660', '\u202e', '\ud83d')
                        .ofMaxLength(33),
                Arbitraries.strings().ofMaxLength(40),
                Arbitraries.of(KEYWORDS),
                Arbitraries.of(
                        "a".repeat(31),
                        "a".repeat(32),
                        "a".repeat(1_000_000),
                        "a\n",
                        "\n",
                        "{job}",
                        "job\"; DROP TABLE job; --"));
    }

    @Example
    void keywords_work_on_postgresql_and_touch_nothing_else() {
        work(TestDatabase.POSTGRESQL, name -> '"' + name + '"');
    }

    @Example
    void keywords_work_on_mariadb_and_touch_nothing_else() {
        work(TestDatabase.MARIADB, name -> '`' + name + '`');
        KEYWORDS.forEach(name -> Sql.run(TestDatabase.MARIADB.migrated(), "DROP SCHEMA `" + name + '`'));
    }

    @Example
    void keywords_work_on_h2_and_touch_nothing_else() {
        work(TestDatabase.H2, name -> '"' + name.toUpperCase(Locale.ROOT) + '"');
    }

    /** It has no schemas but one. */
    @Example
    void keywords_work_as_prefixes_in_sqlite_and_touch_nothing_else() {
        DataSource database = TestDatabase.SQLITE.migrated();
        for (String name : KEYWORDS) {
            JdbcSchema.migrate(database, null, name);
            JdbcJobStore store = JdbcJobStore.of(database).tablePrefix(name);
            store.add(Jobs.many(2));
            store.settle(Jobs.completed(Jobs.claimAll(store)));
            assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
        }
        assertThat(JdbcJobStore.of(database).countByScan(JobQuery.all())).isZero();
        assertThat(Sql.query(database, "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%job%'"))
                .hasSize((KEYWORDS.size() + 1) * TABLES);
    }

    private static void work(TestDatabase kind, UnaryOperator<String> quote) {
        DataSource database = kind.empty();
        JdbcSchema.migrate(database);
        for (String name : KEYWORDS) {
            Sql.run(database, "CREATE SCHEMA " + quote.apply(name));
            JdbcSchema.migrate(database, name, name);
            JdbcJobStore store = JdbcJobStore.of(database).schema(name).tablePrefix(name);
            store.add(Jobs.many(2));
            store.settle(Jobs.completed(Jobs.claimAll(store)));
            assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
        }
        assertThat(JdbcJobStore.of(database).countByScan(JobQuery.all())).isZero();
        List<List<String>> tables = Sql.query(
                database,
                "SELECT table_schema, table_name FROM information_schema.tables WHERE lower(table_name) LIKE '%job%'"
                        + KEYWORDS.stream()
                                .map(name -> name.toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining("', '", " AND lower(table_schema) IN ('", "')")));
        assertThat(tables)
                .hasSize(KEYWORDS.size() * TABLES)
                .allSatisfy(table -> assertThat(table.get(1)).matches(Pattern.quote(table.get(0)) + "(?i)job(_\\w+)?"));
    }
}
