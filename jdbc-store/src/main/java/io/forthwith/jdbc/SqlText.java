package io.forthwith.jdbc;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fills the gaps in statement text: <code>{job}</code> and the other tables become quoted names, <code>{now}</code> and
 * the like the database's own words, <code>{index x}</code> and <code>{constraint x}</code> quoted names. Immutable.
 */
final class SqlText {
    private static final Pattern GAP = Pattern.compile("\\{(\\w+)(?: (\\w+))?}");

    private final TableNames tables;
    private final UnaryOperator<String> quote;
    private final boolean indexesNameTheirSchema;
    private final Map<String, String> words;
    private final UnaryOperator<String> sayings;

    /**
     * @param quote quotes an identifier as the database would have written it
     * @param words what the gaps other than names stand for
     */
    SqlText(TableNames tables, UnaryOperator<String> quote, boolean indexesNameTheirSchema, Map<String, String> words) {
        this(tables, quote, indexesNameTheirSchema, words, text -> text);
    }

    /** @param sayings says the whole of a statement as the database wants it said */
    SqlText(
            TableNames tables,
            UnaryOperator<String> quote,
            boolean indexesNameTheirSchema,
            Map<String, String> words,
            UnaryOperator<String> sayings) {
        this.tables = tables;
        this.quote = quote;
        this.indexesNameTheirSchema = indexesNameTheirSchema;
        this.words = words;
        this.sayings = sayings;
    }

    String of(String template) {
        return sayings.apply(
                GAP.matcher(template).replaceAll(gap -> Matcher.quoteReplacement(fill(gap.group(1), gap.group(2)))));
    }

    private String fill(String word, String name) {
        return switch (word) {
            case "job", "job_worker", "job_failure", "job_step", "job_predecessor", "job_schema" -> inSchema(word);
            case "old" -> inSchema(name);
            case "index" -> indexesNameTheirSchema ? inSchema(name) : prefixed(name);
            case "constraint" -> prefixed(name);
            default -> {
                String text = words.get(word);
                if (text == null) {
                    throw new IllegalArgumentException("Nothing to fill {" + word + "} with");
                }
                yield text;
            }
        };
    }

    private String inSchema(String name) {
        return tables.schema() == null ? prefixed(name) : quote.apply(tables.schema()) + "." + prefixed(name);
    }

    private String prefixed(String name) {
        return quote.apply(tables.tablePrefix() + name);
    }
}
