package io.forthwith.jdbc.internal.sql;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fills the placeholders of statement text. Refuses text with a placeholder that is unknown or misplaced. Immutable
 * and thread-safe.
 *
 * <ul>
 *   <li><code>{job}</code> and the other tables become quoted names; so do <code>{index x}</code> and
 *       <code>{constraint x}</code>.
 *   <li>Every other placeholder stands for a phrase of the database, such as <code>{now}</code>, or
 *       <code>{among x}</code> with the name of a column. A phrase may have placeholders itself;
 *       <code>{column}</code> in it is the given name.
 *   <li>A placeholder that stands for nothing takes the white space before it with it.
 * </ul>
 *
 * <p>These placeholders have a fixed position: <code>{in}</code>, for a list of values, after the name of a column and a
 * space; <code>{for_update}</code> and <code>{for_update_skip_locked}</code> at the end of a query;
 * <code>{latest}</code> at the end of a query, and at the end of each query of a <code>{union}</code>.
 */
public final class StatementTemplates {
    /** The comparison with a list of values, which {@link Binder} binds. */
    static final String IN = "in";
    /** Locks the rows that are read. */
    static final String FOR_UPDATE = "for_update";
    /** Locks the rows that are read, without those that other transactions have locked. */
    static final String FOR_UPDATE_SKIP_LOCKED = "for_update_skip_locked";
    /** Makes a query read the latest committed rows, in a session that asks for it; see {@link Session#latest}. */
    public static final String LATEST = "latest";
    /** Between two queries. */
    static final String UNION = "union";

    private static final Pattern LIST_AS_IS = Pattern.compile("=\\s*ANY\\s*\\(\\s*\\?");
    private static final Pattern LOCK_AS_IS = Pattern.compile("\\bFOR UPDATE\\b");
    private static final Pattern BETWEEN_QUERIES = Pattern.compile("\\s+\\{union}\\s+(?=SELECT\\b)");
    private static final Pattern UNION_NEXT = Pattern.compile("\\s+\\{union}");
    private static final String COLUMN = "{column}";

    /** The phrases for databases that have none of their own. */
    private static final Map<String, String> STANDARD = Map.ofEntries(
            Map.entry(IN, "= ANY(?)"),
            // The bounds are in the text as well: where one job has nearly all rows, the planner expects as many rows
            // of every id, and would read the whole table.
            Map.entry("among", "{column} {in} AND {column} >= ? AND {column} <= ?"),
            Map.entry(FOR_UPDATE, "FOR UPDATE"),
            Map.entry(FOR_UPDATE_SKIP_LOCKED, "FOR UPDATE SKIP LOCKED"),
            Map.entry(LATEST, ""),
            Map.entry(UNION, "UNION"),
            // The column, where it only filters: another column of the condition is to choose the index.
            Map.entry("filter", "{column}"),
            // What a label replaces that a job with the same id has left.
            Map.entry("by_name", ""),
            Map.entry("instead_value", ""),
            // Greater than the parameter, a text.
            Map.entry("above", "> ?"),
            // Not null, a time, in a condition that also has an upper bound.
            Map.entry("has_time", "{column} IS NOT NULL"),
            Map.entry("has_expiry", "{open_expiry} IS NOT NULL"),
            // The children c of the jobs of the next list, for statements that read all of them; and their finishers.
            Map.entry("all_children", "{children}"),
            Map.entry("finishers", "{job} c WHERE c.parent_id {in} AND c.position = 0"),
            // The jobs of the types of the next list whose column, named by a placeholder, is in the list after it.
            Map.entry("job_by_key", "{job} WHERE type {in} AND {{column}} {in}"));

    private final TableNames tables;
    private final UnaryOperator<String> quote;
    private final boolean indexesNameTheirSchema;
    private final Map<String, String> words;

    /**
     * Text for one database.
     *
     * @param quote quotes an identifier as the database would have written it
     * @param words what the placeholders other than names stand for
     */
    public StatementTemplates(
            TableNames tables, UnaryOperator<String> quote, boolean indexesNameTheirSchema, Map<String, String> words) {
        this.tables = tables;
        this.quote = quote;
        this.indexesNameTheirSchema = indexesNameTheirSchema;
        this.words = words;
    }

    /**
     * Fills the placeholders of a template.
     *
     * @throws IllegalArgumentException if a placeholder is unknown or misplaced
     */
    public String of(String template) {
        // Mostly by hand, since a store fills some hundred templates while it starts, when regular expressions are
        // slow.
        requireNoneAsIs(template, IN, "ANY", LIST_AS_IS);
        requireNoneAsIs(template, FOR_UPDATE, "FOR UPDATE", LOCK_AS_IS);
        StringBuilder text = new StringBuilder(2 * template.length());
        int from = 0;
        for (int open = nextOpen(template, from); open >= 0; open = nextOpen(template, from)) {
            Placeholder placeholder = Placeholder.at(template, open);
            requirePlace(template, placeholder);
            String meaning = meaning(placeholder.word, placeholder.name);
            text.append(template, from, meaning.isEmpty() ? beforeSpace(template, from, open) : open)
                    .append(meaning);
            from = placeholder.end;
        }
        return text.append(template, from, template.length()).toString();
    }

    /** Where the next placeholder opens; below zero if none does. An empty pair of braces is no placeholder. */
    private static int nextOpen(String template, int from) {
        int open = template.indexOf('{', from);
        while (open >= 0 && template.startsWith("{}", open)) {
            open = template.indexOf('{', open + 2);
        }
        for (int close = template.indexOf('}', from);
                close >= 0 && (open < 0 || close < open);
                close = template.indexOf('}', close + 1)) {
            if (close == from || template.charAt(close - 1) != '{') {
                throw strayBrace(template);
            }
        }
        return open;
    }

    private static IllegalArgumentException strayBrace(String template) {
        return new IllegalArgumentException("A brace that belongs to no placeholder in: " + template);
    }

    /** The end of the text before this position, without white space. */
    private static int beforeSpace(String template, int from, int end) {
        int last = end;
        while (last > from && Character.isWhitespace(template.charAt(last - 1))) {
            last--;
        }
        return last;
    }

    /** The start of the text from this position on, without white space. */
    private static int afterSpace(String template, int from) {
        int first = from;
        while (first < template.length() && Character.isWhitespace(template.charAt(first))) {
            first++;
        }
        return first;
    }

    private static boolean isBlank(String template, int from) {
        return afterSpace(template, from) == template.length();
    }

    /**
     * A placeholder in a template.
     *
     * @param name the name in it, if it has one
     * @param start where it opens
     * @param end the position after it
     */
    private record Placeholder(String word, @Nullable String name, int start, int end) {
        static Placeholder at(String template, int open) {
            int close = template.indexOf('}', open);
            if (close < 0) {
                throw strayBrace(template);
            }
            int space = template.indexOf(' ', open);
            boolean hasName = space >= 0 && space < close;
            String word = template.substring(open + 1, hasName ? space : close);
            String name = hasName ? template.substring(space + 1, close) : null;
            if (!isWord(word) || !isLower(word.charAt(0)) || (name != null && !isName(name))) {
                throw strayBrace(template);
            }
            return new Placeholder(word, name, open, close + 1);
        }

        /** A column may have the name of its table before it. */
        private static boolean isName(String text) {
            int dot = text.indexOf('.');
            return dot < 0 ? isWord(text) : isWord(text.substring(0, dot)) && isWord(text.substring(dot + 1));
        }

        private static boolean isWord(String text) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (!isLower(c) && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_') {
                    return false;
                }
            }
            return !text.isEmpty();
        }

        private static boolean isLower(char c) {
            return c >= 'a' && c <= 'z';
        }
    }

    /**
     * Refuses text that has the standard phrase instead of the placeholder, where the database needs another one.
     *
     * @param part what every such text contains
     */
    private void requireNoneAsIs(String template, String word, String part, Pattern asIs) {
        if (template.contains(part)
                && !Objects.equals(standing(word), STANDARD.get(word))
                && asIs.matcher(template).find()) {
            throw new IllegalArgumentException("Without {" + word + "}: " + template);
        }
    }

    private @Nullable String standing(String word) {
        String own = words.get(word);
        return own == null ? STANDARD.get(word) : own;
    }

    /** The queries of a template that <code>{union}</code> separates. */
    public static List<String> queries(String template) {
        return BETWEEN_QUERIES.splitAsStream(template).toList();
    }

    private static void requirePlace(String template, Placeholder placeholder) {
        int start = placeholder.start;
        boolean isInPlace = switch (placeholder.word) {
            case IN -> start > 1 && template.charAt(start - 1) == ' ' && isName(template.charAt(start - 2));
            case FOR_UPDATE, FOR_UPDATE_SKIP_LOCKED -> isBlank(template, placeholder.end);
            case LATEST ->
                template.startsWith("SELECT")
                        && (isBlank(template, placeholder.end)
                                || UNION_NEXT
                                        .matcher(template)
                                        .region(placeholder.end, template.length())
                                        .lookingAt());
            case UNION ->
                template.startsWith("SELECT") && template.startsWith("SELECT", afterSpace(template, placeholder.end));
            default -> true;
        };
        if (!isInPlace) {
            throw new IllegalArgumentException("{" + placeholder.word + "} is misplaced in: " + template);
        }
    }

    private static boolean isName(char last) {
        return Character.isLowerCase(last) || Character.isDigit(last) || last == '_' || last == '}';
    }

    private String meaning(String word, @Nullable String name) {
        return switch (word) {
            case "old" -> inSchema(required(word, name));
            case "index" -> indexesNameTheirSchema ? inSchema(required(word, name)) : prefixed(required(word, name));
            case "constraint" -> prefixed(required(word, name));
            default -> TableNames.ALL.contains(word) && name == null ? inSchema(word) : phrase(word, name);
        };
    }

    private String phrase(String word, @Nullable String column) {
        String phrase = standing(word);
        if (phrase == null) {
            throw new IllegalArgumentException("Nothing to fill {" + word + "} with");
        }
        if (phrase.contains(COLUMN)) {
            phrase = phrase.replace(COLUMN, required(word, column));
        } else if (column != null) {
            throw new IllegalArgumentException("{" + word + " " + column + "}: {" + word + "} takes no name");
        }
        return hasPlaceholder(phrase) ? of(phrase) : phrase;
    }

    /** A phrase may have other braces, for example in a regular expression. */
    private static boolean hasPlaceholder(String phrase) {
        for (int open = phrase.indexOf('{'); open >= 0; open = phrase.indexOf('{', open + 1)) {
            if (open + 1 < phrase.length() && Placeholder.isLower(phrase.charAt(open + 1))) {
                return true;
            }
        }
        return false;
    }

    private static String required(String word, @Nullable String name) {
        if (name == null) {
            throw new IllegalArgumentException("{" + word + "} without a name");
        }
        return name;
    }

    private String inSchema(String name) {
        return tables.schema() == null ? prefixed(name) : quote.apply(tables.schema()) + "." + prefixed(name);
    }

    private String prefixed(String name) {
        return quote.apply(tables.tablePrefix() + name);
    }
}
