package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NewJobTest {
    private static final JobType<String> TYPE = JobType.of("shot_video_generation", String.class);

    @Test
    void makes_time_ordered_ids_of_version_7() {
        List<String> ids = new ArrayList<>();
        long before = System.currentTimeMillis();
        for (int i = 0; i < 10_000; i++) {
            UUID id = NewJob.of(TYPE, "x").id();
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
            ids.add(id.toString());
        }

        assertThat(ids).isSortedAccordingTo(Comparator.naturalOrder()).doesNotHaveDuplicates();
        long millis = UUID.fromString(ids.get(0)).getMostSignificantBits() >>> 16;
        assertThat(millis).isBetween(before, System.currentTimeMillis());
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

    @Test
    void a_unique_key_says_until_when_it_is_taken_and_what_happens_then() {
        UniqueKey key = UniqueKey.of("film-42");
        assertThat(key.scope()).isEqualTo(UniqueKey.Scope.UNTIL_ENDED);
        assertThat(key.ifTaken()).isEqualTo(UniqueKey.IfTaken.RETURN_EXISTING);
        assertThat(NewJob.of(TYPE, "x").uniqueKey("film-42").uniqueKey()).isEqualTo(key);

        UniqueKey debounced = key.debounce(Duration.ofMinutes(1)).untilStarted();
        assertThat(debounced.scope()).isEqualTo(UniqueKey.Scope.UNTIL_STARTED);
        assertThat(debounced.longestDelay()).isEqualTo(Duration.ofMinutes(1));
        assertThat(debounced.replacesInput()).isTrue();
        assertThat(debounced).isEqualTo(key.untilStarted().untilStarted().debounce(Duration.ofMinutes(1)));
        UniqueKey daily = key.forPeriod(Duration.ofNanos(86_400_000_999_999L));
        assertThat(daily.period()).isEqualTo(Duration.ofDays(1));
        assertThat(daily).hasToString("UniqueKey film-42 (PERIOD PT24H, RETURN_EXISTING)");
        UniqueKey again = key.runAgainAfter();
        assertThat(again.scope()).isEqualTo(UniqueKey.Scope.UNTIL_STARTED);
        assertThat(again.ifTaken()).isEqualTo(UniqueKey.IfTaken.REPLACE_INPUT);
        assertThat(again).isEqualTo(key.replaceInput().untilStarted().runAgainAfter());
        assertThat(key.debounce(Duration.ofMinutes(1)).runAgainAfter())
                .isEqualTo(again.debounce(Duration.ofMinutes(1)))
                .isNotEqualTo(again);
    }

    static Stream<Arguments> unique_keys_that_contradict_themselves() {
        UniqueKey key = UniqueKey.of("film-42");
        Duration day = Duration.ofDays(1);
        return Stream.of(
                Arguments.of(
                        (Supplier<UniqueKey>) () -> key.untilStarted().forPeriod(day), "UNTIL_STARTED", "PERIOD PT24H"),
                Arguments.of(
                        (Supplier<UniqueKey>) () -> key.forPeriod(day).untilStarted(), "PERIOD PT24H", "UNTIL_STARTED"),
                Arguments.of(
                        (Supplier<UniqueKey>) () -> key.forPeriod(day).forPeriod(day.dividedBy(2)),
                        "PERIOD PT24H",
                        "PERIOD PT12H"),
                Arguments.of((Supplier<UniqueKey>) () -> key.reject().replaceInput(), "REJECT", "REPLACE_INPUT"),
                Arguments.of(
                        (Supplier<UniqueKey>) () -> key.replaceInput().debounce(day),
                        "REPLACE_INPUT",
                        "DEBOUNCE PT24H"),
                Arguments.of((Supplier<UniqueKey>) () -> key.runAgainAfter().reject(), "runAgainAfter()", "REJECT"),
                Arguments.of((Supplier<UniqueKey>) () -> key.reject().runAgainAfter(), "runAgainAfter()", "REJECT"),
                Arguments.of(
                        (Supplier<UniqueKey>) () -> key.runAgainAfter().forPeriod(day),
                        "runAgainAfter()",
                        "PERIOD PT24H"));
    }

    @ParameterizedTest
    @MethodSource("unique_keys_that_contradict_themselves")
    void settings_of_a_unique_key_that_contradict_each_other_are_refused(
            Supplier<UniqueKey> key, String one, String other) {
        assertThatThrownBy(key::get)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Unique key film-42 cannot have both " + one + " and " + other + ": give one of them");
    }

    @Test
    void a_unique_key_is_checked() {
        assertThatThrownBy(() -> UniqueKey.of("")).isInstanceOf(IllegalArgumentException.class);
        UniqueKey key = UniqueKey.of("k");
        assertThatThrownBy(() -> key.forPeriod(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S")
                .hasMessageContaining("1 ms or more");
        assertThatThrownBy(() -> key.forPeriod(Duration.ofDays(40_000))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> key.debounce(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_deadline_is_checked() {
        NewJob job = NewJob.of(TYPE, "x");
        assertThat(job.expiresAfter()).isNull();
        assertThat(job.expiresAfter(Duration.ofNanos(1_999_999)).expiresAfter()).isEqualTo(Duration.ofMillis(1));
        assertThatThrownBy(() -> job.expiresAfter(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A job cannot expire after PT0S");
        assertThatThrownBy(() -> job.expiresAfter(Duration.ofDays(40_000)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_key_that_runs_again_is_a_sequence_as_long_as_the_job_has_it() {
        NewJob job = NewJob.of(JobType.of("sync"));
        NewJob again = job.uniqueKey(UniqueKey.of("k").runAgainAfter());
        assertThat(again.sequence()).isEqualTo(new SequencePlace("sync/k", 0, SequenceFailurePolicy.SKIP));
        assertThat(again.limits()).extracting(limit -> limit.key().text()).containsExactly("sequence:sync/k");
        assertThat(again.uniqueKey("other").sequence()).isNull();
        assertThat(again.uniqueKey("other").limits()).isEmpty();
        assertThatThrownBy(() -> again.sequence("film:42"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sync/k")
                .hasMessageContaining("film:42");
        NewJob inSequence = job.sequence("film:42");
        assertThatThrownBy(() -> inSequence.uniqueKey(UniqueKey.of("k").runAgainAfter()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("film:42");
        String longest = "k".repeat(128);
        assertThatThrownBy(() -> job.uniqueKey(UniqueKey.of(longest).runAgainAfter()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sync/k");
    }
}
