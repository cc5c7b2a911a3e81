package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A worker process. It obeys the lines it reads and answers with lines: {@code ready} when it is there, {@code
 * started}, {@code ran N} when the first job begins and whenever N has changed, {@code stopped} with the jobs it has
 * run, and {@code enqueued} with the time it took. It ends when its input does.
 *
 * <p>It lives through all rounds of its contender, so that what is measured is compiled code. Between rounds it has
 * neither a worker nor a connection: it costs the other contenders nothing, and PostgreSQL's statistics of its
 * connections are complete.
 */
public final class WorkerMain {
    /** How often the parent is told how many have run. */
    private static final long REPORT_MILLIS = 2;

    private final Contender contender;
    private final Load load;
    private final PrintStream parent;

    private WorkerMain(Contender contender, Load load, PrintStream parent) {
        this.contender = contender;
        this.load = load;
        this.parent = parent;
    }

    /** {@code args} are the name of the contender and its load; the database is in the environment. */
    public static void main(String[] args) throws Exception {
        PrintStream parent = System.out;
        // Whatever a library prints must not be taken for an answer.
        System.setOut(System.err);
        Load load = Load.parse(Arrays.asList(args).subList(1, args.length));
        new WorkerMain(Contenders.named(args[0]), load, parent).obey();
        // A library may have left a thread behind.
        System.exit(0);
    }

    private void obey() throws Exception {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        tell("ready " + Logs.levels());
        String order = orders.readLine();
        while (order != null) {
            if (order.equals("start")) {
                round(orders);
            } else {
                enqueue(Integer.parseInt(order.substring("enqueue ".length())));
            }
            order = orders.readLine();
        }
    }

    private void enqueue(int threads) throws Exception {
        try (HikariDataSource pool = Pools.open(database(), Math.max(threads, Pools.FEW))) {
            tell("enqueued " + new EnqueueRun(contender, load, threads).run(pool));
        }
    }

    private static String database() {
        return System.getenv(ChildProcess.DATABASE_VARIABLE);
    }

    /** Works until it is told anything. */
    private void round(BufferedReader orders) throws Exception {
        Tally tally = new Tally(load.jobs(), load.length());
        try (HikariDataSource pool = Pools.open(database(), contender.connections(load))) {
            Thread reporter = new Thread(() -> report(tally), "reporter");
            reporter.setDaemon(true);
            try (AutoCloseable worker = contender.start(pool, load, tally)) {
                tell("started");
                reporter.start();
                orders.readLine();
            }
            reporter.interrupt();
            reporter.join();
        }
        tell("stopped " + tally.answer());
    }

    private void report(Tally tally) {
        long told = -1;
        try {
            while (true) {
                long total = tally.total();
                if (total != told && tally.hasBegun()) {
                    tell("ran " + total);
                    told = total;
                }
                Thread.sleep(REPORT_MILLIS);
            }
        } catch (InterruptedException roundIsOver) {
            // What it has not told yet is in the last line of the round.
        }
    }

    private void tell(String line) {
        synchronized (parent) {
            parent.println(line);
            parent.flush();
        }
    }
}
