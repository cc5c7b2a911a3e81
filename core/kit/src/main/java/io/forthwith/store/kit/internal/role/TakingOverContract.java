package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class TakingOverContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("held returns exactly the jobs that are processing under the worker")
    void held() {
        Job first = fixture().claimed();
        Job second = fixture().claimed();
        Job done = fixture().claimed();
        fixture().complete(done);
        fixture().added();
        fixture().store.cancel(first.id(), Locale.ENGLISH);

        assertThat(fixture().store.held(fixture().worker()))
                .containsExactlyInAnyOrder(Claim.of(first), Claim.of(second));
        assertThat(fixture().store.held(fixture().register())).isEmpty();
        assertThat(fixture().store.held(UUID.randomUUID())).isEmpty();
    }

    @Test
    @DisplayName("take-over: pending again, claim grown, attempt given back, one lost worker more")
    void takeOver() {
        UUID worker = fixture().worker();
        Job job = fixture().claimed();

        assertThat(fixture().loseWorkers()).containsExactly(new TakenOver(job.id(), JobStatus.PENDING, worker));

        Job taken = fixture().find(job.id());
        assertThat(taken.status()).isEqualTo(JobStatus.PENDING);
        assertThat(taken.claim()).isEqualTo(2);
        assertThat(taken.attempt()).isZero();
        assertThat(taken.lostWorkers()).isEqualTo(1);
        assertThat(fixture().store.failures(job.id())).isEmpty();
        assertThat(fixture().claimed(job.id()).claim()).isEqualTo(3);
    }

    @Test
    @DisplayName("a job that was taken over refuses every late write of its former worker")
    void lateWrites() {
        Job job = fixture().claimed();
        fixture().loseWorkers();
        Job taken = fixture().find(job.id());

        assertThat(fixture().complete(job)).isEqualTo(Settled.LOST);
        assertThat(fixture().fail(job)).isEqualTo(Settled.LOST);
        assertThat(fixture().settle(Settlement.giveBack(Claim.of(job)))).isEqualTo(Settled.LOST);
        assertThat(fixture().find(job.id())).isEqualTo(taken);

        Job successor = fixture().claimed(job.id());
        assertThat(fixture().complete(job)).isEqualTo(Settled.LOST);
        assertThat(fixture().complete(successor)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().fail(job)).isEqualTo(Settled.LOST);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("take-over leaves living workers alone")
    void livingWorkers() {
        fixture().claimed();
        UUID dead = fixture().worker();
        UUID alive = fixture().register();
        UUID theirs = fixture().added();
        fixture().claimAs(alive, 10);
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        fixture().store.beat(alive, StoreFixture.LEASE, WorkerLoad.NONE);

        assertThat(fixture().takeOver()).extracting(TakenOver::lostWorker).containsExactly(dead);
        assertThat(fixture().status(theirs)).isEqualTo(JobStatus.PROCESSING);
        assertThat(fixture()
                        .store
                        .beat(alive, StoreFixture.LEASE, WorkerLoad.NONE)
                        .alive())
                .isTrue();
        assertThat(fixture().takeOver()).isEmpty();
    }

    @Test
    @DisplayName("jobs come back after a random delay, never longer than asked for")
    void delay() {
        for (int i = 0; i < 20; i++) {
            fixture().added();
        }
        List<Job> claimed = fixture().claim(20);
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        Duration most = Duration.ofMinutes(10);

        fixture().store.takeOver(new TakeOverRequest(StoreFixture.CAP, most, Locale.ENGLISH));

        assertThat(claimed)
                .extracting(job -> {
                    Job taken = fixture().find(job.id());
                    return Duration.between(taken.updatedAt(), taken.runAt());
                })
                .allMatch(each -> !each.isNegative() && each.compareTo(most.plusSeconds(1)) <= 0)
                .anyMatch(each -> each.compareTo(Duration.ofSeconds(30)) > 0)
                .doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a job that has lost as many workers as allowed fails")
    void cap() {
        UUID id = fixture().added();
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            fixture().claimed(id);
            assertThat(fixture().loseWorkers()).extracting(TakenOver::status).containsExactly(JobStatus.PENDING);
        }
        Job last = fixture().claimed(id);

        assertThat(fixture().loseWorkers()).extracting(TakenOver::status).containsExactly(JobStatus.FAILED);

        Job failed = fixture().find(id);
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage())
                .isEqualTo("The job was given up: " + StoreFixture.CAP + " workers were lost while running it");
        assertThat(failed.errorCode()).isEqualTo("worker_lost");
        assertThat(failed.completedAt()).isNotNull();
        assertThat(failed.claim()).isEqualTo(last.claim() + 1);
        assertThat(failed.lostWorkers()).isEqualTo(StoreFixture.CAP);
        assertThat(fixture().store.failures(id)).hasSize(1).first().satisfies(failure -> {
            assertThat(failure.claim()).isEqualTo(last.claim());
            assertThat(failure.attempt()).isEqualTo(last.attempt());
            assertThat(failure.workerId()).isEqualTo(last.workerId());
            assertThat(failure.code()).isEqualTo("worker_lost");
            assertThat(failure.message()).isEqualTo(failed.errorMessage());
        });
        assertThat(fixture().complete(last)).isEqualTo(Settled.LOST);
    }

    @Test
    @DisplayName("the error of a job at the cap is in its own language, or else in that of the request")
    void languageAtTheCap() {
        UUID chinese = fixture()
                .add(fixture().job().locale(Locale.TRADITIONAL_CHINESE))
                .id();
        UUID german = fixture().add(fixture().job().locale(Locale.GERMAN)).id();
        UUID silent = fixture().added();
        for (Locale ofRequest : List.of(Locale.SIMPLIFIED_CHINESE, Locale.ENGLISH)) {
            fixture().claim(3);
            fixture().age(StoreFixture.LEASE.plusSeconds(1));
            fixture().store.takeOver(new TakeOverRequest(1, Duration.ZERO, ofRequest));
            String inChinese = "任务已放弃：运行它的工作进程丢失了 1 次";
            String inEnglish = "The job was given up: the worker running it was lost";

            assertThat(fixture().find(chinese).errorMessage()).isEqualTo(inChinese);
            assertThat(fixture().store.failures(chinese))
                    .last()
                    .satisfies(failure -> assertThat(failure.message()).isEqualTo(inChinese));
            assertThat(fixture().find(german).errorMessage()).isEqualTo(inEnglish);
            assertThat(fixture().find(silent).errorMessage())
                    .isEqualTo(ofRequest.equals(Locale.ENGLISH) ? inEnglish : inChinese);
            for (UUID id : List.of(chinese, german, silent)) {
                fixture().store.retry(id);
            }
            fixture().newWorker();
        }
    }

    @Test
    @DisplayName("the cap is the one of the request")
    void capOfTheRequest() {
        Job job = fixture().claimed();
        fixture().age(StoreFixture.LEASE.plusSeconds(1));

        assertThat(fixture().store.takeOver(new TakeOverRequest(1, Duration.ZERO, Locale.ENGLISH)))
                .containsExactly(new TakenOver(job.id(), JobStatus.FAILED, job.workerId()));
    }

    @Test
    @DisplayName("a job that was to be cancelled ends cancelled when its worker is lost")
    void cancelledWithItsWorker() {
        Job job = fixture().claimed();
        fixture().store.cancel(job.id(), Locale.ENGLISH);

        assertThat(fixture().loseWorkers()).extracting(TakenOver::status).containsExactly(JobStatus.CANCELLED);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().find(job.id()).completedAt()).isNotNull();
        assertThat(fixture().find(job.id()).claim()).isEqualTo(job.claim() + 1);
        assertThat(fixture().complete(job)).isEqualTo(Settled.LOST);
    }

    @Test
    @DisplayName("jobs processing under a worker that does not exist are taken over too")
    void orphans() {
        Job job = fixture().claimed();
        fixture().store.deregister(fixture().worker());

        assertThat(fixture().takeOver()).extracting(TakenOver::jobId).containsExactly(job.id());
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName(
            "take-over from processes that have ended: neither a lapsed lease nor a missing worker says that one has")
    void notEnded() {
        Job lapsed = fixture().claimed();
        UUID gone = fixture().register();
        UUID orphan = fixture().added();
        fixture().claimAs(gone, 1);
        fixture().store.deregister(gone);
        fixture().age(StoreFixture.LEASE.plusSeconds(1));

        assertThat(fixture().store.takeOverEnded(new TakeOverRequest(StoreFixture.CAP, Duration.ZERO, Locale.ENGLISH)))
                .isEmpty();
        assertThat(fixture().status(lapsed.id())).isEqualTo(JobStatus.PROCESSING);
        assertThat(fixture().status(orphan)).isEqualTo(JobStatus.PROCESSING);
        assertThat(fixture()
                        .store
                        .beat(fixture().worker(), StoreFixture.LEASE, WorkerLoad.NONE)
                        .alive())
                .isTrue();
    }

    @Test
    @DisplayName("several dead workers are taken over in one call")
    void severalDead() {
        for (int i = 0; i < 3; i++) {
            fixture().added();
            fixture().claimAs(fixture().register(), 1);
        }

        assertThat(fixture().loseWorkers()).hasSize(3);
        assertThat(fixture().takeOver()).isEmpty();
    }
}
