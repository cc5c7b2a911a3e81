package io.forthwith.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The process that started this one as its {@link ChildProcess}: gives orders, and is told things. {@link #tell} is thread-safe. */
final class ParentProcess {
    private final BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final PrintStream ear;

    private ParentProcess(PrintStream ear) {
        this.ear = ear;
    }

    /** To be called once, before anything is printed. */
    static ParentProcess listening() {
        ParentProcess parent = new ParentProcess(System.out);
        // Whatever a library prints must not be taken for an answer.
        System.setOut(System.err);
        return parent;
    }

    /** Tells it that this process is there, and at which level it logs. */
    void ready() {
        tell("ready " + Logs.level());
    }

    /** Waits for the next order; null once there will be none. */
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

    /** The database that it wants to have measured. */
    static String database() {
        return System.getenv(ChildProcess.DATABASE_VARIABLE);
    }
}
