package io.forthwith.benchmarks;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** What a reader sees of a page. What was checked is taken off it, so that at the end nothing with a number is left. Not thread-safe. */
final class ShownPage {
    private final Document page;
    private final Element main;

    ShownPage(String html) {
        page = Jsoup.parse(html);
        main = first(page, "#main");
    }

    private static Element first(Element inside, String query) {
        Element found = inside.selectFirst(query);
        if (found == null) {
            throw new AssertionError("Nothing is shown at " + query + " of " + inside.text());
        }
        return found;
    }

    /** The time of which the page tells. */
    Instant at() {
        String[] words = first(page, "#asof").text().split(" ", -1);
        return Instant.parse(words[words.length - 3] + "T" + words[words.length - 2] + "Z");
    }

    /** The text of an element, which is taken off. */
    String take(String query) {
        Element found = first(main, query);
        String text = found.text();
        found.remove();
        return text;
    }

    boolean has(String query) {
        return !main.select(query).isEmpty();
    }

    /** The texts of elements, which are taken off. */
    List<String> takeAll(String query) {
        List<String> texts = new ArrayList<>();
        for (Element each : main.select(query)) {
            texts.add(each.text());
            each.remove();
        }
        return texts;
    }

    /**
     * The rows of a table, by the text of their first cell without notes; each with its cells by the heading of their column. A cell that draws has the text for those who do not
     * see it. The table is taken off.
     */
    Map<String, Map<String, String>> table(String query) {
        Element table = first(main, query);
        List<String> headings = table.select("thead th").eachText();
        Map<String, Map<String, String>> rows = new LinkedHashMap<>();
        Map<String, String> before = new LinkedHashMap<>();
        for (Element row : table.select("tbody tr")) {
            if (isMessage(row, before)) {
                continue;
            }
            Map<String, String> cells = new LinkedHashMap<>();
            for (int i = 0; i < row.children().size(); i++) {
                cells.put(headings.get(i), text(row.child(i)));
            }
            String name = cells.values().iterator().next();
            if (rows.put(name, cells) != null) {
                throw new AssertionError("Two rows of " + name);
            }
            before = cells;
        }
        table.remove();
        return rows;
    }

    /** The rows of a table whose first cells are alike, each with its cells by the heading of their column. The table is taken off. */
    List<Map<String, String>> rows(String query) {
        Element table = first(main, query);
        List<String> headings = table.select("> thead th").eachText();
        List<Map<String, String>> rows = new ArrayList<>();
        for (Element row : table.select("> tbody > tr")) {
            if (isMessage(row, rows.isEmpty() ? Map.of() : rows.get(rows.size() - 1))) {
                continue;
            }
            Map<String, String> cells = new LinkedHashMap<>();
            for (int i = 0; i < row.children().size(); i++) {
                cells.put(headings.get(i), row.child(i).text());
            }
            rows.add(cells);
        }
        table.remove();
        return rows;
    }

    /** Whether a row is the message that stands below the one before, which gets it. */
    private static boolean isMessage(Element row, Map<String, String> before) {
        if (!row.hasClass("line")) {
            return false;
        }
        before.put("Message", row.text());
        return true;
    }

    /** The ids of the jobs that a part of the page links, in its order. */
    List<UUID> jobs(String query) {
        return main.select(query + " a.id").stream()
                .map(link -> UUID.fromString(link.attr("title")))
                .toList();
    }

    private static String text(Element cell) {
        Element drawing = cell.selectFirst("svg[aria-label]");
        if (drawing != null) {
            return drawing.attr("aria-label");
        }
        Element name = cell.selectFirst("bdi");
        return cell.tagName().equals("th") && name != null ? name.text() : cell.text();
    }

    /** What is left and has a number in it. */
    List<String> rest() {
        List<String> rest = new ArrayList<>();
        for (Element each : main.getAllElements()) {
            if (each.ownText().chars().anyMatch(Character::isDigit)) {
                rest.add(each.ownText());
            }
        }
        return rest;
    }
}
