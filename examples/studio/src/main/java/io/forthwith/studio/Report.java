package io.forthwith.studio;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.show.Console;
import io.forthwith.studio.show.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The report after all scenarios: the jobs, the files and the credits. */
final class Report {
    private static final List<String> COLUMNS =
            List.of("id", "type", "status", "progress", "error_message", "duration_seconds");

    private final Console console;
    private final Texts texts;

    Report(Console console, Texts texts) {
        this.console = console;
        this.texts = texts;
    }

    void jobs(List<List<String>> rows) {
        heading("all_jobs");
        Table table = new Table(COLUMNS, Set.of("progress", "duration_seconds"));
        rows.forEach(table::add);
        console.lines(table.lines());
    }

    void files(Path folder) throws IOException {
        heading("files");
        Path here = Path.of("").toAbsolutePath();
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder, 2)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().matches(".*\\.(png|gif|txt)"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            Path shown = file.startsWith(here) ? here.relativize(file) : file;
            console.line("  %7d KiB  %s".formatted(Files.size(file) / 1024, shown));
        }
    }

    /** Returns whether every account balances. */
    boolean credits(List<AccountStatement> accounts) {
        heading("ledger");
        List<String> columns = Stream.of("user", "opening", "charged", "refunded", "balance")
                .map(texts::say)
                .toList();
        Table table = new Table(columns, Set.copyOf(columns.subList(1, columns.size())));
        for (AccountStatement account : accounts) {
            table.add(List.of(
                    account.userId(),
                    Integer.toString(account.opening()),
                    Integer.toString(account.charged()),
                    Integer.toString(account.refunded()),
                    Integer.toString(account.balance())));
        }
        console.lines(table.lines());
        boolean balanced = accounts.stream().allMatch(AccountStatement::balances);
        console.line("  " + console.mark(balanced) + " " + texts.say("balances"));
        return balanced;
    }

    /** Prints the last line. Throws if a scenario or an account has failed its checks. */
    void conclusion(int wrong, int scenarios, boolean balanced, double seconds) {
        console.line("");
        if (wrong > 0 || !balanced) {
            String verdict = balanced ? texts.say("not_right", wrong, scenarios) : texts.say("unbalanced");
            console.line(console.mark(false) + " " + console.bold(verdict));
            throw new IllegalStateException(verdict);
        }
        console.line(
                console.mark(true) + " " + console.bold(texts.say("all_right", scenarios, "%.1f".formatted(seconds))));
    }

    private void heading(String key) {
        console.line("");
        console.line(console.bold(texts.say(key)));
    }
}
