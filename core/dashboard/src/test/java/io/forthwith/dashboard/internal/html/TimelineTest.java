package io.forthwith.dashboard.internal.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.forthwith.dashboard.internal.html.Timeline.Kind;
import io.forthwith.dashboard.internal.html.Timeline.Piece;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TimelineTest {
    private static final Instant AT = Instant.parse("2025-01-01T00:00:00Z");

    private static List<Piece> pieces(Duration... lengths) {
        List<Piece> pieces = new ArrayList<>();
        Arrays.stream(lengths)
                .forEach(length -> pieces.add(new Piece(Kind.RUN, "failed", "✕", AT, AT.plus(length), "<b>")));
        return pieces;
    }

    private static double sum(List<Double> widths) {
        return widths.stream().mapToDouble(Double::doubleValue).sum();
    }

    @Test
    @DisplayName("Lengths that are not far apart are drawn to scale")
    void toScale() {
        List<Piece> pieces = pieces(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(4));

        assertThat(Timeline.isToScale(pieces)).isTrue();
        assertThat(Timeline.widths(pieces)).containsExactly(12.5, 37.5, 50.0);
    }

    @Test
    @DisplayName(
            "A gap of days between runs of milliseconds is thirty times as wide as they, and longer is still wider")
    void notToScale() {
        List<Piece> pieces = pieces(Duration.ofMillis(5), Duration.ofDays(3), Duration.ofHours(1));

        List<Double> widths = Timeline.widths(pieces);

        assertThat(Timeline.isToScale(pieces)).isFalse();
        assertThat(sum(widths)).isCloseTo(100, within(1e-6));
        assertThat(widths.get(1) / widths.get(0)).isCloseTo(Timeline.MOST_TIMES, within(1e-6));
        assertThat(widths.get(2)).isGreaterThan(widths.get(0)).isLessThan(widths.get(1));
    }

    @Test
    @DisplayName("Pieces of no length, of less than none, and of all time can be drawn")
    void extremes() {
        List<Piece> pieces = pieces(Duration.ZERO, Duration.ofSeconds(-5));
        pieces.add(new Piece(Kind.GAP, "pending", "", Instant.MIN, Instant.MAX, ""));

        assertThat(Timeline.widths(pieces)).allMatch(width -> width > 0 && width < 100);
        assertThat(Timeline.of(pieces, "x").toString()).doesNotContain("NaN", "Infinity", "=\"-");
        assertThat(Timeline.of(List.of(), "x").toString()).contains("<svg");
    }

    @Test
    @DisplayName("A wait is hatched, a run solid, a gap dotted; each says what it is, and texts are escaped")
    void kinds() {
        List<Piece> pieces = new ArrayList<>(pieces(Duration.ofSeconds(1)));
        pieces.add(new Piece(Kind.WAIT, "pending", "○", AT, AT.plusSeconds(1), "waits"));
        pieces.add(new Piece(Kind.GAP, "parked", "", AT, AT.plusSeconds(1), "gap"));

        String html = Timeline.of(pieces, "What happened").toString();

        assertThat(html)
                .contains(
                        "class=\"t-run s-failed\"", "class=\"bar\"", "url(#hatching)", "stroke-dasharray", ">✕</text>")
                .contains("<title>&lt;b&gt;</title>", "aria-label=\"What happened\"")
                .doesNotContain("style=");
    }
}
