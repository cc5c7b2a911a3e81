package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A process with the worker of a {@link Responder}. It reads commands as lines and answers each with a line. It also prints a line when a job
 * begins. It ends when its input ends.
 */
public final class ResponderMain {
    private static final int CONNECTIONS = Responder.CONCURRENCY + 4;

    private final Responder responder;
    private final Behaviour behaviour;
    private final ParentProcess parent;
    private final BlockingQueue<Began> began = new LinkedBlockingQueue<>();
    private final StatementCount statements = new StatementCount();
    private @Nullable HikariDataSource pool;
    private Responder.@Nullable Host worker;
    /** Whether this process itself waits for the jobs, so that it does not report them to the parent. */
    private volatile boolean waitsItself;

    private ResponderMain(Responder responder, Behaviour behaviour, ParentProcess parent) {
        this.responder = responder;
        this.behaviour = behaviour;
        this.parent = parent;
    }

    /** {@code args} are the name of the responder and the behaviour of its jobs; the database is in the environment. */
    public static void main(String[] args) throws Exception {
        ParentProcess parent = ParentProcess.listening();
        Behaviour behaviour = Behaviour.valueOf(args[1]);
        if (behaviour.logLevel().equals(Logs.NONE)) {
            Logs.off();
        }
        new ResponderMain(Responders.named(args[0]), behaviour, parent).obey();
        // A library may have left a thread behind.
        System.exit(0);
    }

    private void obey() throws Exception {
        parent.ready();
        for (String order = parent.order(); order != null; order = parent.order()) {
            parent.tell(answer(List.of(order.split(" ", -1))));
        }
    }

    private String answer(List<String> order) throws Exception {
        return switch (order.get(0)) {
            case "clock" -> "clock " + System.nanoTime();
            case "start" -> start(false);
            case "start-counting" -> start(true);
            case "statements" -> "statements " + statements.soFar();
            case "pickups" ->
                pickups(Integer.parseInt(order.get(1)), Duration.parse(order.get(2)), Long.parseLong(order.get(3)));
            case "stop" -> stop();
            default -> throw new IllegalArgumentException("Unknown order " + order);
        };
    }

    private String start(boolean counting) throws Exception {
        HikariDataSource opened = Pools.open(ParentProcess.database(), CONNECTIONS);
        DataSource database = counting ? statements.of(opened) : opened;
        pool = opened;
        worker = responder.worker(database, this::run);
        return "started";
    }

    private void run(int number) throws InterruptedException {
        Began job = Began.now(number);
        if (waitsItself) {
            began.add(job);
        } else {
            parent.tell("began " + job);
        }
        behaviour.run();
    }

    /** Measures in this process, the process of the worker. */
    private String pickups(int jobs, Duration budget, long seed) throws Exception {
        Responder.Host host = worker;
        if (host == null) {
            throw new IllegalStateException("There is no worker");
        }
        waitsItself = true;
        List<Double> millis = new Pickups(host, began, new SplittableRandom(seed)).measure(jobs, budget);
        waitsItself = false;
        return "pickups " + millis.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private String stop() throws Exception {
        if (worker != null) {
            worker.close();
            worker = null;
        }
        if (pool != null) {
            pool.close();
            pool = null;
        }
        return "stopped";
    }
}
