package io.forthwith.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The process that started this one as its {@link ChildProcess}: sends commands, and gets answers. {@link #tell} is thread-safe. */
final class ParentProcess {
    private final BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final PrintStream ear;

    private ParentProcess(PrintStream ear) {
        this.ear = ear;
    }

    /** To be called once, before anything is printed. */
    static ParentProcess listening() {
        ParentProcess parent = new ParentProcess(System.out);
        // The parent must not take the output of a library for an answer.
        System.setOut(System.err);
        return parent;
    }

    /** Tells the parent that this process is ready, and its log level. */
    void ready() {
        tell("ready " + Logs.level());
    }

    /** Waits for the next command; null if there are no more. */
    @Nullable
    String order() throws IOException {
        return orders.readLine();
    }

    void tell(String line) {
        synchronized (ear) {
            ear.println(line);
            ear.flush();
        }
    }

    /** The database to measure. */
    static String database() {
        return System.getenv(ChildProcess.DATABASE_VARIABLE);
    }
}
