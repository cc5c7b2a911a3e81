package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ExportTest {
    private static final JsonMapper JSON = new JsonMapper();

    private final JobsInStore jobs = new JobsInStore();
    private final Pages pages = Pages.of(jobs.store);

    private static List<JsonNode> objects(String text) {
        return text.lines().map(JSON::readTree).toList();
    }

    @Test
    @DisplayName("CSV has a row of names and a row per job, newest first, without inputs and results")
    void csv() {
        UUID first = jobs.fail(job("mail").user("u1"), JobException.user("no_credits", "Buy \"credits\", please"));
        UUID second = jobs.complete(job("film").project("p1"));

        DashboardResponse response = pages.get("export.csv");
        List<String> lines = List.of(response.text().split("\r\n"));

        assertThat(lines).hasSize(3);
        assertThat(lines.get(0))
                .startsWith("id,type,status,queue,priority,user_id,project_id,")
                .contains(",error_message,");
        assertThat(lines.get(1)).startsWith(second + ",film,completed,default,5,,p1,");
        assertThat(lines.get(2))
                .startsWith(first + ",mail,failed,default,5,u1,,")
                .contains(",user,no_credits,\"Buy \"\"credits\"\", please\",");
        assertThat(response.text()).doesNotContain("input of", "done");
        assertThat(response.headers())
                .containsEntry("Content-Type", "text/csv; charset=utf-8; header=present")
                .containsEntry("Cache-Control", "no-store")
                .containsEntry("X-Content-Type-Options", "nosniff");
        assertThat(response.headers().get("Content-Disposition"))
                .matches("attachment; filename=\"jobs-\\d{8}-\\d{6}\\.csv\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"=cmd()", "+1", "-1", "@a", "\tx", "＝cmd()"})
    @DisplayName("A spreadsheet does not take a text for a formula")
    void formula(String user) {
        jobs.add(job("mail").user(user));

        assertThat(pages.text("export.csv")).contains(",'" + user + ",");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r=1", "=1,\"2\"\n3"})
    @DisplayName("A formula that has to be quoted has its apostrophe within the quotation marks")
    void quotedFormula(String user) {
        jobs.add(job("mail").user(user));

        assertThat(pages.text("export.csv")).contains(",\"'" + user.replace("\"", "\"\"") + "\",");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<b>", "a\"b\\c", "\u0001\b\f\r\n\t", "\u202eabc\u2028", "积分 😀", "=cmd()"})
    @DisplayName("Every text comes back from NDJSON as it was")
    void ndjson(String user) {
        UUID id = jobs.add(job("mail").user(user));

        String text = pages.text("export.ndjson");

        assertThat(text).endsWith("}\n").doesNotContain("\u0001");
        assertThat(objects(text)).singleElement().satisfies(row -> {
            assertThat(row.get("id").stringValue()).isEqualTo(id.toString());
            assertThat(row.get("user_id").stringValue()).isEqualTo(user);
            assertThat(row.get("progress").intValue()).isZero();
            assertThat(row.get("completed_at").isNull()).isTrue();
        });
    }

    @Test
    @DisplayName("It exports what the filter selects, in whatever page somebody is")
    void filtered() {
        UUID wanted = jobs.add(job("mail").user("u1"));
        jobs.add(job("mail").user("u2"));
        jobs.add(job("film").user("u1"));

        assertThat(objects(pages.text("export.ndjson?type=mail&user=u1&status=pending&before=" + wanted)))
                .singleElement()
                .satisfies(row -> assertThat(row.get("id").stringValue()).isEqualTo(wanted.toString()));
        assertThat(objects(pages.text("export.ndjson?id=" + wanted))).hasSize(1);
    }

    @Test
    @DisplayName("A value that cannot be read is refused, because the file would have more than was asked for")
    void badValue() {
        jobs.add("mail");

        DashboardResponse response = pages.get("export.csv?since=yesterday");

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.text()).contains("yesterday is not a time").doesNotContain("mail");
    }

    @ParameterizedTest
    @ValueSource(strings = {"export.csv", "export.ndjson", "export.ndjson?type=secret", "export.csv?project=p9"})
    @DisplayName("A viewer of one user gets no job of another, not even the id of a parent")
    void scoped(String address) {
        UUID parent = jobs.add(job("secret").user("u2").project("p9").unsealed());
        jobs.add(job("mail").user("u1").parent(parent));

        String text = pages.as(Access.view("me").onlyUser("u1")).text(address);

        assertThat(text).doesNotContain(parent.toString(), "secret", "u2", "p9");
        assertThat(pages.text("export.csv")).contains(parent + ",", ",mail,");
    }

    @Test
    @DisplayName("Who may not look gets no file")
    void noAccess() {
        jobs.add("mail");

        assertThat(pages.as(Access.none()).get("export.csv").status()).isEqualTo(403);
    }

    @Test
    @DisplayName("The redactor changes messages of errors")
    void redacted() {
        jobs.fail(job("mail"), JobException.permanent("bad", "the key is k12zz"));

        assertThat(pages.redacted(text -> text.replace("k12zz", "*")).text("export.csv"))
                .contains(",the key is *,")
                .doesNotContain("k12zz");
    }

    @Test
    @DisplayName(
            "Ten thousand jobs are complete; of more, the newest are exported and the last line says that there are more")
    void tooMany() {
        jobs.client.enqueueAll(
                IntStream.range(0, 10_000).mapToObj(i -> job("mail")).toList());
        List<JsonNode> complete = objects(pages.text("export.ndjson"));
        UUID newest = jobs.add("mail");

        List<JsonNode> cut = objects(pages.text("export.ndjson"));
        String csv = pages.text("export.csv?lang=zh");

        assertThat(complete).hasSize(10_000).noneMatch(row -> row.has("truncated"));
        assertThat(new HashSet<>(complete)).hasSize(10_000);
        assertThat(cut).hasSize(10_001);
        assertThat(cut.get(0).get("id").stringValue()).isEqualTo(newest.toString());
        assertThat(cut.get(10_000).get("truncated").booleanValue()).isTrue();
        assertThat(cut.get(10_000).get("rows").intValue()).isEqualTo(10_000);
        assertThat(csv.lines().reduce((one, last) -> last).orElseThrow())
                .startsWith("# ")
                .contains("10000")
                .doesNotContain(",", "\"");
    }

    @Test
    @DisplayName("No job gives a file with names only")
    void empty() {
        assertThat(pages.text("export.csv")).startsWith("id,type,").hasLineCount(1);
        assertThat(pages.text("export.ndjson")).isEmpty();
    }
}
