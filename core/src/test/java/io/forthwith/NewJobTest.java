package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class NewJobTest {
    private static final JobType<String> TYPE = JobType.of("shot_video_generation", String.class);

    @Test
    void makes_time_ordered_ids_of_version_7() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            UUID id = NewJob.of(TYPE, "x").id();
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
            ids.add(id.toString());
        }

        assertThat(ids).isSortedAccordingTo(Comparator.naturalOrder()).doesNotHaveDuplicates();
        long millis = UUID.fromString(ids.get(0)).getMostSignificantBits() >>> 16;
        assertThat(System.currentTimeMillis() - millis).isBetween(0L, 60_000L);
    }

    @Test
    void keeps_its_id_through_every_setting_and_is_itself_unchanged() {
        NewJob plain = NewJob.of(TYPE, "x");
        NewJob set = plain.user("u")
                .project("p")
                .queue("q")
                .priority(9)
                .delay(Duration.ofSeconds(1))
                .uniqueKey("k");

        assertThat(set.id()).isEqualTo(plain.id());
        assertThat(plain.userId()).isNull();
        assertThat(plain.queue()).isEqualTo("default");
        assertThat(plain.priority()).isEqualTo(5);
        assertThat(set.priority()).isEqualTo(9);
    }

    @Test
    void refuses_bad_input_at_once_naming_value_and_rule() {
        NewJob job = NewJob.of(TYPE, "x");

        assertThatThrownBy(() -> job.priority(42)).hasMessage("Priority 42 is out of range: 0 to 9, higher first");
        assertThatThrownBy(() -> job.delay(Duration.ofSeconds(-1))).hasMessageContaining("Delay PT-1S");
        assertThatThrownBy(() -> job.queue("no spaces")).hasMessageContaining("Queue \"no spaces\"");
        assertThatThrownBy(() -> job.queue("")).hasMessageContaining("1 to 128");
        assertThatThrownBy(() -> job.uniqueKey("line\nbreak"))
                .hasMessageContaining("Unique key \"line break\"")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> job.uniqueKey("x".repeat(129))).hasMessageContaining("1 to 128");
        assertThatThrownBy(() -> job.user("\0")).hasMessageContaining("User");
        assertThatThrownBy(() -> job.user("")).hasMessageContaining("1 to 255");
        assertThatThrownBy(() -> job.project("x".repeat(256))).hasMessageContaining("Project");
        assertThatThrownBy(() -> job.maxAttempts(0)).hasMessageContaining("Max attempts 0");
        assertThatThrownBy(() -> job.parent(job)).hasMessageContaining("its own parent");
        assertThatThrownBy(() -> JobType.of("-dash", String.class)).hasMessageContaining("Job type \"-dash\"");
        assertThatThrownBy(() -> NewJob.of(TYPE, null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void does_not_show_its_input() {
        assertThat(NewJob.of(TYPE, "secret").toString())
                .contains("shot_video_generation")
                .doesNotContain("secret");
    }
}
