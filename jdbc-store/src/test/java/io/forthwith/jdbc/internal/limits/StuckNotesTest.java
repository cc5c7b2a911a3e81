package io.forthwith.jdbc.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.limit.LimitKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A note that others have locked")
class StuckNotesTest {
    private static final LimitKey KEY = new LimitKey("api", "acme");
    private static final UUID NOTE = note(1);

    private long now;
    private final StuckNotes notes = new StuckNotes(() -> now);

    private static UUID note(int number) {
        return new UUID(0, number);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    @DisplayName("is replaced when a second look, a while after the first, has not got it either")
    void replaced() {
        assertThat(notes.look(Map.of(NOTE, KEY))).isEmpty();
        pass(Duration.ofMillis(399));
        assertThat(notes.look(Map.of(NOTE, KEY))).isEmpty();
        pass(Duration.ofMillis(1));
        assertThat(notes.look(Map.of(NOTE, KEY))).containsExactly(KEY);
    }

    @Test
    @DisplayName("is replaced once in five seconds, and forgotten as soon as it is gone")
    void once() {
        notes.look(Map.of(NOTE, KEY));
        pass(Duration.ofMillis(400));
        notes.look(Map.of(NOTE, KEY));

        pass(Duration.ofMillis(4_999));
        assertThat(notes.look(Map.of(NOTE, KEY))).isEmpty();
        pass(Duration.ofMillis(1));
        assertThat(notes.look(Map.of(NOTE, KEY))).containsExactly(KEY);
        pass(Duration.ofSeconds(5));
        notes.look(Map.of());
        assertThat(notes.look(Map.of(NOTE, KEY))).isEmpty();
    }

    @Test
    @DisplayName("is looked for once in 400 ms")
    void pause() {
        assertThat(notes.isTimeToLook()).isTrue();
        pass(Duration.ofMillis(399));
        assertThat(notes.isTimeToLook()).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(notes.isTimeToLook()).isTrue();
    }

    @Test
    @DisplayName("lies before one that the claim has got, or the claim has got all that it could")
    void passed() {
        List<DueNotes.Due> first = IntStream.rangeClosed(1, 5)
                .mapToObj(number -> new DueNotes.Due(note(number), KEY, number == 5))
                .toList();

        assertThat(DueNotes.passed(first, Set.of(note(3)), false)).containsOnlyKeys(note(1), note(2));
        assertThat(DueNotes.passed(first, Set.of(note(3)), true)).containsOnlyKeys(note(1), note(2), note(4), note(5));
        assertThat(DueNotes.passed(first, Set.of(), false)).isEmpty();
    }
}
