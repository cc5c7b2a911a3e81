package io.forthwith.jdbc.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.limit.Limit;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * A worker in a process of its own that stops itself in the middle of a call of the store. A place is what the call does, the number of the statement since its connection was
 * borrowed, and before it, in it, or after its answer. The line {@value #SILENCE} on the standard input has the process stop at the next place of a kind that is drawn from those
 * that it has been at, first of all in calls in which it has not stopped yet; it says {@code SILENT} and the place first. Says {@code PASSED} and what a call does when it has come
 * by often, {@value #HANGS} when its listener does not return for some seconds, and {@code READY}. Ends with its parent.
 *
 * <p>Not a test. Arguments: URL, name, and {@value #WITHOUT_END} if the server is to end no transaction that is silent.
 */
public final class SilenceWorker {
    static final JobType<String> FREE = JobType.of("free", String.class);
    static final JobType<String> LIMITED = JobType.of("limited", String.class);
    static final JobType<String> LARGE = JobType.of("large", String.class);
    static final Limit LIMIT = Limit.of("key").concurrency(2);
    static final Duration LEASE = Duration.ofSeconds(6);
    static final String SILENCE = "silence";
    static final String CLAIM = "claim jobs for worker …";
    static final String WITHOUT_END = "without-end";
    static final String HANGS = "LISTENER HANGS";
    static final int SLOTS = 40;

    private static final int EVENTS_BETWEEN_HANGS = 500;
    private static final int LONGEST_HANG_SECONDS = 10;

    /** What a process has come by so often, it is to stop at. */
    private static final int OFTEN = 400;
    /** A place that is drawn may come once in a while only. */
    private static final long MOST_NANOS_AWAITED = TimeUnit.SECONDS.toNanos(4);
    /** What it has come by less often is not drawn. */
    private static final int COMES_AGAIN = 20;

    private static final Pattern ENDS =
            Pattern.compile("((?:idle_in_transaction_session|tcp_user|transaction)_timeout) = \\d+");

    private static final int LONGEST_MILLIS = 60;

    private final Map<String, Integer> places = new ConcurrentHashMap<>();
    private final ThreadLocal<Integer> statements = ThreadLocal.withInitial(() -> 0);
    private final AtomicReference<String> next = new AtomicReference<>("");
    private final Set<String> stoppedIn = ConcurrentHashMap.newKeySet();
    private final Random random;
    private final boolean ends;
    private long drawnNanos;
    private JdbcJobStore store;

    private SilenceWorker(long seed, boolean ends) {
        this.random = new Random(seed);
        this.ends = ends;
    }

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        ChildWorker.sayWhatIsLogged();
        SilenceWorker child =
                new SilenceWorker(args[1].hashCode(), !List.of(args).contains(WITHOUT_END));
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        pool.setMaximumPoolSize(10);
        pool.setConnectionTimeout(2_000);
        child.store = JdbcJobStore.of(child.stopping(new HikariDataSource(pool)));
        Worker.of(
                        child.store,
                        ProcessorRegistry.of()
                                .with(FREE, child::work)
                                .with(LIMITED, child::work)
                                .with(LARGE, child::work))
                .name(args[1])
                .concurrency(SLOTS)
                .lease(LEASE)
                .limits(LIMIT)
                .listener(event -> child.hangNowAndThen())
                .start();
        ChildWorker.say("READY");
        child.obey();
    }

    private void obey() throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            boolean isAwaited = !next.get().isEmpty() && System.nanoTime() - drawnNanos < MOST_NANOS_AWAITED;
            if (order.equals(SILENCE) && !isAwaited) {
                drawnNanos = System.nanoTime();
                next.set(draw());
            }
        }
        Runtime.getRuntime().halt(0);
    }

    /** Of the calls one, and of its places one: some calls have many, and most of them are not claims. Every third time it is a claim. */
    private String draw() {
        Map<String, List<String>> ofCalls = places.entrySet().stream()
                .filter(place -> place.getValue() >= COMES_AGAIN)
                .map(Map.Entry::getKey)
                .sorted()
                .collect(Collectors.groupingBy(SilenceWorker::call, TreeMap::new, Collectors.toList()));
        if (ofCalls.isEmpty()) {
            return "";
        }
        List<String> calls = new ArrayList<>(ofCalls.keySet());
        calls.removeAll(stoppedIn);
        if (calls.isEmpty()) {
            calls.addAll(ofCalls.keySet());
        }
        String call =
                random.nextInt(3) == 0 && ofCalls.containsKey(CLAIM) ? CLAIM : calls.get(random.nextInt(calls.size()));
        List<String> ofCall = ofCalls.get(call);
        return ofCall.get(random.nextInt(ofCall.size()));
    }

    static String call(String place) {
        return place.replaceFirst(", .*", "");
    }

    private Object work(JobContext job) throws InterruptedException {
        job.progress(10);
        new CountDownLatch(1).await(random.nextInt(LONGEST_MILLIS), TimeUnit.MILLISECONDS);
        return "by claim " + job.claimNumber();
    }

    /** As a listener that sends events over a network does. */
    private void hangNowAndThen() {
        if (random.nextInt(EVENTS_BETWEEN_HANGS) == 0) {
            ChildWorker.say(HANGS);
            try {
                new CountDownLatch(1).await(1 + random.nextInt(LONGEST_HANG_SECONDS), TimeUnit.SECONDS);
            } catch (InterruptedException never) {
                throw new AssertionError(never);
            }
        }
    }

    private DataSource stopping(DataSource database) {
        return proxy(DataSource.class, (proxy, method, arguments) -> {
            Object answer = invoke(database, method, arguments);
            if (answer instanceof Connection connection) {
                statements.set(0);
                return stopping(connection);
            }
            return answer;
        });
    }

    private Connection stopping(Connection connection) {
        return proxy(Connection.class, (proxy, method, arguments) -> {
            if (method.getName().equals("commit")) {
                return around(() -> invoke(connection, method, arguments));
            }
            if (!ends && arguments != null && arguments.length > 0 && arguments[0] instanceof String sql) {
                arguments[0] = ENDS.matcher(sql).replaceAll("$1 = 0");
            }
            Object answer = invoke(connection, method, arguments);
            if (answer instanceof PreparedStatement statement) {
                return stopping(PreparedStatement.class, statement);
            }
            return answer instanceof Statement statement ? stopping(Statement.class, statement) : answer;
        });
    }

    private <S extends Statement> S stopping(Class<S> type, S statement) {
        return proxy(
                type,
                (proxy, method, arguments) -> method.getName().startsWith("execute")
                        ? around(() -> invoke(statement, method, arguments))
                        : invoke(statement, method, arguments));
    }

    private interface Call {
        Object run() throws Throwable;
    }

    private Object around(Call call) throws Throwable {
        int number = statements.get() + 1;
        statements.set(number);
        at("before", number);
        at("in", number);
        Object answer = call.run();
        at("after", number);
        return answer;
    }

    /** A call of the store only; the library's other threads have none. */
    private void at(String side, int number) throws IOException, InterruptedException {
        JdbcJobStore known = store;
        String what =
                known == null ? null : known.workingOn(Thread.currentThread()).orElse(null);
        if (what == null) {
            return;
        }
        String place = what.replaceFirst(":.*", "").replaceAll("[0-9a-f]{8}-[-0-9a-f]{27}|\\d+", "…") + ", " + side
                + " statement " + Math.min(number, 9);
        if (places.merge(place, 1, Integer::sum) == OFTEN) {
            ChildWorker.say("PASSED " + call(place));
        }
        String wanted = next.get();
        if (place.equals(wanted) && next.compareAndSet(wanted, "")) {
            stoppedIn.add(call(place));
            ChildWorker.say("SILENT " + place);
            Process stop = new ProcessBuilder(
                            "kill",
                            "-STOP",
                            String.valueOf(ProcessHandle.current().pid()))
                    .start();
            if (!side.equals("in")) {
                stop.waitFor();
            }
        }
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(SilenceWorker.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
