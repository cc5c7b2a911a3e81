package io.forthwith.dashboard.internal.html;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.dashboard.internal.html.FamilyGraph.Box;
import io.forthwith.dashboard.internal.html.FamilyGraph.Edge;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class FamilyGraphTest {
    private static final int WHOLE = 200;

    private static Box box(int parent, int before, boolean isFinisher) {
        return new Box("mail", "id", "pending", "○", "job?id=1", "<title>", parent, before, isFinisher, false);
    }

    private static List<Box> randomBoxes(Random random) {
        List<Box> boxes = new ArrayList<>(List.of(box(-1, 0, false)));
        int most = 1 + random.nextInt(WHOLE);
        int reach = 1 + random.nextInt(30);
        List<Integer> depths = new ArrayList<>(List.of(0));
        while (boxes.size() < most) {
            int parent = Math.max(0, boxes.size() - 1 - random.nextInt(reach));
            boolean isOutside = random.nextInt(12) == 0;
            if (isOutside || boxes.get(parent).before() > 0 || depths.get(parent) == 10) {
                boxes.add(box(-1, 1 + random.nextInt(4), false));
                depths.add(0);
            } else {
                boxes.add(box(parent, 0, random.nextInt(20) == 0));
                depths.add(depths.get(parent) + 1);
            }
        }
        return boxes;
    }

    private static List<Edge> randomEdges(Random random, int boxes) {
        List<Edge> edges = new ArrayList<>();
        for (int i = random.nextInt(100); i > 0; i--) {
            // Also rings, and edges to itself: plain SQL can write them.
            edges.add(new Edge(random.nextInt(boxes), random.nextInt(boxes)));
        }
        return edges;
    }

    @RepeatedTest(60)
    @DisplayName("No two boxes of a random family overlap, and all are within the picture")
    void noOverlap() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Box> boxes = randomBoxes(random);
        List<Edge> edges = randomEdges(random, boxes.size());

        FamilyLayout layout = new FamilyLayout(boxes, edges);

        for (int i = 0; i < boxes.size(); i++) {
            boolean isWithin = layout.x(i) >= 0
                    && layout.y(i) >= 0
                    && layout.x(i) + FamilyLayout.WIDTH <= layout.width()
                    && layout.y(i) + FamilyLayout.HEIGHT <= layout.height();
            assertThat(isWithin).as("box %d is within, seed %d", i, seed).isTrue();
            for (int j = 0; j < i; j++) {
                boolean overlap = Math.abs(layout.x(i) - layout.x(j)) < FamilyLayout.WIDTH
                        && Math.abs(layout.y(i) - layout.y(j)) < FamilyLayout.HEIGHT;
                assertThat(overlap)
                        .as("boxes %d and %d overlap, seed %d", j, i, seed)
                        .isFalse();
            }
        }
        assertThat(FamilyGraph.of(boxes, edges, "x").toString())
                .as("seed %d", seed)
                .contains("<svg");
    }

    @Test
    @DisplayName(
            "Children stand on the right of their parent, those that come after another on its right, the finisher last")
    void order() {
        List<Box> boxes =
                List.of(box(-1, 0, false), box(0, 0, false), box(0, 0, false), box(0, 0, true), box(-1, 1, false));
        FamilyLayout layout = new FamilyLayout(boxes, List.of(new Edge(1, 2), new Edge(4, 1)));

        assertThat(List.of(layout.x(4), layout.x(0), layout.x(1), layout.x(2), layout.x(3)))
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("A brother whose child comes before a child of another one stands above that one")
    void sourcesAbove() {
        List<Box> boxes =
                List.of(box(-1, 0, false), box(0, 0, false), box(0, 0, false), box(1, 0, false), box(2, 0, false));
        FamilyLayout layout = new FamilyLayout(boxes, List.of(new Edge(4, 3)));

        assertThat(layout.y(4)).isLessThan(layout.y(3));
        assertThat(layout.y(2)).isLessThan(layout.y(1));
    }

    @Test
    @DisplayName("A hundred children without children stand in a block of columns, with one line to it")
    void block() {
        List<Box> boxes = new ArrayList<>(List.of(box(-1, 0, false)));
        for (int i = 0; i < 100; i++) {
            boxes.add(box(0, 0, false));
        }
        FamilyLayout layout = new FamilyLayout(boxes, List.of());

        assertThat(layout.height()).isLessThan(25 * (FamilyLayout.HEIGHT + FamilyLayout.GAP));
        assertThat(FamilyGraph.of(boxes, List.of(), "x").toString().split("class=\"line\"", -1))
                .hasSize(2);
    }

    @Test
    @DisplayName(
            "A box is a link with sign, colour, name and title, all escaped; long names are cut, Chinese ones sooner")
    void boxes() {
        Box box = new Box("<b>" + "x".repeat(50), "id", "failed", "✕", "job?id=1&x=2", "\"<i>", -1, 0, false, true);

        String html = FamilyGraph.of(List.of(box), List.of(), "Family").toString();

        assertThat(html)
                .contains(
                        "<a class=\"box s-failed chosen\" href=\"job?id=1&amp;x=2\">",
                        "&quot;&lt;i&gt;",
                        ">✕<",
                        "…</text>")
                .doesNotContain("<b>", "<i>", "style=");
        assertThat(FamilyGraph.cut("渲染视频渲染视频渲染视频", 20))
                .hasSizeLessThanOrEqualTo(10)
                .endsWith("…");
        assertThat(FamilyGraph.cut("video_render", 20)).isEqualTo("video_render");
    }
}
