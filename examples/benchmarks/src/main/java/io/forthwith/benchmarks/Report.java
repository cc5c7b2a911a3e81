package io.forthwith.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The report of a run: text and tables for people, raw figures for programs. To be used by one thread. */
final class Report {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final String workload;
    private final PrintStream out;
    private final Map<String, Object> raw = new LinkedHashMap<>();

    Report(String workload, PrintStream out) {
        this.workload = workload;
        this.out = out;
        raw.put("workload", workload);
    }

    PrintStream out() {
        return out;
    }

    /** Keeps a figure, a record of figures, or a list of either for {@link #write}. */
    void raw(String name, Object figures) {
        raw.put(name, figures);
    }

    /** Prints a fact, and keeps it. */
    void fact(String name, String words) {
        out.println(name + ": " + words);
        raw.put(name, words);
    }

    /** Prints a row of a table with two columns. */
    void figure(String what, double value) {
        out.printf(Locale.ROOT, "| %s | %,.0f |%n", what, value);
        raw.put(what, value);
    }

    /** Prints a table of durations in milliseconds. */
    void millis(String what, List<Double> millis) {
        out.println("| " + what + " | ms |");
        out.println("| --- | --- |");
        out.printf(Locale.ROOT, "| median of %d | %.2f |%n", millis.size(), Figures.quantile(millis, 0.5));
        out.printf(Locale.ROOT, "| p99 | %.2f |%n", Figures.quantile(millis, 0.99));
        out.printf(Locale.ROOT, "| worst | %.2f |%n", Figures.quantile(millis, 1));
        raw.put(what, millis);
    }

    /** Writes the kept figures as JSON, to a file named after the workload. */
    Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(workload + ".json");
        Files.writeString(file, JSON.writeValueAsString(raw));
        return file;
    }
}
