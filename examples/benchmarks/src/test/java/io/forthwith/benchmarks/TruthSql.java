package io.forthwith.benchmarks;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How two databases write what fills a large table. Words in braces stand for what they write differently; a word may have other words in it. */
enum TruthSql {
    POSTGRESQL("postgresql") {
        @Override
        String word(String word, String rest) {
            return switch (word) {
                case "now" -> "now()";
                case "never" -> "timestamptz '9000-01-01 00:00:00+00'";
                case "series" -> "(SELECT g AS n FROM generate_series(" + rest.replace(" ", "::bigint, ") + ") AS g)";
                case "text" -> "(" + rest + ")::text";
                case "hex" -> "to_hex(" + rest + ")";
                case "id" -> "(" + rest + ")::uuid";
                case "millis" -> "(extract(epoch FROM " + rest + ") * 1000)::bigint";
                case "div" -> rest.replace(" ", " / ");
                case "plus" -> "+ (" + amount(rest) + ") * interval '1 " + unit(rest) + "'";
                default -> throw new IllegalArgumentException("No word \"" + word + "\"");
            };
        }

        @Override
        String time(Instant time) {
            return "timestamptz '" + time + "'";
        }

        @Override
        List<String> settle() {
            return List.of("VACUUM (ANALYZE)", "CHECKPOINT");
        }
    },

    MARIADB("mariadb") {
        @Override
        String word(String word, String rest) {
            return switch (word) {
                case "now" -> "UTC_TIMESTAMP(6)";
                case "never" -> "'9000-01-01 00:00:00'";
                case "series" -> "(SELECT seq AS n FROM seq_" + rest.replace(" ", "_to_") + ")";
                case "text" -> "CAST(" + rest + " AS CHAR)";
                case "hex" -> "LOWER(HEX(" + rest + "))";
                case "id" -> rest;
                case "millis" -> "CAST(UNIX_TIMESTAMP(" + rest + ") * 1000 AS UNSIGNED)";
                case "div" -> rest.replace(" ", " DIV ");
                case "plus" -> "+ INTERVAL (" + amount(rest) + ") " + unit(rest);
                default -> throw new IllegalArgumentException("No word \"" + word + "\"");
            };
        }

        @Override
        String time(Instant time) {
            return "'" + TIME.format(time) + "'";
        }

        @Override
        List<String> settle() {
            return List.of("ANALYZE TABLE job, job_failure, job_label, job_minute, job_depth, job_schedule");
        }
    };

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final Pattern WORD = Pattern.compile("\\{(\\w+)(?: ([^{}]*))?}");

    private final String label;

    TruthSql(String label) {
        this.label = label;
    }

    static TruthSql named(String label) {
        return POSTGRESQL.label.equals(label) ? POSTGRESQL : MARIADB;
    }

    abstract String word(String word, String rest);

    /** A time as a literal. */
    abstract String time(Instant time);

    /** Has the planner know the tables, and leaves the server nothing to tidy up while pages are timed. */
    abstract List<String> settle();

    /** A statement with its words replaced, the innermost first. */
    String write(String statement) {
        String sql = statement;
        Matcher matcher = WORD.matcher(sql);
        while (matcher.find()) {
            sql = matcher.replaceAll(this::written);
            matcher = WORD.matcher(sql);
        }
        return sql;
    }

    private String written(MatchResult word) {
        return Matcher.quoteReplacement(word(word.group(1), word.group(2) == null ? "" : word.group(2)));
    }

    private static String amount(String rest) {
        return rest.substring(0, rest.lastIndexOf(' '));
    }

    private static String unit(String rest) {
        return rest.substring(rest.lastIndexOf(' ') + 1);
    }
}
