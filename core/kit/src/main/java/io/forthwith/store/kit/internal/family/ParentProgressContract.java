package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ParentProgressContract {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int ATTEMPTS = 20;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("the progress of a parent is the average of its children's progress, by their reports and their ends")
    void mean() {
        NewJob parent = fixture().job();
        List<NewJob> children = addFamily(parent, 4);
        fixture().age(INTERVAL);
        report(children.get(3), 50);
        assertThat(percent(parent)).isEqualTo(12);

        fixture().age(INTERVAL);
        fixture().completes(children.get(0));
        assertThat(percent(parent)).isEqualTo(37);

        fixture().age(INTERVAL);
        fixture().completes(children.get(1), children.get(2));
        fixture().age(INTERVAL);
        report(children.get(3), 80);
        assertThat(percent(parent)).isEqualTo(95);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);

        fixture().completes(children.get(3));
        assertThat(percent(parent)).isEqualTo(100);
    }

    @Test
    @DisplayName("a store writes the progress of a parent at most once a second")
    void onceASecond() {
        boolean wasQuick = false;
        for (int attempt = 0; attempt < ATTEMPTS && !wasQuick; attempt++) {
            wasQuick = isWrittenOnceASecond();
        }
        assertThat(wasQuick)
                .as("one of %s tries took less than %s", ATTEMPTS, INTERVAL)
                .isTrue();
    }

    /** @return whether it was quick enough to tell */
    private boolean isWrittenOnceASecond() {
        NewJob parent = fixture().job();
        long before = System.nanoTime();
        List<NewJob> children = addFamily(parent, 2);
        report(children.get(0), 50);
        fixture().completes(children.get(0));
        Job unchanged = fixture().find(parent);
        boolean wasQuick = System.nanoTime() - before < INTERVAL.toNanos();
        if (wasQuick) {
            assertThat(unchanged.progress()).isEqualTo(JobProgress.NONE);
            assertThat(unchanged.updatedAt()).isEqualTo(unchanged.createdAt());
        }
        fixture().age(INTERVAL);
        report(children.get(1), 20);
        assertThat(percent(parent)).isEqualTo(60);
        fixture().cancel(parent);
        return wasQuick;
    }

    @Test
    @DisplayName("a failed parent shows its last progress, also if the store wrote it long before")
    void atTheEnd() {
        NewJob parent = fixture().job();
        List<NewJob> children = addFamily(parent, 3);
        report(children.get(1), 20);
        fixture().completes(children.get(0));

        fixture().fails(children.get(2));

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.FAILED);
        assertThat(percent(parent)).isEqualTo(40);
        fixture().age(INTERVAL);
        fixture().completes(children.get(1));
        assertThat(percent(parent)).as("it has ended").isEqualTo(40);
    }

    @Test
    @DisplayName("the progress of grandparents changes in the same transaction")
    void generations() {
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top);
        NewJob low = fixture().childOf(middle);
        NewJob good = fixture().childOf(low);
        fixture()
                .addAll(
                        top,
                        middle,
                        low,
                        good,
                        fixture().childOf(low),
                        fixture().childOf(top));
        fixture().age(INTERVAL);

        report(good, 60);
        assertThat(percents(low, middle, top)).containsExactly(30, 30, 15);

        fixture().age(INTERVAL);
        fixture().completes(good);
        assertThat(percents(low, middle, top)).containsExactly(50, 50, 25);
    }

    @Test
    @DisplayName(
            "the progress of a group goes down when it gets more children or a child starts again, and is below 100 while the group waits")
    void groups() {
        NewJob group = fixture().job().unsealed().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob first = fixture().childOf(group);
        fixture().addAll(group, first);
        fixture().age(INTERVAL);
        fixture().completes(first);
        assertThat(percent(group)).isEqualTo(99);

        NewJob second = fixture().childOf(group);
        fixture().add(second);
        fixture().age(INTERVAL);
        report(second, 10);
        assertThat(percent(group)).isEqualTo(55);
        fixture().age(INTERVAL);
        fixture().fails(second);
        fixture().retry(second);
        fixture().age(INTERVAL);
        report(second, 0);
        assertThat(percent(group)).isEqualTo(50);
        fixture().completes(second);
        fixture().store.seal(group.id(), Locale.ENGLISH);
        assertThat(percent(group)).isEqualTo(100);
    }

    @Test
    @DisplayName("a finisher counts as one of the children")
    void finisher() {
        NewJob parent = fixture().job();
        NewJob end = fixture().job().finisherOf(parent);
        NewJob first = fixture().childOf(parent);
        NewJob second = fixture().childOf(parent);
        fixture().addAll(parent, end, first, second);
        fixture().age(INTERVAL);
        fixture().completes(first);
        assertThat(percent(parent)).isEqualTo(33);

        fixture().age(INTERVAL);
        fixture().completes(second);
        assertThat(percent(parent)).isEqualTo(66);

        fixture().age(INTERVAL);
        report(end, 50);
        assertThat(percent(parent)).isEqualTo(83);
    }

    @Test
    @DisplayName("a job that begins to wait keeps what it reported, except the percentage")
    void ownPart() {
        NewJob parent = fixture().job();
        fixture().add(parent);
        Job running = fixture().running(parent);
        fixture()
                .store
                .report(List.of(
                        new ProgressReport(Claim.of(running), ReadModelFactory.jobProgress(90, 2, 3, "almost there"))));
        NewJob child = fixture().childOf(parent);
        fixture()
                .settle(Settlement.awaitChildren(
                        Claim.of(running),
                        null,
                        new SpawnedJobs(List.of(StoreFixture.encode(child)), ChildFailurePolicy.FAIL_AT_ONCE, false)));
        fixture().age(INTERVAL);

        report(child, 40);

        assertThat(fixture().find(parent).progress()).isEqualTo(ReadModelFactory.jobProgress(40, 2, 3, "almost there"));
    }

    @Test
    @DisplayName("refused reports do not change the progress of a parent")
    void fenced() {
        NewJob parent = fixture().job();
        NewJob child = addFamily(parent, 1).get(0);
        Job lost = fixture().running(child);
        fixture().loseWorkers();
        fixture().age(INTERVAL);

        fixture().store.report(List.of(new ProgressReport(Claim.of(lost), JobProgress.NONE.withPercent(70))));

        assertThat(percents(child, parent)).containsExactly(0, 0);
    }

    @Test
    @DisplayName("one call with reports of many children updates the progress of all their parents")
    void manyReports() {
        NewJob one = fixture().job();
        NewJob other = fixture().job();
        List<NewJob> children = new ArrayList<>(addFamily(one, 3));
        children.addAll(addFamily(other, 2));
        fixture().age(INTERVAL);
        List<ProgressReport> reports = children.stream()
                .map(child -> new ProgressReport(
                        Claim.of(fixture().running(child)),
                        JobProgress.NONE.withPercent(10 * (children.indexOf(child) + 1))))
                .toList();

        fixture().store.report(reports);

        assertThat(percents(one, other)).containsExactly(20, 45);
    }

    private List<NewJob> addFamily(NewJob parent, int size) {
        List<NewJob> jobs = new ArrayList<>(List.of(parent));
        for (int i = 0; i < size; i++) {
            jobs.add(fixture().childOf(parent));
        }
        fixture().addAll(jobs.toArray(NewJob[]::new));
        return jobs.subList(1, jobs.size());
    }

    private void report(NewJob job, int percent) {
        Claim claim = Claim.of(fixture().running(job));
        fixture().store.report(List.of(new ProgressReport(claim, JobProgress.NONE.withPercent(percent))));
    }

    private int percent(NewJob job) {
        return fixture().find(job).progress().percent();
    }

    private List<Integer> percents(NewJob... jobs) {
        return Arrays.stream(jobs).map(this::percent).toList();
    }
}
