package io.forthwith.jdbc.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.forthwith.jdbc.internal.mariadb.MariaDbDialect;
import java.util.Collections;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The placeholders of a statement")
class StatementTemplatesTest {
    private static final StatementTemplates STANDARD = text(Map.of());
    private static final StatementTemplates WITHOUT_ROW_LOCKS =
            text(Map.of("in", "IN (SELECT value FROM json_each(?))", "for_update", "", "for_update_skip_locked", ""));

    private static StatementTemplates text(Map<String, String> words) {
        return new StatementTemplates(TableNames.STANDARD, name -> '"' + name + '"', false, words);
    }

    @Test
    void become_what_the_database_calls_them() {
        assertThat(STANDARD.of("SELECT id FROM {job} WHERE {among parent_id} {for_update_skip_locked}"))
                .isEqualTo("SELECT id FROM \"job\" WHERE parent_id = ANY(?) AND parent_id >= ? AND parent_id <= ?"
                        + " FOR UPDATE SKIP LOCKED");
        assertThat(text(Map.of("is_time", "time({column}) = {column}")).of("CHECK ({is_time run_at})"))
                .isEqualTo("CHECK (time(run_at) = run_at)");
    }

    @Test
    void that_stand_for_nothing_take_the_white_space_before_them_with_them() {
        assertThat(WITHOUT_ROW_LOCKS.of("SELECT id FROM {job}\nWHERE id {in}\n{for_update}"))
                .isEqualTo("SELECT id FROM \"job\"\nWHERE id IN (SELECT value FROM json_each(?))");
        assertThat(STANDARD.of("SELECT id FROM {job} {latest}\n{union} SELECT 1 {latest}"))
                .isEqualTo("SELECT id FROM \"job\"\nUNION SELECT 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT {unknown}",
                "SELECT {job",
                "SELECT job}",
                "SELECT { job }",
                "SELECT {index}",
                "SELECT {now run_at}",
                "SELECT {among}",
                "SELECT id FROM {jobs}"
            })
    void are_refused_if_they_are_unknown(String template) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text(Map.of("now", "now()")).of(template));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1 WHERE {in}",
                "SELECT 1 WHERE id{in}",
                "SELECT 1 WHERE id = {in}",
                "SELECT 1 {for_update} WHERE TRUE",
                "SELECT 1 {for_update_skip_locked} LIMIT 1",
                "SELECT 1 {latest} LIMIT 1",
                "UPDATE {job} SET status = 'pending' {latest}",
                "SELECT 1 {union}",
                "SELECT 1 {latest} UNION SELECT 2 {latest}",
                "{union} SELECT 1"
            })
    void are_refused_if_they_are_misplaced(String template) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> STANDARD.of(template))
                .withMessageContaining("is misplaced in: " + template);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1 WHERE id = ANY(?)", "SELECT 1 FOR UPDATE", "SELECT 1 FOR UPDATE SKIP LOCKED"})
    void may_not_be_forgotten_where_the_database_says_it_in_another_way(String template) {
        assertThat(STANDARD.of(template)).isEqualTo(template);
        assertThatIllegalArgumentException().isThrownBy(() -> WITHOUT_ROW_LOCKS.of(template));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SELECT id FROM {job} {latest}                                | SELECT id FROM `job` LOCK IN SHARE MODE
            SELECT id FROM {job} {latest} {union} SELECT id FROM {job} {latest} | (SELECT id FROM `job` LOCK IN SHARE MODE) UNION (SELECT id FROM `job` LOCK IN SHARE MODE)
            SELECT id FROM {job} {for_update}                            | SELECT id FROM `job` FOR UPDATE
            DELETE FROM {job}                                            | DELETE FROM `job`
            """)
    void say_how_Maria_d_b_reads_what_is_committed_by_now(String template, String latest) {
        assertThat(mariaDb().sql(template).latest().text()).isEqualTo(latest);
    }

    @Test
    void may_not_be_forgotten_where_Maria_d_b_would_read_an_old_snapshot() {
        StatementText unmarked = mariaDb().sql("SELECT id FROM {job}");
        assertThatIllegalStateException().isThrownBy(unmarked::latest);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1 | ?
            2 | ?, ?
            3 | ?, ?, ?, ?
            """)
    void become_lists_of_few_different_lengths_on_Maria_d_b(int size, String list) throws Exception {
        SqlDialect dialect = mariaDb();
        assertThat(dialect.textOf(
                        dialect.sql("SELECT id FROM {job} WHERE id {in}"),
                        binder -> binder.ids(Collections.nCopies(size, new UUID(0, 1)))))
                .isEqualTo("SELECT id FROM `job` WHERE id IN (" + list + ")");
    }

    private static MariaDbDialect mariaDb() {
        return MariaDbDialect.named(MariaDbDialect.MARIADB, TableNames.STANDARD);
    }
}
