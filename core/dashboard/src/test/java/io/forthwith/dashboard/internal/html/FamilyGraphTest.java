package io.forthwith.dashboard.internal.html;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.dashboard.internal.html.FamilyGraph.Box;
import io.forthwith.dashboard.internal.html.FamilyGraph.Edge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** A family in which each job of three levels has a child that has children, two that have none, and a finisher. */
    private static List<Box> withFinishers() {
        List<Box> boxes = new ArrayList<>(List.of(box(-1, 0, false)));
        for (int level = 0, parent = 0; level < 3; level++) {
            int next = boxes.size() + level % 2;
            for (int child = 0; child < 3; child++) {
                boxes.add(box(parent, 0, false));
            }
            boxes.add(box(parent, 0, true));
            parent = next;
        }
        return boxes;
    }

    @Test
    @DisplayName("Lines to the finishers of a family of three levels cross no box")
    void finishersOfThreeLevels() {
        crossNothing(withFinishers(), "three levels");
    }

    @RepeatedTest(30)
    @DisplayName("Lines to the finishers of a random family cross no box")
    void finishersCrossNothing() {
        long seed = new Random().nextLong();
        crossNothing(randomBoxes(new Random(seed)), "seed " + seed);
    }

    private static void crossNothing(List<Box> boxes, String which) {
        FamilyLayout layout = new FamilyLayout(boxes, List.of());
        Matcher line = Pattern.compile("<path class=\"line after\"[^>]* d=\"([^\"]+)\"")
                .matcher(FamilyGraph.of(boxes, List.of(), "x").toString());
        while (line.find()) {
            for (double[] point : points(line.group(1))) {
                assertThat(point[0]).as(which).isBetween(0.0, (double) layout.width());
                assertThat(point[1]).as(which).isBetween(0.0, (double) layout.height());
                for (int i = 0; i < boxes.size(); i++) {
                    boolean isInside = point[0] > layout.x(i)
                            && point[0] < layout.x(i) + FamilyLayout.WIDTH
                            && point[1] > layout.y(i)
                            && point[1] < layout.y(i) + FamilyLayout.HEIGHT;
                    assertThat(isInside)
                            .as("%s crosses box %d, %s", line.group(1), i, which)
                            .isFalse();
                }
            }
        }
    }

    /** Points of a path of the commands M, H, V and C. */
    private static List<double[]> points(String path) {
        List<double[]> points = new ArrayList<>();
        double[] at = {0, 0};
        Matcher command = Pattern.compile("([MHVC])([-\\d ]+)").matcher(path);
        while (command.find()) {
            double[] n = Arrays.stream(command.group(2).trim().split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            double[] to = switch (command.group(1)) {
                case "H" -> new double[] {n[0], at[1]};
                case "V" -> new double[] {at[0], n[0]};
                default -> new double[] {n[n.length - 2], n[n.length - 1]};
            };
            double[] one = command.group(1).equals("C") ? n : new double[] {at[0], at[1], to[0], to[1]};
            for (int i = command.group(1).equals("M") ? 100 : 0; i <= 100; i++) {
                double t = i / 100.0;
                points.add(
                        new double[] {curve(at[0], one[0], one[2], to[0], t), curve(at[1], one[1], one[3], to[1], t)});
            }
            at = to;
        }
        return points;
    }

    private static double curve(double from, double one, double two, double to, double t) {
        double u = 1 - t;
        return u * u * u * from + 3 * u * u * t * one + 3 * u * t * t * two + t * t * t * to;
    }
}
