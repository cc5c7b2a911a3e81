package io.forthwith.store.act;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.limit.LimitKey;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class QueryTextTest {
    private static final JobQuery FULL = JobQuery.all()
            .status(JobStatus.FAILED, JobStatus.CANCELLED)
            .type("a \"quoted\" type")
            .user("ada")
            .project("电影")
            .queue("q")
            .parent(new UUID(1, 2))
            .errorCode("http_503")
            .uniqueKey("k\\ey\n")
            .undos()
            .since(Instant.parse("2026-01-02T03:04:05.678901Z"))
            .until(Instant.parse("2026-01-03T03:04:05.678901Z"))
            .label("order", "47 = 11")
            .limitKey(new LimitKey("tenant", "acme:1"))
            .worker(new UUID(3, 4))
            .endedSince(Instant.parse("2026-01-02T04:00:00Z"))
            .endedUntil(Instant.parse("2026-01-02T05:00:00Z"));

    @Test
    void every_filter_of_a_query_comes_back() throws Exception {
        assertThat(QueryText.parse(QueryText.write(FULL))).isEqualTo(FULL);
        assertThat(QueryText.parse(QueryText.write(JobQuery.all()))).isEqualTo(JobQuery.all());
        JobQuery none = JobQuery.all();
        for (Method each : JobQuery.class.getDeclaredMethods()) {
            boolean isFilter = Modifier.isPublic(each.getModifiers())
                    && !Modifier.isStatic(each.getModifiers())
                    && each.getParameterCount() == 0
                    && each.getReturnType() != JobQuery.class
                    && !Set.of("before", "atMost", "hasAtMost", "hashCode", "toString")
                            .contains(each.getName());
            if (isFilter) {
                assertThat(each.invoke(FULL))
                        .as("the test sets every filter: %s", each.getName())
                        .isNotEqualTo(each.invoke(none));
            }
        }
    }

    @Test
    void a_page_is_refused_and_the_limit_left_out() {
        assertThat(QueryText.parse(QueryText.write(FULL.atMost(7)))).isEqualTo(FULL);
        assertThatThrownBy(() -> QueryText.write(FULL.before(new UUID(1, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("leave out before()");
    }

    @Test
    void what_a_later_version_has_written_is_not_read_as_something_wider() {
        for (String text : new String[] {
            "{\"asleep\":\"x\"}",
            "{\"labelName\":\"x\"}",
            "{\"type\":1}",
            "",
            "{\"since\":\"soon\"}",
            "{\"status\":\"asleep\"}",
            "{\"parent\":\"x\"}"
        }) {
            assertThatThrownBy(() -> QueryText.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void what_is_done_comes_back() {
        Instant time = Instant.parse("2026-01-02T03:04:05Z");
        for (Deed deed : new Deed[] {
            Deed.retry(),
            Deed.cancel(Locale.CHINESE),
            Deed.change(JobChange.of().runAt(time).priority(9).queue("q")),
            Deed.change(JobChange.of().delay(Duration.ofMinutes(90)))
        }) {
            assertThat(Deed.parse(
                            deed.kind().text(), deed.changeText(), deed.locale().toLanguageTag()))
                    .isEqualTo(deed);
        }
        assertThatThrownBy(() -> Deed.parse("explode", null, "en")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Deed.parse("change", "{\"colour\":\"red\"}", "en"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Deed.parse("change", "{\"runAt\":\"soon\"}", "en"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Deed.parse("change", "{\"priority\":\"10\"}", "en"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Deed.change(JobChange.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Deed(Deed.Kind.RETRY, JobChange.of().priority(1), Locale.ENGLISH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none to retry");
    }

    @Test
    void texts_of_people_are_made_safe() {
        Author author = new Author("a\nb\u0000", " ", "1\u202e2");
        assertThat(author.who()).isEqualTo("a b ");
        assertThat(author.reason()).isNull();
        assertThat(author.address()).isEqualTo("1 2");
    }

    @Test
    void ids_of_entries_grow_with_the_time_and_in_the_order_in_which_they_are_made() {
        Instant time = Instant.parse("2026-01-02T03:04:05.000001Z");
        UUID later = AuditEntry.idAt(time.plusNanos(1_000));
        UUID one = AuditEntry.idAt(time);
        UUID two = AuditEntry.idAt(time);
        assertThat(one.toString()).isLessThan(two.toString());
        assertThat(two.toString()).isLessThan(later.toString());
        assertThat(one.version()).isEqualTo(7);
        assertThat(one.variant()).isEqualTo(2);
    }
}
