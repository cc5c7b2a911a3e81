package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Claims with ageing: jobs gain priority while they are due. */
public abstract class AgeingContract {
    private static final Duration STEP = Duration.ofMinutes(1);
    private static final Duration HALF = STEP.dividedBy(2);
    private static final int THREADS = 4;
    private static final int JOBS = 50 * RacingThreads.REPETITIONS;

    public abstract StoreFixture fixture();

    private UUID add(int priority) {
        return add(NewJob.DEFAULT_QUEUE, priority);
    }

    private UUID add(String queue, int priority) {
        return fixture().add(fixture().job().queue(queue).priority(priority)).id();
    }

    private List<UUID> claim(int limit) {
        return claim(limit, STEP, NewJob.DEFAULT_QUEUE);
    }

    private List<UUID> claim(int limit, @Nullable Duration ageing, String... queues) {
        return fixture().store.claim(request(fixture().worker(), limit, ageing, queues)).stream()
                .map(Job::id)
                .toList();
    }

    private static ClaimRequest request(UUID worker, int limit, @Nullable Duration ageing, String... queues) {
        return new ClaimRequest(
                worker, List.of(queues), limit, Set.of(StoreFixture.TYPE.name()), StoreFixture.CAP, false, ageing);
    }

    /** Time passes for the jobs. The worker is another one then: the lease of the old one may have lapsed. */
    private void pass(Duration time) {
        fixture().age(time);
        fixture().newWorker();
    }

    @Test
    @DisplayName("a job that has been due for longer than a step comes before a new one of the next priority")
    void waitedLongEnough() {
        UUID low = add(4);
        pass(STEP.plus(HALF));
        UUID high = add(5);

        assertThat(claim(1)).containsExactly(low);
        assertThat(claim(1)).containsExactly(high);
    }

    @Test
    @DisplayName("a job that has been due for less than a step comes after a new one of the next priority")
    void notLongEnough() {
        UUID low = add(4);
        pass(HALF);
        UUID high = add(5);

        assertThat(claim(1)).containsExactly(high);
        assertThat(claim(1)).containsExactly(low);
    }

    @Test
    @DisplayName("each level of priority is worth one step")
    void levels() {
        UUID zero = add(0);
        pass(STEP.multipliedBy(4));
        UUID five = add(5);
        pass(STEP.multipliedBy(4).plus(HALF));
        UUID nine = add(9);

        // They count as 8.5, 9.5 and 9.
        assertThat(claim(10)).containsExactly(five, nine, zero);
    }

    @Test
    @DisplayName("a claim takes the first jobs of all priorities together, and returns them in this order")
    void firstOfAll() {
        List<UUID> expected = new ArrayList<>();
        for (int job = 0; job < 20; job++) {
            expected.add(add(job % 2 == 0 ? 1 : 2));
            pass(STEP.multipliedBy(2));
        }

        List<UUID> claimed = new ArrayList<>(claim(7));
        claimed.addAll(claim(7));
        claimed.addAll(claim(7));

        assertThat(claimed).containsExactlyElementsOf(expected);
    }

    @Test
    @DisplayName("without ageing a job never comes before one of a higher priority, however long it has been due")
    void withoutAgeing() {
        UUID low = add(4);
        pass(Duration.ofDays(1));
        UUID high = add(5);

        assertThat(claim(1, null, NewJob.DEFAULT_QUEUE)).containsExactly(high);
        assertThat(claim(1, null, NewJob.DEFAULT_QUEUE)).containsExactly(low);
    }

    @Test
    @DisplayName("jobs of the same priority come in the order of their due times")
    void samePriority() {
        UUID first = add(3);
        pass(Duration.ofSeconds(1));
        UUID second = add(3);

        assertThat(claim(10)).containsExactly(first, second);
    }

    @Test
    @DisplayName("jobs that are not due are not given out, whatever their priority")
    void notDue() {
        fixture().add(fixture().job().priority(9).delay(Duration.ofHours(1)));
        UUID due = add(0);

        assertThat(claim(10)).containsExactly(due);
    }

    @Test
    @DisplayName("the order is one over all queues asked for")
    void queues() {
        UUID low = add("a", 0);
        pass(STEP.multipliedBy(10));
        UUID high = add("b", 9);
        UUID middle = add("a", 5);
        fixture().add(fixture().job().queue("c").priority(9));

        assertThat(claim(2, STEP, "b", "a")).containsExactly(low, high);
        assertThat(claim(2, STEP, "b", "a")).containsExactly(middle);
    }

    @Test
    @DisplayName("jobs of other types are left alone")
    void onlyTypes() {
        fixture().add(NewJob.of(JobType.of("unknown_task_type", String.class), "x"));
        pass(STEP);
        UUID known = add(0);
        ClaimRequest only = new ClaimRequest(
                fixture().worker(),
                List.of(NewJob.DEFAULT_QUEUE),
                10,
                Set.of(StoreFixture.TYPE.name()),
                StoreFixture.CAP,
                true,
                STEP);

        assertThat(fixture().store.claim(only)).extracting(Job::id).containsExactly(known);
    }

    @Test
    @DisplayName("undo jobs come before all others")
    void undoFirst() {
        UUID old = add("slow", 9);
        pass(STEP.multipliedBy(100));
        fixture().failedAfterCharge();
        UUID undo = fixture().onlyUndo().id();

        assertThat(claim(1, STEP, "slow")).containsExactly(undo);
        assertThat(claim(1, STEP, "slow")).containsExactly(old);
    }

    @Test
    @DisplayName("of the jobs at their last try a claim takes the first in this order")
    void suspects() {
        UUID low = add("a", 0);
        loseAlmostAllWorkers("a");
        pass(STEP.multipliedBy(10));
        UUID high = add("b", 9);
        loseAlmostAllWorkers("b");

        assertThat(claim(10, STEP, "a", "b")).containsExactly(low);
        fixture().newWorker();
        assertThat(claim(10, STEP, "a", "b")).containsExactly(high);
    }

    private void loseAlmostAllWorkers(String queue) {
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            assertThat(claim(10, null, queue)).hasSize(1);
            fixture().loseWorkers();
        }
    }

    @Test
    @DisplayName("jobs under a limit come in this order too")
    void underLimits() {
        limitTenants();
        UUID low = add(4, "acme");
        pass(STEP.plus(HALF));
        UUID high = add(5, "bravo");
        UUID plain = add(6);

        assertThat(claim(1)).containsExactly(plain);
        assertThat(claim(1)).containsExactly(low);
        assertThat(claim(1)).containsExactly(high);
    }

    @Test
    @DisplayName("a job that a limit has held up comes before a new one of a higher priority")
    void heldUp() {
        limitTenants();
        Job running = fixture().claimed(add(5, "acme"));
        UUID heldUp = add(0, "acme");
        assertThat(claim(10)).isEmpty();
        pass(STEP.multipliedBy(10));
        UUID high = add(9);
        fixture().complete(running);

        assertThat(claim(1)).containsExactly(heldUp);
        assertThat(claim(1)).containsExactly(high);
    }

    @Test
    @DisplayName("jobs that are fair by one key keep their order: the higher priority comes first")
    void fairKey() {
        assumeThat(fixture().store.limits()).isPresent();
        UUID low = fixture().add(fixture().job().priority(4).fairBy("acme")).id();
        pass(STEP.multipliedBy(3));
        UUID high = fixture().add(fixture().job().priority(5).fairBy("acme")).id();

        assertThat(claim(1)).containsExactly(high);
        assertThat(claim(1)).containsExactly(low);
    }

    private void limitTenants() {
        assumeThat(fixture().store.limits()).isPresent();
        fixture().store.limits().orElseThrow().put(Limit.of("tenant").concurrency(1));
    }

    private UUID add(int priority, String tenant) {
        return fixture()
                .add(fixture().job().priority(priority).limit("tenant", tenant))
                .id();
    }

    @Test
    @DisplayName("many threads, some with ageing and some without, claim each job once")
    void races() {
        List<EncodedJob> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            jobs.add(StoreFixture.encode(fixture().job().priority(i % 10)));
        }
        fixture().store.add(jobs);
        Map<UUID, Claim> seen = new ConcurrentHashMap<>();

        RacingThreads.race(THREADS, thread -> () -> {
            UUID worker = fixture().register();
            ClaimRequest request = request(worker, 7, thread % 2 == 0 ? STEP : null, NewJob.DEFAULT_QUEUE);
            for (List<Job> batch = fixture().store.claim(request);
                    !batch.isEmpty();
                    batch = fixture().store.claim(request)) {
                assertThat(batch).hasSizeLessThanOrEqualTo(7);
                for (Job job : batch) {
                    assertThat(seen.put(job.id(), Claim.of(job)))
                            .as("job claimed twice")
                            .isNull();
                }
            }
            return seen.size();
        });

        // A thread may have found nothing while other threads had locked the last rows, but no job may be left.
        for (List<UUID> left = claim(100); !left.isEmpty(); left = claim(100)) {
            left.forEach(id -> seen.put(id, Claim.of(fixture().find(id))));
        }
        assertThat(seen).hasSize(JOBS);
    }
}
