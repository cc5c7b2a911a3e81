package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.DashboardResponse;
import io.forthwith.dashboard.DashboardWithClock;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.insight.Reason;
import io.forthwith.micrometer.JobMetrics;
import io.forthwith.store.JobSituation;
import io.forthwith.store.JobStore;
import io.forthwith.store.count.JobFailures;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every number that pages show of a large table, against what is known of it. {@code -Dtruth.rows} says how many jobs it has. */
@DisplayName("The numbers of the dashboard")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TruthTest {
    private static final long ROWS = Long.getLong("truth.rows", 100_000);

    private static final int WARM = 20;
    private static final int LOOKS = 100;
    private static final double MILLIS_OF_A_MINUTE = 60_000;
    private static final String DEPTHS_LATELY =
            " FROM (SELECT min(minute_at) AS first, max(minute_at) AS last FROM job_depth WHERE minute_at > %s {plus -12 MINUTE}) AS lately";

    /** A dashboard shows for so long what it has read. */
    private static final Duration REMEMBERED = Duration.ofSeconds(9);

    private static final int WRITERS = (int) Math.min(TruthWorld.WORKERS, ROWS / 10_000);
    private static final int MOST_ROWS = 8;
    private static final double MOST_MILLIS = 100;
    private static final String MONTH = "?span=30d";
    private static final String FAILURES_OF_MONTH = "failures?span=30d";
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final TruthSql SQL = TruthSql.named(System.getProperty("truth.database", "postgresql"));
    private static AutoCloseable server;
    private static HikariDataSource pool;
    private static TruthWorld world;
    private static @Nullable List<String> withoutLies;

    @BeforeAll
    static void fill() throws Exception {
        if (SQL == TruthSql.POSTGRESQL) {
            BenchmarkDatabase postgres = BenchmarkDatabase.start(new Options(name -> null));
            server = postgres;
            pool = Pools.open(postgres.url(), Pools.FEW);
        } else {
            OtherDatabases databases = OtherDatabases.start(List.of("mariadb"));
            server = databases;
            pool = databases.empty("mariadb");
        }
        world = new TruthWorld(SQL, pool, ROWS, WRITERS);
    }

    @AfterAll
    static void close() throws Exception {
        pool.close();
        server.close();
    }

    /** A page, what is wrong with it, and how to compare. */
    private static final class Look {
        private final ShownPage page;
        private final List<String> lies = new ArrayList<>();

        Look(JobStore store, String address) {
            page = new ShownPage(new DashboardPages(store).show(address).text());
        }

        void same(String what, Object shown, Object truth) {
            if (!shown.equals(truth)) {
                lies.add(what + ": shows " + shown + ", true is " + truth);
            }
        }

        List<String> lies() {
            page.rest().forEach(rest -> lies.add("Nobody has checked \"" + rest + "\""));
            return lies;
        }
    }

    private static String number(long number) {
        return NumberFormat.getIntegerInstance(Locale.ENGLISH).format(number);
    }

    private static String decimal(double number) {
        return new DecimalFormat("#,##0.#", DecimalFormatSymbols.getInstance(Locale.ENGLISH)).format(number);
    }

    /** All attempts of a month that are counted. */
    private static Stream<JobOutcomes> ended() {
        return Stream.concat(world.outcomes.stream(), world.hours.stream());
    }

    private static long count(Predicate<JobOutcomes> which) {
        return world.outcomes.stream()
                .filter(which)
                .mapToLong(JobOutcomes::jobs)
                .sum();
    }

    private static Predicate<JobOutcomes> in(Outcome... outcomes) {
        return each -> List.of(outcomes).contains(each.outcome());
    }

    private static Predicate<JobOutcomes> ago(Instant at, int most, int least) {
        Instant minute = at.truncatedTo(ChronoUnit.MINUTES);
        return each -> !each.from().isBefore(minute.minus(most, ChronoUnit.MINUTES))
                && !each.from().isAfter(minute.minus(least, ChronoUnit.MINUTES));
    }

    private static long sum(Map<String, Integer> numbers) {
        return numbers.values().stream().mapToLong(Integer::longValue).sum();
    }

    @BeforeEach
    void waitingJobsAreCounted() throws SQLException {
        world.countDepths();
    }

    @Test
    @DisplayName("on the overview are so")
    void overview() {
        assertThat(overview(world.store, "1h")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"24h", "7d", "30d"})
    @DisplayName("on the overview of a day, a week and a month are so")
    void overviewOfLong(String span) {
        assertThat(overview(world.store, span)).isEmpty();
    }

    private static List<String> overview(JobStore store, String span) {
        Look look = new Look(store, "?span=" + span);
        Instant at = look.page.at();
        look.same("state", look.page.take("#state h2"), "2 things need you");
        look.same(
                "concerns",
                look.page.takeAll("#state li"),
                List.of(
                        "100 % of the attempts of t010 failed in the last 10 min (http_422)",
                        "100 % of the attempts of capture_payment failed in the last 10 min (http_503)",
                        "Key tenant:acme is paused, and 263 jobs wait for it"));
        look.same(
                "figures",
                look.page.takeAll("#figures .figure"),
                List.of(
                        number(sum(world.due)) + " due now",
                        number(TruthWorld.RUNNING) + " running",
                        number(sum(world.scheduled)) + " due later",
                        number(TruthWorld.PARKED) + " held up by limits",
                        number(TruthWorld.WAITING) + " waiting for other jobs"));
        look.page.takeAll(".spans a"); // links to other spans
        chart(look, span, at);
        types(look, at);
        failures(look);
        look.same(
                "failed jobs",
                look.page.take("#failures p:contains(are failed now)"),
                "Jobs that were enqueued in the last hour and are failed now: " + number(TruthWorld.FAILED));
        look.same(
                "failed jobs of the day",
                look.page.take("#failures p:contains(are failed now)"),
                "Jobs that were enqueued in the last 24 hours and are failed now: " + number(TruthWorld.FAILED));
        Map<String, Map<String, String>> workers = look.page.table("#workers table");
        look.same("workers", workers.size(), MOST_ROWS);
        workers.values().forEach(row -> {
            look.same("slots of " + row, row.get("Busy slots").matches("[23] / 10"), true);
            look.same("heartbeat of " + row, row.get("Heartbeat").contains("ago"), true);
        });
        look.same("all workers", look.page.take("#workers a:contains(All)"), "All " + TruthWorld.WORKERS + " workers");
        return look.lies();
    }

    /** How many steps of how many seconds a chart has, and how a step is called. */
    private record Steps(int count, long seconds, String name) {
        static Steps of(String span) {
            return switch (span) {
                case "1h" -> new Steps(60, 60, "a minute");
                case "24h" -> new Steps(24, 3_600, "an hour");
                case "7d" -> new Steps(28, 6 * 3_600, "in six hours");
                default -> new Steps(30, 24 * 3_600, "a day");
            };
        }

        long of(Instant time) {
            return time.getEpochSecond() / seconds;
        }
    }

    private static void chart(Look look, String span, Instant at) {
        Map<String, Map<String, String>> rows = look.page.table("#figures-of-chart table");
        Steps steps = Steps.of(span);
        Map<Long, Map<Outcome, Long>> byStep = ended().collect(Collectors.groupingBy(
                each -> steps.of(each.from()),
                Collectors.groupingBy(JobOutcomes::outcome, Collectors.summingLong(JobOutcomes::jobs))));
        Map<String, List<String>> truth = new LinkedHashMap<>();
        long highest = 0;
        for (int ago = 0; ago < steps.count; ago++) {
            long step = steps.of(at) - ago;
            Map<Outcome, Long> ends = byStep.getOrDefault(step, Map.of());
            long completed = ends.getOrDefault(Outcome.COMPLETED, 0L);
            long again = ends.getOrDefault(Outcome.RETRIED, 0L);
            long failed = ends.getOrDefault(Outcome.FAILED, 0L);
            highest = Math.max(highest, completed + again + failed);
            truth.put(
                    Instant.ofEpochSecond(step * steps.seconds)
                            .toString()
                            .substring(0, 16)
                            .replace('T', ' ')
                            .concat(":00.000 UTC"),
                    List.of(number(completed), number(again), number(failed)));
        }
        Map<String, List<String>> shown = new LinkedHashMap<>();
        rows.forEach((when, row) ->
                shown.put(when, List.of(row.get("completed"), row.get("tried again"), row.get("failed"))));
        look.same("chart", shown, truth);
        look.same(
                "the highest column",
                look.page.take("#throughput figure:has(figcaption:contains(attempts)) figcaption"),
                number(highest) + " attempts " + steps.name + " at the most");
        look.page.takeAll("#throughput figure"); // times of the axis, and how long jobs waited
        look.page.takeAll("#throughput .legend");
    }

    private static void types(Look look, Instant at) {
        Map<String, List<JobOutcomes>> byType = world.outcomes.stream()
                .filter(ago(at, 59, 0))
                .collect(Collectors.groupingBy(JobOutcomes::type, TreeMap::new, Collectors.toList()));
        Map<String, List<String>> truth = byType.entrySet().stream()
                .sorted(Comparator.comparingLong(
                                (Map.Entry<String, List<JobOutcomes>> each) -> -each.getValue().stream()
                                        .mapToLong(JobOutcomes::jobs)
                                        .sum())
                        .thenComparing(Map.Entry::getKey))
                .limit(MOST_ROWS)
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        each -> Stream.of(Outcome.COMPLETED, Outcome.RETRIED, Outcome.FAILED)
                                .map(outcome -> each.getValue().stream()
                                        .filter(in(outcome))
                                        .mapToLong(JobOutcomes::jobs)
                                        .sum())
                                .map(TruthTest::number)
                                .toList(),
                        (one, two) -> one,
                        LinkedHashMap::new));
        Map<String, List<String>> shown = new LinkedHashMap<>();
        look.page.table("#types table").forEach((type, row) -> {
            shown.put(
                    type,
                    Stream.of("completed", "tried again", "failed")
                            // A column that is not there has nothing to say.
                            .map(column -> row.getOrDefault(column, "0").replaceAll("[↻✕ ]", ""))
                            .toList());
            long all = byType.get(type).stream().mapToLong(JobOutcomes::jobs).sum();
            look.same(
                    "line of " + type,
                    row.get("Last hour").startsWith(number(all) + " attempts ended in the last hour"),
                    true);
            // Attempts after which the job is tried again are not measured.
            look.same("median of " + type, row.get("Half took"), type.equals(TruthWorld.RETRIED_TYPE) ? "–" : "≤ 8 ms");
        });
        look.same("types", shown, truth);
        look.same(
                "other types",
                look.page.take("#types p"),
                number(byType.size() - MOST_ROWS) + " more types are not shown.");
    }

    private static void failures(Look look) {
        Map<String, String> shown = new TreeMap<>();
        look.page
                .table("#failures table")
                .forEach((code, row) -> shown.put(code + " of " + row.get("Type"), row.get("Attempts")));
        Map<String, String> truth = world.failures.stream()
                .collect(Collectors.groupingBy(
                        each -> each.code() + " of " + each.type(),
                        TreeMap::new,
                        Collectors.collectingAndThen(
                                Collectors.summingLong(JobFailures::attempts), TruthTest::number)));
        look.same("failures", shown, truth);
    }

    @Test
    @DisplayName("on the page of queues are so")
    void queues() throws Exception {
        assertThat(queues(world.store)).isEmpty();
    }

    private static List<String> queues(JobStore store) throws Exception {
        Look look = new Look(store, "queues");
        Instant at = look.page.at();
        Map<String, Map<String, String>> rows = look.page.table("#queues table");
        List<String> names = new ArrayList<>(List.of(TruthWorld.RETRIED_QUEUE));
        IntStream.range(0, TruthWorld.QUEUES).mapToObj(TruthWorld::queue).forEach(names::add);
        look.same(
                "queues",
                rows.keySet().stream().sorted().toList(),
                names.stream().sorted().toList());
        for (Map.Entry<String, Map<String, String>> each : rows.entrySet()) {
            String queue = each.getKey();
            Map<String, String> row = each.getValue();
            look.same("due of " + queue, row.get("Due"), number(world.due.getOrDefault(queue, 0)));
            look.same("scheduled of " + queue, row.get("Due later"), number(world.scheduled.getOrDefault(queue, 0)));
            look.same("running of " + queue, row.get("Running"), number(queue.equals("q11") ? TruthWorld.RUNNING : 0));
            look.same("limited of " + queue, row.get("Limited"), number(queue.equals("q04") ? TruthWorld.PARKED : 0));
            look.same("workers of " + queue, row.get("Workers"), number(TruthWorld.WORKERS));
            look.same("oldest of " + queue, row.get("Oldest").contains("min"), world.due.containsKey(queue));
            rates(look, at, queue, row);
        }
        return look.lies();
    }

    private static void rates(Look look, Instant at, String queue, Map<String, String> row) throws Exception {
        Predicate<JobOutcomes> here = each -> each.queue().equals(queue);
        long attempts = count(here.and(ago(at, 59, 0)));
        boolean isKnown = attempts > 0;
        double out = count(here.and(ago(at, 12, 3)).and(in(Outcome.COMPLETED, Outcome.FAILED))) / 10.0;
        double growth = growth(queue, at);
        String rate = !isKnown ? "–" : decimal(Math.max(0, out + growth)) + " in, " + decimal(out) + " out";
        boolean hasDepth = world.due.containsKey(queue) || world.scheduled.containsKey(queue) || queue.equals("q05");
        look.same("rate of " + queue, row.get("In, out / min"), isKnown && !hasDepth ? decimal(out) + " out" : rate);
        String line = row.get("Last hour");
        look.same(
                "line of " + queue,
                isKnown ? line.startsWith(number(attempts) + " attempts ended") : line.equals("–"),
                true);
        int due = world.due.getOrDefault(queue, 0);
        double grows = growthOfDue(queue, at);
        String empty = row.get("Empty in");
        if (due == 0) {
            look.same("empty of " + queue, empty, "–");
        } else if (grows > 0) {
            look.same("empty of " + queue, empty, "grows " + decimal(grows) + " / min");
        } else {
            double exact = due / -grows;
            look.same(
                    "empty of " + queue + ", " + empty + ", is about " + exact,
                    Math.abs(minutes(empty) - exact) <= 1,
                    true);
        }
    }

    /** The minutes of a duration as it is shown, without its seconds. */
    private static long minutes(String shown) {
        long minutes = 0;
        String[] words = shown.split(" ", -1);
        for (int i = 0; i + 1 < words.length; i += 2) {
            long number = Long.parseLong(words[i]);
            minutes += switch (words[i + 1]) {
                case "d" -> number * 24 * 60;
                case "h" -> number * 60;
                case "min" -> number;
                case "s" -> number >= 30 ? 1 : 0;
                default -> throw new AssertionError("No duration: " + shown);
            };
        }
        return minutes;
    }

    /** By how much the queue has grown a minute in the last twelve minutes, out of the table, where a queue without jobs has no row. */
    private static double growth(String queue, Instant at) throws Exception {
        String counted = "coalesce((SELECT due + scheduled + limited FROM job_depth WHERE queue = '" + queue
                + "' AND minute_at = %s), 0)";
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        SQL.write("SELECT " + counted.formatted("last") + " - " + counted.formatted("first")
                                + ", {millis last} - {millis first}" + DEPTHS_LATELY.formatted(SQL.time(at))))) {
            row.next();
            return row.getLong(1) / (row.getLong(2) / MILLIS_OF_A_MINUTE);
        }
    }

    /** The same for due jobs alone. */
    private static double growthOfDue(String queue, Instant at) throws Exception {
        return world.due.containsKey(queue) ? growth(queue, at) - growthOfScheduled(queue, at) : 0;
    }

    private static double growthOfScheduled(String queue, Instant at) throws Exception {
        return world.scheduled.containsKey(queue) || queue.equals("q04")
                ? (world.scheduled.getOrDefault(queue, 0) + (queue.equals("q04") ? TruthWorld.PARKED : 0)) / minutes(at)
                : 0;
    }

    private static double minutes(Instant at) throws Exception {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        SQL.write("SELECT {millis last} - {millis first}" + DEPTHS_LATELY.formatted(SQL.time(at))))) {
            row.next();
            return row.getLong(1) / MILLIS_OF_A_MINUTE;
        }
    }

    @Test
    @DisplayName("on the page of failures are so, of an hour, a day, a week and a month")
    void failuresPage() {
        for (String span : List.of("1h", "24h", "7d", "30d")) {
            assertThat(failuresPage(world.store, span)).as(span).isEmpty();
        }
    }

    /** How many attempts failed because of what has failed a few times an hour all month. Of more than an hour, a span begins with a full hour. */
    private static long oldFailures(Look look, String span) {
        Steps steps = Steps.of(span);
        Instant since = look.page
                .at()
                .truncatedTo(ChronoUnit.MINUTES)
                .minusSeconds(steps.count * steps.seconds)
                .truncatedTo(span.equals("1h") ? ChronoUnit.MINUTES : ChronoUnit.HOURS);
        return world.hourlyFailures.stream()
                .filter(each -> !each.lastAt().truncatedTo(ChronoUnit.HOURS).isBefore(since))
                .mapToLong(JobFailures::attempts)
                .sum();
    }

    private static List<String> failuresPage(JobStore store, String span) {
        Look look = new Look(store, "failures?span=" + span);
        look.page.takeAll(".spans a"); // links to other spans
        long retried = (long) TruthWorld.RETRIED * TruthWorld.ATTEMPTS;
        long old = oldFailures(look, span);
        look.same(
                "attempts",
                look.page
                        .take("#attempts p")
                        .startsWith(number(TruthWorld.FAILED + retried + old) + " attempts failed since"),
                true);
        Map<String, List<String>> shown = new LinkedHashMap<>();
        look.page
                .table("#attempts table")
                .forEach((code, row) -> shown.put(
                        code,
                        Stream.of("Type", "Attempts", "Failed for good", "Message")
                                .map(row::get)
                                .toList()));
        Map<String, List<String>> truth = new LinkedHashMap<>();
        String failed = number(TruthWorld.FAILED);
        truth.put("http_422", List.of(TruthWorld.FAILED_TYPE, failed, failed, "Order # was refused by bank #"));
        truth.put("http_503", List.of(TruthWorld.RETRIED_TYPE, number(retried), "0", TruthWorld.AWAY));
        if (old > 0) {
            truth.put(
                    TruthWorld.OLD_CODE,
                    List.of(TruthWorld.OLD_TYPE, number(old), "0", "The shop answered # to request #"));
        }
        look.same("causes", shown, truth);
        Map<String, Map<String, String>> groups = look.page.table("#groups table");
        look.same("groups", groups.keySet(), Set.of("http_422"));
        look.same(
                "failed jobs",
                look.page.take("#groups p:contains(are failed now)"),
                "Jobs that were enqueued in this time and are failed now: " + failed);
        String newest = look.page.take("#groups .problem");
        look.same(
                "groups of a part, " + groups + ", " + newest,
                newest.startsWith("Counted among the newest jobs only: "
                        + groups.get("http_422").get("Jobs").replace("at least ", "") + " failed ones."),
                true);
        return look.lies();
    }

    @Test
    @DisplayName("of one cause are so, and it lists its newest attempts")
    void cause() {
        assertThat(cause(world.store, world.failures.get(0))).isEmpty();
        assertThat(cause(world.store, world.failures.get(1))).isEmpty();
    }

    private static List<String> cause(JobStore store, JobFailures cause) {
        Look look = new Look(store, "failures?span=1h&cause=" + cause.fingerprint());
        boolean isRefused = cause.type().equals(TruthWorld.FAILED_TYPE);
        long attempts = isRefused ? TruthWorld.FAILED : (long) TruthWorld.RETRIED * TruthWorld.ATTEMPTS;
        look.same("attempts", look.page.take("#cause p:contains(failed)"), number(attempts) + " attempts failed");
        look.same("newest", look.page.take("#cause h3"), "The newest 20 that are kept with their cause");
        List<Map<String, String>> rows = look.page.rows("#cause table");
        look.same(
                "messages",
                rows.stream().map(row -> row.get("Message")).toList(),
                IntStream.range(0, 20)
                        .mapToObj(ago -> TruthWorld.FAILED - 1 - ago)
                        .map(order ->
                                isRefused ? "Order " + order + " was refused by bank " + order % 7 : TruthWorld.AWAY)
                        .toList());
        for (Map<String, String> row : rows) {
            look.same("job of " + row, row.get("Job now"), isRefused ? "✕ failed" : "○ pending");
            look.same("attempt of " + row, row.get("Attempt"), isRefused ? "1" : "12");
        }
        look.page.takeAll("#cause p bdi"); // the code and the type
        look.page.takeAll("#attempts, #groups");
        look.page.takeAll(".spans a"); // links to other spans
        return look.lies();
    }

    @Test
    @DisplayName("are also those of the metrics")
    void metrics() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (JobMetrics metrics = JobMetrics.of(registry)) {
            metrics.observe(world.store);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!isSampled(registry)) {
                assertThat(System.nanoTime()).as("a first sample").isLessThan(deadline);
                LockSupport.parkNanos(1_000_000);
            }
            world.due.forEach(
                    (queue, jobs) -> assertThat(gauge(registry, "due", queue)).isEqualTo(jobs));
            world.scheduled.forEach((queue, jobs) ->
                    assertThat(gauge(registry, "scheduled", queue)).isEqualTo(jobs));
            assertThat(gauge(registry, "due", TruthWorld.RETRIED_QUEUE)).isZero();
        }
    }

    /** Gauges are made one after the other. */
    private static boolean isSampled(SimpleMeterRegistry registry) {
        return Stream.concat(world.due.keySet().stream(), world.scheduled.keySet().stream())
                .allMatch(queue -> Stream.of("due", "scheduled")
                        .allMatch(what -> registry.find("forthwith.queue." + what)
                                        .tag("queue", queue)
                                        .gauge()
                                != null));
    }

    private static int gauge(SimpleMeterRegistry registry, String what, String queue) {
        return (int) registry.get("forthwith.queue." + what)
                .tag("queue", queue)
                .gauge()
                .value();
    }

    /** Last: it may take so long that the last attempts are not of the last ten minutes any more. */
    @Test
    @Order(Integer.MAX_VALUE)
    @EnabledIfSystemProperty(
            named = "truth.rows",
            matches = ".+",
            disabledReason = "of a small table it has no bar, and the gate holds none")
    @DisplayName(
            "come in time: among ten million jobs, 95 of 100 looks at each page take at most a tenth of a second, a month from the second look on")
    void times() throws Exception {
        Map<String, Double> slow = new LinkedHashMap<>();
        double once = millis(() -> {
                    try (Connection connection = pool.getConnection();
                            Statement statement = connection.createStatement();
                            ResultSet row = statement.executeQuery("SELECT 1")) {
                        return row.next();
                    }
                })
                .get(1);
        System.out.printf(
                Locale.ROOT,
                "| among %,d jobs | first look: p50, ms | p95, ms | p95 : SELECT 1 (%.2f ms) | later: p50 | p95 | p95 : SELECT 1 |%n",
                ROWS,
                once);
        for (String address : List.of(
                "",
                "?span=24h",
                "queues",
                "queues?queue=q00",
                "failures?span=1h",
                "failures?span=24h",
                "failures?cause=" + world.failures.get(0).fingerprint(),
                "jobs",
                "jobs?status=failed",
                "jobs?type=t001",
                "jobs?label=order=4711",
                "jobs?label=tenant=acme",
                "jobs?label=tenant=acme&status=failed",
                "jobs?jump=4711",
                "limits",
                "limit?key=" + TruthWorld.PARKED_KEY,
                "schedules",
                "workers",
                MONTH,
                FAILURES_OF_MONTH)) {
            world.store.outcomes().orElseThrow().recordDepths(); // as a worker does each minute
            List<Double> first =
                    millis(() -> new DashboardPages(world.store).show(address).status());
            List<Double> later = again(address);
            System.out.printf(
                    Locale.ROOT,
                    "| /%s | %.1f | %.1f | %.0f | %.1f | %.1f | %.0f |%n",
                    address,
                    first.get(0),
                    first.get(1),
                    first.get(1) / once,
                    later.get(0),
                    later.get(1),
                    later.get(1) / once);
            boolean isOfMonth = address.equals(MONTH) || address.equals(FAILURES_OF_MONTH);
            double most = isOfMonth ? later.get(1) : Math.max(first.get(1), later.get(1));
            if (most > MOST_MILLIS) {
                slow.put(address, most);
            }
        }
        if (SQL == TruthSql.POSTGRESQL) {
            assertThat(slow).isEmpty();
        }
    }

    /** Each time when what was read is to be read again, because it seems to be old, or to be of a time to come; but for days and minutes that are over. */
    private static List<Double> again(String address) throws Exception {
        AtomicBoolean isLater = new AtomicBoolean();
        DashboardPages pages = DashboardPages.by(DashboardWithClock.of(
                world.store, () -> isLater.get() ? Instant.now().plus(REMEMBERED) : Instant.now()));
        return millis(() -> {
            isLater.set(!isLater.get());
            return pages.show(address).status();
        });
    }

    /** The median and the 95th percentile. */
    private static List<Double> millis(Callable<?> call) throws Exception {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < WARM + LOOKS; i++) {
            long begun = System.nanoTime();
            assertThat(call.call()).isNotNull();
            if (i >= WARM) {
                millis.add((System.nanoTime() - begun) / 1e6);
            }
        }
        return List.of(Figures.quantile(millis, 0.5), Figures.quantile(millis, 0.95));
    }

    static List<PlantedLie> planted() {
        return PlantedLie.all();
    }

    @ParameterizedTest
    @MethodSource("planted")
    @DisplayName("are known: a lie that is planted is found")
    void lies(PlantedLie lie) throws Exception {
        assertThat(honest()).as("without a lie").isEmpty();

        assertThat(isFound(lie.in(world.store))).isTrue();
    }

    /** What is found without a lie, looked for once. */
    private static List<String> honest() throws Exception {
        if (withoutLies == null) {
            withoutLies = all(world.store);
        }
        return withoutLies;
    }

    private static List<String> all(JobStore store) throws Exception {
        List<String> found = new ArrayList<>();
        for (PageCheck page : PAGES) {
            found.addAll(page.lies(store));
        }
        return found;
    }

    private static boolean isFound(JobStore store) throws Exception {
        for (PageCheck page : PAGES) {
            if (!page.lies(store).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** A page, and what is wrong with it. */
    @FunctionalInterface
    private interface PageCheck {
        List<String> lies(JobStore store) throws Exception;
    }

    /** Most lies are on the first ones. */
    private static final List<PageCheck> PAGES = List.of(
            store -> overview(store, "1h"),
            store -> queues(store),
            store -> limits(store),
            store -> limitKey(store),
            store -> typesOfQueue(store),
            store -> jobsPage(
                    store, "jobs?status=processing", number(TruthWorld.RUNNING), "WHERE status = 'processing'"),
            store -> cause(store, world.failures.get(0)),
            store -> workers(store),
            store -> failuresPage(store, "1h"));

    /** On PostgreSQL no index has the jobs of each status, so these are not counted. */
    private static String ifCounted(long jobs) {
        if (SQL == TruthSql.POSTGRESQL) {
            return "";
        }
        return jobs > 100_000 ? " 100,000+" : " " + number(jobs);
    }

    private static List<UUID> ids(String sql) throws Exception {
        List<UUID> ids = new ArrayList<>();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                ids.add(UUID.fromString(row.getString(1)));
            }
        }
        return ids;
    }

    @Test
    @DisplayName("on the page of jobs are so: of each status, of all and of a filter")
    void jobsPage() throws Exception {
        assertThat(jobsPage(world.store, "jobs", ROWS > 100_000 ? "100,000+" : number(ROWS), ""))
                .isEmpty();
        assertThat(jobsPage(world.store, "jobs?status=failed", number(TruthWorld.FAILED), "WHERE status = 'failed'"))
                .isEmpty();
        assertThat(jobsPage(world.store, "jobs?status=pending", number(pending()), "WHERE status = 'pending'"))
                .isEmpty();
        assertThat(jobsPage(
                        world.store,
                        "jobs?status=processing",
                        number(TruthWorld.RUNNING),
                        "WHERE status = 'processing'"))
                .isEmpty();
        assertThat(jobsPage(
                        world.store,
                        "jobs?status=pending&queue=q01",
                        number(world.due.get("q01")),
                        "WHERE status = 'pending' AND queue = 'q01'"))
                .isEmpty();
    }

    @Test
    @DisplayName(
            "on the page of jobs are so for a label, the page says what was searched, and the search box leads to the only job of an order")
    void labels() throws Exception {
        UUID ordered = ids("SELECT job_id FROM job_label WHERE name = 'order' AND label_value = '4711'")
                .get(0);
        List<UUID> newest = ids("SELECT job_id FROM job_label WHERE name = 'tenant' ORDER BY job_id DESC LIMIT 50");

        for (Map.Entry<String, List<UUID>> each :
                Map.of("order=4711", List.of(ordered), "tenant=acme", newest).entrySet()) {
            ShownPage page = new ShownPage(new DashboardPages(world.store)
                    .get("jobs?label=" + each.getKey())
                    .text());
            assertThat(page.jobs("#jobs table")).isEqualTo(each.getValue());
            assertThat(page.take("p:contains(Searched labels)"))
                    .contains(each.getKey().split("=", 2)[0] + " of jobs enqueued since");
        }

        DashboardResponse jump = new DashboardPages(world.store).show("jobs?jump=4711");
        assertThat(jump.status()).isEqualTo(302);
        assertThat(jump.headers().get("Location")).contains("job?id=" + ordered);
    }

    private static long pending() {
        return sum(world.due) + sum(world.scheduled) + TruthWorld.PARKED;
    }

    private static List<String> jobsPage(JobStore store, String address, String count, String condition)
            throws Exception {
        Look look = new Look(store, address);
        if (!address.contains("queue")) {
            look.same(
                    "statuses",
                    look.page.takeAll("#statuses a"),
                    List.of(
                            "all",
                            "○ pending " + number(pending()),
                            "◐ processing " + number(TruthWorld.RUNNING),
                            "◇ waiting " + TruthWorld.WAITING,
                            "● completed" + ifCounted(world.completed()),
                            "✕ failed " + number(TruthWorld.FAILED),
                            "⊘ cancelled" + ifCounted(0)));
        }
        look.same("heading", look.page.take("#jobs h2"), count + " jobs");
        if (SQL != TruthSql.POSTGRESQL && condition.contains("failed")) {
            // No index has them by id, and they are behind more others than a search looks at.
            look.same("none yet", look.page.take("#jobs .empty"), "No job found so far.");
        } else {
            look.same(
                    "rows",
                    look.page.jobs("#jobs table"),
                    ids("SELECT id FROM job " + condition + " ORDER BY id DESC LIMIT 50"));
            look.page.take("#jobs table");
        }
        look.page.takeAll("p.pages"); // how many rows an export has at the most
        return look.lies();
    }

    @Test
    @DisplayName("on the pages of limits and of a key are so, and the key lists the jobs that come first")
    void limits() throws Exception {
        assertThat(limits(world.store)).isEmpty();
        assertThat(limitKey(world.store)).isEmpty();
    }

    private static List<String> limitKey(JobStore store) throws Exception {
        Look look = new Look(store, "limit?key=" + TruthWorld.PARKED_KEY);
        look.same(
                "sentence",
                look.page.take("#limit h2"),
                "The key is paused, so no job starts; " + TruthWorld.PARKED + " jobs wait");
        look.same(
                "facts",
                look.page.take("#limit dl"),
                "Declared for each key 1 at a time Running 0 of 1 0 % Waiting " + TruthWorld.PARKED
                        + " Show these jobs Next start –");
        look.page.takeAll("#limit .note"); // since when it is paused
        look.same(
                "first",
                look.page.jobs("#waiting"),
                ids("SELECT id FROM job WHERE parked_under = '" + TruthWorld.PARKED_KEY
                        + "' ORDER BY parked_rank, due_at, id LIMIT 20"));
        look.same("how many", look.page.take("#waiting h3"), "The 20 that come first");
        look.same(
                "parts",
                look.page.rows("#waiting table"),
                List.of(Map.of(
                        "Queue", "q04", "Type", TruthWorld.PARKED_TYPE, "Waiting", String.valueOf(TruthWorld.PARKED))));
        look.page.take("#waiting table");
        return look.lies();
    }

    private static List<String> limits(JobStore store) {
        Look look = new Look(store, "limits");
        Map<String, String> acme =
                Objects.requireNonNull(look.page.table("#main table").get("acme"), "the key is not there");
        look.same("waiting", acme.get("Waiting"), String.valueOf(TruthWorld.PARKED));
        look.same("running", acme.get("Running"), "0 of 1 0 %");
        look.same("of each key", look.page.takeAll("#main p:contains(at a time)"), List.of("Each key: 1 at a time"));
        return look.lies();
    }

    @Test
    @DisplayName("on the page of schedules are so")
    void schedules() {
        Look look = new Look(world.store, "schedules");
        List<Map<String, String>> next = look.page.rows("#coming table");
        look.same(
                "next",
                next.stream().map(row -> row.get("Schedule")).toList(),
                IntStream.range(0, 10).mapToObj(number -> "s000" + number).toList());
        look.same("of which", look.page.take("#coming p.muted"), "Of the first 1,000 schedules by name.");
        List<Map<String, String>> rows = look.page.rows("#schedules > .scroll > table");
        look.same("rows", rows.isEmpty(), false);
        for (int number = 0; number < rows.size(); number++) {
            Map<String, String> row = rows.get(number);
            look.same("name", row.get("Schedule").startsWith(String.format(Locale.ROOT, "s%04d ", number)), true);
            look.same("fired of " + number, row.get("Fired"), number(number));
            look.same("skipped of " + number, row.get("Skipped"), "0");
        }
        look.page.takeAll("#coming .legend"); // how many are shown of each
        assertThat(look.lies()).isEmpty();
    }

    @Test
    @DisplayName("on the page of workers are so")
    void workers() {
        assertThat(workers(world.store)).isEmpty();
    }

    private static List<String> workers(JobStore store) {
        Look look = new Look(store, "workers");
        look.same(
                "sum",
                look.page.take("#workers p:contains(alive)"),
                TruthWorld.WORKERS + " workers are alive, " + number(TruthWorld.RUNNING) + " of "
                        + number((long) TruthWorld.WORKERS * TruthWorld.SLOTS) + " slots busy");
        look.same(
                "running ones",
                look.page.take("#workers p.problem"),
                "More than 1,000 jobs run: only the newest 1,000 were read.");
        List<String> shown = look.page.takeAll("#workers section.worker");
        look.same("shown", shown.size(), 100);
        for (int number = 0; number < shown.size(); number++) {
            String worker = shown.get(number);
            int busy = (TruthWorld.RUNNING + TruthWorld.WORKERS - 1 - number) / TruthWorld.WORKERS;
            look.same(
                    "busy slots of " + worker,
                    worker.startsWith(String.format(
                            Locale.ROOT, "worker-%03d ● alive %d %% %d / 10 slots", number, 10 * busy, busy)),
                    true);
            look.same(
                    "names of " + worker,
                    worker.contains("51 queues") && worker.contains(TruthWorld.TYPES + 3 + " types"),
                    true);
        }
        look.same(
                "others",
                look.page.take("#workers p:contains(not shown)"),
                TruthWorld.WORKERS - 100 + " more workers are not shown.");
        return look.lies();
    }

    @Test
    @DisplayName("of what waits in a queue are so, by type")
    void types() {
        assertThat(typesOfQueue(world.store)).isEmpty();
    }

    private static List<String> typesOfQueue(JobStore store) {
        Look look = new Look(store, "queues?queue=q03");
        look.page.take("#queues");
        look.same(
                "types",
                look.page.rows("#queue table"),
                List.of(Map.of(
                        "Type",
                        "t003",
                        "Due",
                        number(world.due.get("q03")),
                        "Due later",
                        number(world.scheduled.get("q03")))));
        look.page.take("#queue b"); // the name
        return look.lies();
    }

    @Test
    @DisplayName("that 'why' names are so")
    void why() throws Exception {
        JobClient jobs = JobClient.of(world.store);
        String due =
                "SELECT id FROM job WHERE status = 'pending' AND queue = '%s' AND run_at <= {now} ORDER BY run_at, id LIMIT 1 OFFSET %d";
        for (int ahead : List.of(0, 17, 150)) {
            assertThat(ahead(ids(SQL.write(due.formatted("q02", ahead))).get(0)))
                    .isEqualTo(ahead);
        }
        assertThat(ahead(ids(SQL.write(due.formatted("q00", 30_000))).get(0))).isEqualTo(JobSituation.MOST);
        Reason.Limited limited = jobs.why(
                        ids("SELECT id FROM job WHERE parked_under = '" + TruthWorld.PARKED_KEY + "' LIMIT 1")
                                .get(0))
                .find(Reason.Limited.class)
                .orElseThrow();
        assertThat(limited.state().waiting()).isEqualTo(TruthWorld.PARKED);
        assertThat(limited.state().pause()).isNotNull();
        Reason.NotDue again = jobs.why(ids("SELECT id FROM job WHERE type = '" + TruthWorld.RETRIED_TYPE + "' LIMIT 1")
                        .get(0))
                .find(Reason.NotDue.class)
                .orElseThrow();
        assertThat(again.times()).isEqualTo(TruthWorld.ATTEMPTS);
        assertThat(jobs.why(ids("SELECT id FROM job WHERE status = 'processing' LIMIT 1")
                                .get(0))
                        .find(Reason.Running.class))
                .isPresent();
    }

    /** While workers have free slots, 'why' does not name it: the job is about to start. */
    private static int ahead(UUID job) {
        return world.store.situation(job).orElseThrow().ahead();
    }

    @Test
    @DisplayName("of a job that was taken over from a dead worker tell its story")
    void takenOver() throws Exception {
        String id;
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id FROM job WHERE lost_workers > 0 LIMIT 1")) {
            row.next();
            id = row.getString(1);
        }
        String page = new DashboardPages(world.store).get("job?id=" + id).text();

        assertThat(page)
                .contains("A worker was lost while the job ran; due again for")
                .doesNotContain("Due for");
        assertThat(Duration.between(world.filledAt, Instant.now())).isPositive();
    }
}
