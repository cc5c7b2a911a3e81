package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ReadingContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("find of an unknown id is empty")
    void unknown() {
        assertThat(fixture().store.find(UUID.randomUUID())).isEmpty();
        assertThat(fixture().store.failures(UUID.randomUUID())).isEmpty();
    }

    @Test
    @DisplayName("says which of some jobs are open: all but those that have ended and those that do not exist")
    void open() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob completed = fixture().job();
        NewJob failed = fixture().job();
        NewJob cancelled = fixture().job();
        NewJob running = fixture().job();
        fixture().add(completed);
        fixture().completes(completed);
        fixture().add(failed);
        fixture().fails(failed);
        fixture().add(cancelled);
        fixture().cancel(cancelled);
        fixture().add(running);
        fixture().running(running);
        fixture().addAll(parent, child);
        assertThat(fixture().statuses(parent, child, completed, failed, cancelled, running))
                .containsExactly(
                        JobStatus.WAITING,
                        JobStatus.PENDING,
                        JobStatus.COMPLETED,
                        JobStatus.FAILED,
                        JobStatus.CANCELLED,
                        JobStatus.PROCESSING);
        List<UUID> asked = new ArrayList<>(Stream.of(running, cancelled, failed, completed, child, parent)
                .map(NewJob::id)
                .toList());
        for (int i = 0; i < 2_000; i++) {
            asked.add(UUID.randomUUID());
        }

        assertThat(fixture().store.openAmong(asked)).containsExactlyInAnyOrder(parent.id(), child.id(), running.id());
        assertThat(fixture().store.openAmong(List.of(completed.id(), failed.id())))
                .isEmpty();
        assertThat(fixture().store.openAmong(List.of())).isEmpty();
    }

    @Test
    @DisplayName("list is newest first, in pages that follow one another without gap or overlap")
    void pages() {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            ids.add(fixture().added());
        }
        Collections.reverse(ids);

        List<UUID> seen = new ArrayList<>();
        JobQuery query = JobQuery.all().atMost(10);
        for (List<Job> page = fixture().store.scan(query);
                !page.isEmpty();
                page = fixture().store.scan(query.before(seen.get(seen.size() - 1)))) {
            assertThat(page).hasSizeLessThanOrEqualTo(10);
            page.forEach(job -> seen.add(job.id()));
        }
        assertThat(seen).containsExactlyElementsOf(ids);
        assertThat(fixture().store.countByScan(query.before(ids.get(3)))).isEqualTo(25);
    }

    @Test
    @DisplayName("ids sort as their text does, whatever their first bit")
    void anyIds() {
        List<NewJob> jobs = new ArrayList<>();
        for (String first : new String[] {"00", "7f", "80", "ff"}) {
            jobs.add(fixture().job().id(UUID.fromString(first + "000000-0000-4000-8000-000000000000")));
        }
        fixture().addAll(jobs.toArray(NewJob[]::new));

        assertThat(fixture().store.scan(JobQuery.all()))
                .extracting(Job::id)
                .containsExactly(
                        jobs.get(3).id(),
                        jobs.get(2).id(),
                        jobs.get(1).id(),
                        jobs.get(0).id());
        assertThat(fixture().store.scan(JobQuery.all().before(jobs.get(2).id())))
                .extracting(Job::id)
                .containsExactly(jobs.get(1).id(), jobs.get(0).id());
    }

    @Test
    @DisplayName("each filter selects what it says, alone and with others; count agrees with list")
    void filters() {
        NewJob parent = fixture().job().user("ada").project("p1");
        NewJob child = fixture().childOf(parent).user("ada").project("p2");
        NewJob other = NewJob.of(JobType.of("other", Object.class), 1)
                .user("bob")
                .project("p1")
                .queue("slow");
        fixture().addAll(parent, child, other);
        fixture().fail(fixture().claimed(child.id()));

        expect(JobQuery.all(), other, child, parent);
        expect(JobQuery.all().user("ada"), child, parent);
        expect(JobQuery.all().project("p1"), other, parent);
        expect(JobQuery.all().user("ada").project("p1"), parent);
        expect(JobQuery.all().type("other"), other);
        expect(JobQuery.all().queue("slow"), other);
        expect(JobQuery.all().queue("default"), child, parent);
        expect(JobQuery.all().parent(parent.id()), child);
        expect(JobQuery.all().status(JobStatus.PENDING), other);
        expect(JobQuery.all().status(JobStatus.FAILED, JobStatus.PENDING), other, child, parent);
        expect(JobQuery.all().user("ada").project("p2").status(JobStatus.FAILED).type("shot_video_generation"), child);
        assertThat(fixture().store.scan(JobQuery.all().user("ada").atMost(1)))
                .extracting(Job::id)
                .containsExactly(child.id());
        assertThat(fixture().store.scan(JobQuery.all().user("ada").before(child.id())))
                .extracting(Job::id)
                .containsExactly(parent.id());
        expect(JobQuery.all().errorCode("no_credits"), child);
        expect(JobQuery.all().errorCode("no_credits").user("bob"));
        expect(JobQuery.all().user("nobody"));
        expect(JobQuery.all().user("' OR 1=1 --"));
        expect(JobQuery.all().user("%"));
    }

    private void expect(JobQuery query, NewJob... jobs) {
        assertThat(fixture().store.scan(query))
                .extracting(Job::id)
                .containsExactlyElementsOf(
                        List.of(jobs).stream().map(NewJob::id).toList());
        assertThat(fixture().store.countByScan(query)).isEqualTo(jobs.length);
    }

    @Test
    @DisplayName("a listed job is the job that find returns")
    void listedIsFound() {
        Job job = fixture().claimed();
        fixture().fail(job);

        assertThat(fixture().store.scan(JobQuery.all()))
                .containsExactly(fixture().find(job.id()));
    }

    @Test
    @DisplayName("failures come in the order of the attempts")
    void failures() {
        UUID id = fixture().added();
        for (int i = 1; i <= 3; i++) {
            Job job = fixture().claimed(id);
            fixture()
                    .settle(Settlement.retry(
                            Claim.of(job), JobError.retryable("timeout", "attempt " + i), Duration.ZERO));
        }
        fixture().fail(fixture().claimed(id));

        assertThat(fixture().store.failures(id))
                .extracting(FailedAttempt::message)
                .containsExactly("attempt 1", "attempt 2", "attempt 3", "boom");
        assertThat(fixture().store.failures(id))
                .extracting(FailedAttempt::attempt)
                .containsExactly(1, 2, 3, 4);
        assertThat(fixture().store.failures(id))
                .extracting(FailedAttempt::jobId)
                .containsOnly(id);
    }
}
