package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Arrays;

/**
 * A worker process. It reads commands as lines and answers with lines: {@code ready} after its start, {@code started},
 * {@code ran N} when the first job begins and whenever N has changed, {@code stopped} with the jobs that it has run, and
 * {@code enqueued} with the duration. It ends when its input ends. {@code worker.mjs} is the same for the contenders on Node.
 *
 * <p>It runs for all rounds of its contender, so that the measured code is compiled. Between rounds it has neither a worker
 * nor a connection. So it costs the other contenders nothing, and PostgreSQL's statistics of its connections are complete.
 */
public final class WorkerMain {
    /** How often the process reports the number of jobs that have run. */
    private static final long REPORT_MILLIS = 2;

    private final Contender contender;
    private final Load load;
    private final ParentProcess parent;

    private WorkerMain(Contender contender, Load load, ParentProcess parent) {
        this.contender = contender;
        this.load = load;
        this.parent = parent;
    }

    /** {@code args} are the name of the contender and its load; the database is in the environment. */
    public static void main(String[] args) throws Exception {
        ParentProcess parent = ParentProcess.listening();
        Load load = Load.parse(Arrays.asList(args).subList(1, args.length));
        new WorkerMain(Contenders.named(args[0]), load, parent).obey();
        // A library may have left a thread behind.
        System.exit(0);
    }

    private void obey() throws Exception {
        parent.ready();
        for (String order = parent.order(); order != null; order = parent.order()) {
            if (order.equals("start")) {
                round(Pools::open);
            } else if (order.equals("start-cold")) {
                round(Pools::opening);
            } else {
                enqueue(Integer.parseInt(order.substring("enqueue ".length())));
            }
        }
    }

    private void enqueue(int threads) throws Exception {
        try (HikariDataSource pool = Pools.open(ParentProcess.database(), Math.max(threads, Pools.FEW))) {
            parent.tell("enqueued " + new EnqueueRun(contender, load, threads).run(pool));
        }
    }

    /** Works until the next command. */
    private void round(Pools.Kind pools) throws Exception {
        Tally tally = new Tally(load.jobs(), load.length());
        try (HikariDataSource pool = pools.open(ParentProcess.database(), contender.connections(load))) {
            Thread reporter = new Thread(() -> report(tally), "reporter");
            reporter.setDaemon(true);
            try (AutoCloseable worker = contender.start(pool, load, tally)) {
                parent.tell("started");
                reporter.start();
                parent.order();
            }
            reporter.interrupt();
            reporter.join();
        }
        parent.tell("stopped " + tally.answer());
    }

    private void report(Tally tally) {
        long told = -1;
        try {
            while (true) {
                long total = tally.total();
                if (total != told && tally.hasBegun()) {
                    parent.tell("ran " + total);
                    told = total;
                }
                Thread.sleep(REPORT_MILLIS);
            }
        } catch (InterruptedException roundIsOver) {
            // The last line of the round has the final number.
        }
    }
}
