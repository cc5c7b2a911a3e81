package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.BestOfThree;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("When the database is killed under working workers and comes back after two leases,")
@Tag("slow")
class DatabaseOutageTest extends FaultTest {
    private static final Duration LEASE = Duration.ofSeconds(6);
    private static final Duration OUTAGE = LEASE.multipliedBy(2);
    private static final int EACH = 4;

    private final EngineLog log = new EngineLog();
    private final List<Member> members = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch laterReleased = new CountDownLatch(1);
    private final Set<UUID> returned = ConcurrentHashMap.newKeySet();
    private final AtomicInteger starts = new AtomicInteger();

    @AfterEach
    void stop() throws IOException {
        log.close();
        server().restart();
        released.countDown();
        laterReleased.countDown();
        members.forEach(member -> member.worker.close());
    }

    @BestOfThree.Test
    @DisplayName(
            "nothing is lost, nothing is taken from the living, results that were held are written, and all recover")
    void outage() throws Exception {
        Member first = member("first");
        List<UUID> jobs = new ArrayList<>(enqueue(ChildWorker.HOLD, EACH));
        awaitStarts(EACH);
        Member second = member("second");
        jobs.addAll(enqueue(ChildWorker.HOLD, EACH));
        awaitStarts(2 * EACH);

        Map<String, Integer> before = calls(first, second);
        long killed = System.nanoTime();
        server().kill();
        // Half of the jobs of each worker end while the database is away.
        released.countDown();
        BestOfThree.within(Duration.ofSeconds(2), () -> await().until(() -> returned.size() == EACH));
        await().atMost(OUTAGE.plus(Patience.LONG))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> System.nanoTime() - killed >= OUTAGE.toNanos());

        Map<String, Integer> during = difference(calls(first, second), before);
        assertBackedOff(during, Duration.ofNanos(System.nanoTime() - killed), 2);
        for (Member member : List.of(first, second)) {
            assertThat(member.worker.health().status()).isEqualTo(WorkerHealth.Status.DEGRADED);
            assertThat(member.worker.health().reasons())
                    .anyMatch(reason -> reason.startsWith("the store fails while keeping the lease: "))
                    .anyMatch(reason -> reason.startsWith("the store fails while settling: "))
                    .contains("the lease is not renewed: other workers may take over what this one holds");
        }

        // One worker is cut off for longer, and the first to be back is one that has had no outage at all.
        second.store.cutOff(true);
        server().restart();
        double away = (System.nanoTime() - killed) / 1e9;
        Member newcomer = member("newcomer");
        await().atMost(LEASE).until(() -> newcomer.store.calls("beat") >= 2);
        assertThat(lapsedLeases())
                .as("workers whose lease has lapsed and who are still remembered")
                .isPositive();
        second.store.cutOff(false);

        BestOfThree.within(Duration.ofSeconds(15), () -> awaitCompleted(EACH, Patience.LONG));
        laterReleased.countDown();
        BestOfThree.within(Duration.ofSeconds(5), () -> awaitCompleted(2 * EACH, Patience.LONG));
        BestOfThree.within(
                Duration.ofSeconds(10),
                () -> await().until(() -> members.stream()
                        .allMatch(member -> member.worker.health().status() == WorkerHealth.Status.UP)));
        System.out.printf(
                Locale.ROOT,
                "database away for %.2f s, lease %s: %d jobs in flight, calls of 2 workers meanwhile %s,"
                        + " all well %.2f s after the kill%n",
                away,
                LEASE,
                2 * EACH,
                during,
                (System.nanoTime() - killed) / 1e9);

        History history = history();
        history.assertEachEndedOnce(jobs, JobStatus.COMPLETED);
        assertThat(history.takeOvers()).as("jobs taken from the living").isZero();
        assertThat(starts).as("each ran once").hasValue(2 * EACH);
        assertThat(jobs().scan(JobQuery.all()))
                .extracting(Job::claim, Job::attempt, Job::lostWorkers)
                .containsOnly(tuple(1L, 1, 0));
        assertThat(log.lines("The store does not do its part")).as("%s", log).hasSize(2);
        assertThat(log.lines("The store answers again")).as("%s", log).hasSize(2);
        assertThat(log.lines("declared dead")).isEmpty();
        assertThat(log.lines("was refused")).isEmpty();
    }

    /**
     * How often so many workers may call in so long: each loop waits 50 ms after the first failure and doubles that up to its
     * cap, 5 s, or an eighth of the lease for heartbeats; jitter makes it a quarter shorter at the most. Each result that
     * ends meanwhile is tried once at once, and batches are halved after three tries.
     */
    private static void assertBackedOff(Map<String, Integer> calls, Duration outage, int workers) {
        int doublings = 2;
        for (long sum = 50; sum * 0.75 < outage.toMillis(); sum = sum * 2 + 50) {
            doublings++;
        }
        long beats = doublings + outage.toNanos() * 4 / 3 / LEASE.dividedBy(8).toNanos();
        Map<String, Long> most = Map.of(
                "beat", beats * workers,
                "claim", (long) doublings * workers,
                // What it asks after a claim has failed, before the next.
                "held", (long) doublings * workers,
                "takeOver", (long) doublings * workers,
                "takeOverEnded", (long) doublings * workers,
                // The outage lasts about as long as the loop of deadlines pauses, so a call may fall into it.
                "expire", (long) doublings * workers,
                "settle", (long) (doublings + EACH) * EACH * workers);
        // These ask nobody.
        calls.remove("hearsOthers");
        calls.remove("schedules");
        calls.remove("outcomes");
        calls.remove("acts");
        assertThat(calls.keySet()).isSubsetOf(most.keySet());
        calls.forEach((method, count) -> assertThat((long) count)
                .as("calls of %s, of all %s", method, calls)
                .isLessThanOrEqualTo(most.get(method)));
        assertThat(calls).as("it does try").containsKeys("beat", "settle");
    }

    private Member member(String name) {
        ReachableStore store = new ReachableStore(JdbcJobStore.of(database()));
        Worker worker = Worker.of(store.store(), ProcessorRegistry.of().with(ChildWorker.HOLD, this::hold))
                .name(name)
                .concurrency(EACH)
                .lease(LEASE)
                .start();
        Member member = new Member(worker, store);
        members.add(member);
        return member;
    }

    /** Every other job is let go early. */
    private Object hold(JobContext job) throws InterruptedException {
        CountDownLatch gate = starts.getAndIncrement() % 2 == 0 ? released : laterReleased;
        if (!gate.await(2 * Patience.SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("never released");
        }
        returned.add(job.id());
        return "done";
    }

    private void awaitStarts(int count) {
        await().atMost(Patience.LONG).until(() -> starts.get() == count);
    }

    private int lapsedLeases() {
        return Sql.query(database(), "SELECT id FROM job_worker WHERE lease_until < now()")
                .size();
    }

    private static Map<String, Integer> calls(Member... members) {
        Map<String, Integer> all = new ConcurrentHashMap<>();
        for (Member member : members) {
            member.store.calls().forEach((method, count) -> all.merge(method, count, Integer::sum));
        }
        return all;
    }

    private static Map<String, Integer> difference(Map<String, Integer> after, Map<String, Integer> before) {
        Map<String, Integer> difference = new TreeMap<>();
        after.forEach((method, count) -> {
            int more = count - before.getOrDefault(method, 0);
            if (more > 0) {
                difference.put(method, more);
            }
        });
        return difference;
    }

    private record Member(Worker worker, ReachableStore store) {}
}
