package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.UniqueKey;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.LabelName;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** For stores that have labels, and on which {@code order} and {@code tenant} are declared. */
public abstract class LabelsContract {
    private static final int ALL = 20_000;
    private static final String ORDER = "order";
    private static final String TENANT = "tenant";

    public abstract StoreFixture fixture();

    @BeforeEach
    void hasLabels() {
        assumeTrue(fixture().store.labels().isPresent(), "this store has no labels");
    }

    private static JobQuery order(String value) {
        return JobQuery.all().label(ORDER, value);
    }

    private NewJob ofOrder(String value) {
        return fixture().job().metadata(ORDER, value);
    }

    /** What every way to ask for a query finds. */
    private List<UUID> found(JobQuery query) {
        List<UUID> listed = fixture().store.scan(query).stream().map(Job::id).toList();
        JobPage page = fixture().store.search(query, ALL);
        assertThat(page.jobs()).extracting(Job::id).as("search").isEqualTo(listed);
        assertThat(page.next()).isNull();
        assertThat(fixture().store.countByScan(query)).isEqualTo(listed.size());
        assertThat(fixture().store.countUpTo(query, 1_000, ALL)).isEqualTo(new BoundedCount(listed.size(), true));
        return listed;
    }

    private List<UUID> searched(JobQuery query, int budget) {
        List<UUID> found = new ArrayList<>();
        for (JobQuery next = query; next != null; ) {
            JobPage page = fixture().store.search(next, budget);
            page.jobs().forEach(job -> found.add(job.id()));
            next = page.next();
        }
        return found;
    }

    private static SpawnedJobs spawn(NewJob... children) {
        List<EncodedJob> jobs =
                Arrays.stream(children).map(StoreFixture::encode).toList();
        return new SpawnedJobs(jobs, ChildFailurePolicy.FAIL_AT_ONCE, false);
    }

    @Test
    @DisplayName("a job is found by each of its labels, and by no other value or name")
    void single() {
        UUID id = fixture()
                .add(ofOrder("4711").metadata(TENANT, "acme").metadata("color", "red"))
                .id();
        fixture().add(ofOrder("4712"));
        fixture().added();

        assertThat(found(order("4711"))).containsExactly(id);
        assertThat(found(JobQuery.all().label(TENANT, "acme"))).containsExactly(id);
        assertThat(found(order("471"))).isEmpty();
        assertThat(found(order("acme"))).isEmpty();
        assertThat(found(order("4711").status(JobStatus.PENDING))).containsExactly(id);
        assertThat(found(order("4711").status(JobStatus.FAILED))).isEmpty();
        assertThat(found(order("4711").user("ada"))).isEmpty();
    }

    @Test
    @DisplayName("the declared names are told, with the time since which jobs have such labels")
    void names() {
        fixture().add(ofOrder("1"));

        List<LabelName> names = fixture().store.labels().orElseThrow().names();

        assertThat(names).extracting(LabelName::name).containsExactly(ORDER, TENANT);
        assertThat(names)
                .allSatisfy(name -> assertThat(name.since())
                        .isBeforeOrEqualTo(fixture().find(fixture().added()).createdAt()));
    }

    @Test
    @DisplayName("jobs that are added together have their labels, also those that have a unique key or relatives")
    void together() {
        NewJob parent = ofOrder("1").metadata(TENANT, "t");
        NewJob child = ofOrder("2").parent(parent);
        NewJob after = ofOrder("3").after(child);
        NewJob keyed = ofOrder("4").uniqueKey("k");
        NewJob plain = fixture().job();
        NewJob alone = ofOrder("5");
        fixture().addAll(parent, child, after);
        fixture().addAll(plain, keyed);
        fixture().addAll(alone, fixture().job());

        for (NewJob each : List.of(parent, child, after, keyed, alone)) {
            assertThat(found(order(orderOf(each)))).containsExactly(each.id());
        }
        assertThat(found(JobQuery.all().label(TENANT, "t"))).containsExactly(parent.id());
        assertThat(found(order("2").parent(parent.id()))).containsExactly(child.id());
    }

    @Test
    @DisplayName("very many jobs of one call have their labels")
    void many() {
        NewJob[] jobs = IntStream.range(0, 2_100)
                .mapToObj(n -> ofOrder("o" + n).metadata(TENANT, n % 2 == 0 ? "even" : "odd"))
                .toArray(NewJob[]::new);
        fixture().addAll(jobs);

        assertThat(found(order("o0"))).containsExactly(jobs[0].id());
        assertThat(found(order("o2099"))).containsExactly(jobs[2_099].id());
        assertThat(fixture().store.countByScan(JobQuery.all().label(TENANT, "odd")))
                .isEqualTo(1_050);
    }

    @Test
    @DisplayName("a job that was not added adds no label, also among others that were")
    void refused() {
        NewJob first = ofOrder("1").uniqueKey("k");
        fixture().add(first);

        assertThat(fixture().add(ofOrder("2").uniqueKey("k")).outcome()).isEqualTo(Added.Outcome.KEY_TAKEN);
        NewJob other = ofOrder("3");
        fixture().addAll(ofOrder("2").uniqueKey("k"), other);
        assertThat(fixture().add(ofOrder("2").id(first.id())).outcome()).isEqualTo(Added.Outcome.ID_EXISTS);
        fixture().addAll(ofOrder("2").id(first.id()), ofOrder("4"));
        fixture().addAll(ofOrder("5"), ofOrder("2").uniqueKey(UniqueKey.of("k").reject()));

        assertThat(found(order("1"))).containsExactly(first.id());
        assertThat(found(order("2"))).isEmpty();
        assertThat(found(order("3"))).containsExactly(other.id());
        assertThat(found(order("4"))).hasSize(1);
        assertThat(found(order("5"))).as("a call that is refused").isEmpty();
    }

    @Test
    @DisplayName("a job whose input is replaced keeps its metadata, and so its labels")
    void replaced() {
        UniqueKey key = UniqueKey.of("k").replaceInput();
        UUID id = fixture().add(ofOrder("1").uniqueKey(key)).id();

        assertThat(fixture().add(ofOrder("2").uniqueKey(key))).isEqualTo(new Added(id, Added.Outcome.REPLACED));

        assertThat(fixture().find(id).metadata()).containsEntry(ORDER, "1");
        assertThat(found(order("1"))).containsExactly(id);
        assertThat(found(order("2"))).isEmpty();
    }

    @Test
    @DisplayName("spawned children have their labels")
    void spawned() {
        Job parent = fixture().claimed();
        NewJob child = ofOrder("7").parent(parent.id());

        fixture().settle(Settlement.awaitChildren(Claim.of(parent), null, spawn(child)));

        assertThat(found(order("7"))).containsExactly(child.id());
    }

    @Test
    @DisplayName("a job keeps its labels when it fails, is retried by hand and completes; its undo job has them too")
    void stays() {
        NewJob job = ofOrder("9");
        fixture().add(job);
        Job running = fixture().claimed(job.id());
        fixture().begin(running, StoreFixture.CHARGE);
        fixture().finish(running, StoreFixture.CHARGE, "1");
        fixture().fail(running);

        UUID undo = fixture().onlyUndo().id();
        assertThat(found(order("9"))).containsExactlyInAnyOrder(job.id(), undo);
        assertThat(found(order("9").undos())).containsExactly(undo);
        fixture().complete(fixture().claimed(undo));
        fixture().retry(job);
        fixture().complete(fixture().claimed(job.id()));

        assertThat(found(order("9").status(JobStatus.COMPLETED))).contains(job.id());
    }

    @Test
    @DisplayName(
            "labels go with their job when it is deleted as it completes, and when it is purged: one with the same id does not inherit them")
    void gone() {
        NewJob deleted = ofOrder("1").metadata(TENANT, "t");
        NewJob purged = ofOrder("2").metadata(TENANT, "t");
        fixture().addAll(deleted, purged);
        fixture().claim(10);
        fixture().settle(Settlement.completeAndDelete(Claim.of(fixture().find(deleted)), null));
        fixture().complete(fixture().find(purged));
        fixture().age(Duration.ofDays(2));
        assertThat(fixture()
                        .store
                        .purge(Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(1)), 10)
                        .jobs())
                .isEqualTo(1);

        fixture().addAll(fixture().job().id(deleted.id()), ofOrder("3").id(purged.id()));

        assertThat(found(order("1"))).isEmpty();
        assertThat(found(order("2"))).isEmpty();
        assertThat(found(JobQuery.all().label(TENANT, "t"))).isEmpty();
        assertThat(found(order("3"))).containsExactly(purged.id());
    }

    @Test
    @DisplayName("labels of a deleted family go with it")
    void goneWithFamily() {
        NewJob parent = ofOrder("1");
        NewJob child = ofOrder("2").parent(parent);
        fixture().addAll(parent, child);
        fixture().claim(10);
        fixture().settle(Settlement.completeAndDelete(Claim.of(fixture().find(child)), null));
        fixture().age(Duration.ofDays(2));
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(1)), 10);
        fixture().addAll(fixture().job().id(parent.id()), fixture().job().id(child.id()));

        assertThat(found(order("1"))).isEmpty();
        assertThat(found(order("2"))).isEmpty();
    }

    @Test
    @DisplayName(
            "any value up to 200 characters that metadata may have is found exactly; a longer one is kept and is no label")
    void values() {
        String longest = "x".repeat(JobQuery.Label.LONGEST_VALUE);
        List<String> values = List.of(
                "'; DROP TABLE job; --",
                "<script>alert(1)</script>",
                "a%b",
                "a_b",
                "aXb",
                "\\",
                "{job}",
                "\n\t\u0007",
                "\uD83D\uDE00 订单",
                "Order",
                "order",
                "a",
                "a ",
                longest);
        List<NewJob> jobs = values.stream().map(this::ofOrder).toList();
        fixture().addAll(jobs.toArray(NewJob[]::new));
        NewJob tooLong = ofOrder(longest + "x").metadata(TENANT, "t");
        NewJob empty = ofOrder("");
        fixture().addAll(tooLong, empty);
        NewJob single = ofOrder("'\"`");
        fixture().add(single);

        for (NewJob job : jobs) {
            String value = orderOf(job);
            assertThat(found(order(value))).as(value).containsExactly(job.id());
        }
        assertThat(found(order("'\"`"))).containsExactly(single.id());
        assertThat(found(JobQuery.all().label(TENANT, "t"))).containsExactly(tooLong.id());
        assertThat(fixture().find(tooLong).metadata()).containsEntry(ORDER, longest + "x");
    }

    @Test
    @DisplayName("a search by label ends where its budget ends, and all pages together are the list")
    void budget() {
        for (int i = 0; i < 25; i++) {
            fixture().add(fixture().job().metadata(TENANT, "t").queue(i < 2 ? "rare" : "default"));
            fixture().add(fixture().job().metadata(TENANT, "t").id(UUID.randomUUID()));
            fixture().added();
        }
        JobQuery all = JobQuery.all().label(TENANT, "t");
        JobQuery rare = all.queue("rare");
        List<UUID> expected = fixture().store.scan(all).stream().map(Job::id).toList();
        List<UUID> expectedRare = fixture().store.scan(JobQuery.all().queue("rare")).stream()
                .map(Job::id)
                .toList();
        assertThat(expected).hasSize(50);
        assertThat(expectedRare).hasSize(2);

        for (int budget : new int[] {1, 7, 50, ALL}) {
            assertThat(searched(all.atMost(4), budget)).containsExactlyElementsOf(expected);
            assertThat(searched(rare, budget)).containsExactlyElementsOf(expectedRare);
        }
        assertThat(fixture().store.countUpTo(all, 100, ALL)).isEqualTo(new BoundedCount(50, true));
        assertThat(fixture().store.countUpTo(all, 49, ALL)).isEqualTo(new BoundedCount(49, false));
        assertThat(fixture().store.countUpTo(all, 100, 20))
                .satisfies(count -> assertThat(count.isExact()).isFalse());
    }

    @Test
    @DisplayName("a label selects the jobs that are cancelled and retried as well")
    void acted() {
        NewJob one = ofOrder("1");
        NewJob two = ofOrder("1");
        NewJob other = ofOrder("2");
        fixture().addAll(one, two, other);

        assertThat(fixture().store.cancelPage(order("1"), Locale.ENGLISH).done())
                .isEqualTo(2);
        assertThat(fixture().statuses(one, two, other))
                .containsExactly(JobStatus.CANCELLED, JobStatus.CANCELLED, JobStatus.PENDING);
        assertThat(fixture().store.retryPage(order("1")).done()).isEqualTo(2);
        assertThat(fixture().statuses(one, two)).containsOnly(JobStatus.PENDING);
    }

    private static String orderOf(NewJob job) {
        return Objects.requireNonNull(job.metadata().get(ORDER));
    }
}
