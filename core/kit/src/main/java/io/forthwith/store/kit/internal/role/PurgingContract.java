package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Added;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class PurgingContract {
    private static final Retention RETENTION =
            Retention.DEFAULT.completed(Duration.ofDays(7)).failed(Duration.ofDays(30));

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("completed and cancelled jobs go after one time, failed ones with their history after another")
    void retention() {
        Job completed = fixture().claimed();
        fixture().complete(completed);
        Job failed = fixture().claimed();
        fixture().fail(failed);
        UUID cancelled = fixture().added();
        fixture().store.cancel(cancelled, Locale.ENGLISH);
        UUID open = fixture().added();

        fixture().age(Duration.ofDays(6));
        assertThat(purge(100)).isZero();
        fixture().age(Duration.ofDays(2));
        assertThat(purge(100)).isEqualTo(2);
        assertThat(fixture().store.find(completed.id())).isEmpty();
        assertThat(fixture().store.find(cancelled)).isEmpty();
        assertThat(fixture().status(failed.id())).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().store.failures(failed.id())).hasSize(1);

        fixture().age(Duration.ofDays(30));
        assertThat(purge(100)).isEqualTo(1);
        assertThat(fixture().store.find(failed.id())).isEmpty();
        assertThat(fixture().store.failures(failed.id())).isEmpty();
        assertThat(fixture().status(open)).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName(
            "jobs of a type with times of its own go after these, longer or shorter ones, and are not counted before")
    void retentionOfTypes() {
        Retention retention = RETENTION
                .type("short", Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(2)))
                .type("long", Retention.DEFAULT.completed(Duration.ofDays(60)).failed(Duration.ofDays(90)));
        for (String type : List.of("short", "long", StoreFixture.TYPE.name())) {
            NewJob completed =
                    NewJob.of(JobType.of(type, Object.class), "input").project("completed");
            NewJob failed = NewJob.of(JobType.of(type, Object.class), "input").project("failed");
            fixture().addAll(completed, failed);
            fixture().complete(claimed(completed));
            fixture().fail(fixture().find(failed));
        }

        assertThat(kept(retention, 0)).isEqualTo(6);
        assertThat(kept(retention, 1)).isEqualTo(5);
        assertThat(kept(retention, 1)).isEqualTo(4);
        assertThat(fixture().store.countByScan(JobQuery.all().type("short"))).isZero();
        assertThat(kept(retention, 5)).isEqualTo(3);
        assertThat(kept(retention, 22)).isEqualTo(3);
        assertThat(kept(retention, 1)).isEqualTo(2);
        assertThat(fixture().store.scan(JobQuery.all())).extracting(Job::type).containsOnly("long");
        assertThat(kept(retention, 29)).isEqualTo(2);
        assertThat(kept(retention, 1)).isEqualTo(1);
        assertThat(kept(retention, 30)).isZero();
    }

    private Job claimed(NewJob job) {
        fixture()
                .store
                .claim(new ClaimRequest(
                        fixture().worker(),
                        List.of(NewJob.DEFAULT_QUEUE),
                        10,
                        Set.of(job.type().name()),
                        StoreFixture.CAP));
        return fixture().find(job);
    }

    /** How many jobs there are after a purge so many days, and a second, later. */
    private long kept(Retention retention, int days) {
        fixture().age(Duration.ofDays(days).plusSeconds(1));
        fixture().store.purge(retention, 100);
        return fixture().store.countByScan(JobQuery.all());
    }

    @Test
    @DisplayName("purge deletes at most the requested number of jobs")
    void limit() {
        for (int i = 0; i < 5; i++) {
            fixture().complete(fixture().claimed());
        }
        fixture().age(Duration.ofDays(8));

        assertThat(purge(2)).isEqualTo(2);
        assertThat(purge(2)).isEqualTo(2);
        assertThat(purge(2)).isEqualTo(1);
        assertThat(purge(2)).isZero();
        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("purge keeps children of open parents")
    void openParents() {
        NewJob parent = fixture().job();
        NewJob early = fixture().childOf(parent);
        NewJob late = fixture().childOf(parent).delay(Duration.ofDays(20));
        fixture().addAll(parent, early, late);
        fixture().complete(fixture().claimed(early.id()));
        fixture().age(Duration.ofDays(10));

        assertThat(purge(100)).isZero();

        fixture().age(Duration.ofDays(11));
        fixture().store.beat(fixture().worker(), StoreFixture.LEASE, WorkerLoad.NONE);
        fixture().complete(fixture().claimed(late.id()));
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(purge(100)).isEqualTo(1);
        fixture().age(Duration.ofDays(8));
        assertThat(purge(100)).isEqualTo(2);
    }

    @Test
    @DisplayName("jobs that must stay do not use up the limit, and purge deletes children without parents")
    void stayingDoesNotBlock() {
        NewJob parent = fixture().job();
        NewJob early = fixture().childOf(parent);
        fixture().addAll(parent, early, fixture().childOf(parent).delay(Duration.ofDays(300)));
        fixture().complete(fixture().claimed(early.id()));
        fixture().age(Duration.ofSeconds(1));
        UUID plain = fixture().claimed().id();
        fixture().complete(fixture().find(plain));
        fixture().age(Duration.ofDays(10));

        assertThat(purge(1)).isEqualTo(1);
        assertThat(fixture().store.find(plain)).isEmpty();

        fixture().store.cancel(parent.id(), Locale.ENGLISH);
        fixture().age(Duration.ofDays(8));
        assertThat(purge(1)).isEqualTo(1);
        assertThat(purge(1)).isEqualTo(1);
        assertThat(purge(1)).isEqualTo(1);
        assertThat(fixture().store.find(early.id())).isEmpty();
        assertThat(fixture().store.find(parent.id())).isEmpty();
    }

    @Test
    @DisplayName("an id is free again once its job is purged")
    void idFreeAgain() {
        NewJob job = fixture().job();
        fixture().add(job);
        fixture().complete(fixture().claimed(job.id()));
        fixture().age(Duration.ofDays(8));
        purge(100);

        assertThat(fixture().add(job).outcome()).isEqualTo(Added.Outcome.ADDED);
    }

    private int purge(int atMost) {
        return fixture().store.purge(RETENTION, atMost).jobs();
    }
}
