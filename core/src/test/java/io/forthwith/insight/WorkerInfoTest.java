package io.forthwith.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.insight.WorkerInfo.Serves;
import io.forthwith.store.ReadModelFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a worker says of itself. */
class WorkerInfoTest {
    private static final Serves ALL =
            ReadModelFactory.workerServes(List.of("default", "slow"), List.of("mail", "video"), false, 10);
    private static final Serves SOME =
            ReadModelFactory.workerServes(List.of("default", "slow"), List.of("mail", "video"), true, 10);

    @Test
    void takes_every_type_of_its_queues_unless_it_leaves_some_to_others() {
        assertThat(ALL.takes("slow", "mail")).isTrue();
        assertThat(ALL.takes("slow", "other")).isTrue();
        assertThat(ALL.takes("urgent", "mail")).isFalse();
        assertThat(SOME.takes("slow", "mail")).isTrue();
        assertThat(SOME.takes("slow", "other")).isFalse();
        assertThat(SOME.takes("urgent", "mail")).isFalse();
    }

    @Test
    void takes_undo_jobs_of_its_types_whatever_the_queue() {
        for (Serves each : List.of(ALL, SOME)) {
            assertThat(each.takes("undo:mail", "undo:mail")).isTrue();
            assertThat(each.takes("undo:other", "undo:other")).isFalse();
        }
    }

    @Test
    void keeps_names_up_to_the_limit_and_marks_what_it_cuts() {
        // 77 times 129 characters with a separator each are 9,933; the 65 that are left are for one more name and the
        // mark.
        List<String> whole =
                IntStream.range(0, 77).mapToObj("a%0127d"::formatted).toList();
        List<String> fitting = new ArrayList<>(whole);
        fitting.add("b".repeat(64));
        List<String> tooLong = new ArrayList<>(whole);
        tooLong.add("b".repeat(65));

        assertThat(ReadModelFactory.workerServes(fitting, List.of(), true, 1).queues())
                .isEqualTo(fitting);
        List<String> cut =
                ReadModelFactory.workerServes(tooLong, List.of(), true, 1).queues();
        assertThat(cut)
                .startsWith(whole.toArray(String[]::new))
                .endsWith(Serves.CUT)
                .hasSize(78);
        assertThat(ReadModelFactory.workerServes(cut, List.of(), true, 1).queues())
                .as("read again")
                .isEqualTo(cut);
    }

    @Test
    void may_take_any_job_where_names_were_cut() {
        List<String> many = Collections.nCopies(1_000, "n".repeat(100));
        assertThat(ReadModelFactory.workerServes(List.of("default"), List.of("a", Serves.CUT), true, 1)
                        .takes("default", "mail"))
                .as("types that a worker of an older version has cut")
                .isTrue();
        assertThat(ReadModelFactory.workerServes(many, List.of(), false, 1).takes("default", "mail"))
                .isTrue();
        assertThat(ReadModelFactory.workerServes(many, List.of("video"), true, 1)
                        .takes("default", "mail"))
                .isFalse();
    }

    @Test
    void keeps_all_types() {
        List<String> many =
                IntStream.range(0, 1_000).mapToObj("a%0127d"::formatted).toList();
        Serves serves = ReadModelFactory.workerServes(List.of("default"), many, true, 1);

        assertThat(serves.types()).isEqualTo(many);
        assertThat(serves.takes("default", "mail")).isFalse();
        assertThatThrownBy(() -> ReadModelFactory.workerServes(List.of(), List.of("a,b"), false, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("it has a comma");
    }

    @Test
    void refuses_names_that_would_be_two_when_they_are_read() {
        assertThatThrownBy(() -> ReadModelFactory.workerServes(List.of("a,b"), List.of(), false, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "\"a,b\" is not the name of a queue or type: it has a comma; give several names one by one");
    }

    @Test
    void refuses_a_negative_load() {
        assertThatThrownBy(() -> ReadModelFactory.workerLoad(-1, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A worker cannot hold -1 jobs: give 0 or more");
    }
}
