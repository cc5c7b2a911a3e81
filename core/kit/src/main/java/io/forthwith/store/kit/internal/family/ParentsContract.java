package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.kit.internal.role.SettlingContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ParentsContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a parent never runs itself")
    void neverClaimed() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);

        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(child.id());
    }

    @Test
    @DisplayName("the parent completes with its last child, and not before")
    void completes() {
        UUID parent = family(4);
        List<Job> children = fixture().claim(10);
        children.subList(0, 3).forEach(child -> {
            fixture().complete(child);
            assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);
        });

        fixture().complete(children.get(3));
        Job completed = fixture().find(parent);
        assertThat(completed.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(completed.progress().percent()).isEqualTo(100);
        assertThat(completed.completedAt()).isNotNull();
        assertThat(completed.errorMessage()).isNull();
    }

    @Test
    @DisplayName("the first failed child fails the parent at once, and leaves its siblings alone")
    void failsAtOnce() {
        UUID parent = family(3);
        List<Job> children = fixture().claim(10);

        fixture().settle(StoreFixture.failure(children.get(1), "Insufficient credits"));

        Job failed = fixture().find(parent);
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage()).isEqualTo("1 of 3 child jobs failed: Insufficient credits");
        assertThat(failed.errorKind()).isEqualTo(JobError.Kind.USER);
        assertThat(failed.errorCode()).isEqualTo("child_failed");
        assertThat(failed.completedAt()).isNotNull();
        assertThat(fixture().complete(children.get(0))).isEqualTo(Settled.APPLIED);
        assertThat(fixture().fail(children.get(2))).isEqualTo(Settled.APPLIED);
        assertThat(fixture().find(parent)).isEqualTo(failed);
    }

    @Test
    @DisplayName("a parent without a language has its message in the language of the settlement")
    void language() {
        UUID parent = family(2);
        Job child = fixture().claim(10).get(0);

        fixture()
                .settle(Settlement.fail(
                        Claim.of(child), JobError.permanent("api", "图片服务不可用"), Locale.SIMPLIFIED_CHINESE));

        assertThat(fixture().find(parent).errorMessage()).isEqualTo("2 个子任务中有 1 个失败: 图片服务不可用");
        assertThat(fixture().find(parent).errorKind()).isEqualTo(JobError.Kind.SYSTEM);
    }

    @Test
    @DisplayName("several children that end in one batch settle the parent once, by the status of all of them")
    void oneBatch() {
        UUID good = family(2);
        UUID bad = family(3);
        List<Job> claimed = fixture().claim(10);
        List<Job> luckless =
                claimed.stream().filter(job -> bad.equals(job.parentId())).toList();
        List<Settlement> batch = new ArrayList<>();
        claimed.stream()
                .filter(job -> good.equals(job.parentId()))
                .forEach(job -> batch.add(Settlement.complete(Claim.of(job), null)));
        batch.add(StoreFixture.failure(luckless.get(0), "first"));
        batch.add(Settlement.complete(Claim.of(luckless.get(1)), null));
        batch.add(StoreFixture.failure(luckless.get(2), "second"));

        assertThat(fixture().store.settle(batch)).containsOnly(Settled.APPLIED);

        assertThat(fixture().status(good)).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(bad).errorMessage()).startsWith("2 of 3 child jobs failed: ");
        assertThat(fixture().find(bad).progress().percent()).isEqualTo(33);
    }

    @Test
    @DisplayName("an attempt that will be retried does not touch the parent")
    void retriesDoNotCount() {
        UUID parent = family(1);
        Job child = fixture().claim(1).get(0);

        fixture().settle(Settlement.retry(Claim.of(child), JobError.retryable("timeout", "x"), Duration.ZERO));

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);
        fixture().complete(fixture().claimed(child.id()));
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("the end of the last child ends all generations above it in one transaction")
    void generations() {
        for (Function<Job, Settlement> how : List.<Function<Job, Settlement>>of(
                job -> Settlement.complete(Claim.of(job), null), StoreFixture::failure)) {
            List<NewJob> line = new ArrayList<>();
            line.add(fixture().job());
            for (int depth = 1; depth <= 6; depth++) {
                line.add(fixture().childOf(line.get(depth - 1)));
            }
            fixture().addAll(line.toArray(NewJob[]::new));
            Job leaf = fixture().claim(10).get(0);

            assertThat(fixture().settle(how.apply(leaf))).isEqualTo(Settled.APPLIED);

            JobStatus expected = fixture().status(leaf.id());
            assertThat(expected.isFinal()).isTrue();
            assertThat(line).extracting(job -> fixture().status(job.id())).containsOnly(expected);
        }
    }

    @Test
    @DisplayName("generations that end in one batch are decided from the deepest up")
    void generationsInOneBatch() {
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top);
        fixture().addAll(top, middle, fixture().childOf(middle), fixture().childOf(top));
        List<Settlement> batch = fixture().claim(10).stream()
                .map(job -> Settlement.complete(Claim.of(job), null))
                .toList();

        assertThat(fixture().store.settle(batch)).hasSize(2).containsOnly(Settled.APPLIED);

        assertThat(fixture().status(middle.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().status(top.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName(
            "a child that completes because it has no children to wait for counts for the parent that fails in the same batch")
    void waitingForNobodyInOneBatch() {
        UUID parent = family(2);
        List<Job> children = fixture().claim(10);

        fixture()
                .store
                .settle(List.of(
                        StoreFixture.failure(children.get(0)),
                        Settlement.awaitChildren(Claim.of(children.get(1)), null, SpawnedJobs.NONE)));

        assertThat(fixture().status(children.get(1).id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().find(parent).progress().percent()).isEqualTo(50);
    }

    @Test
    @DisplayName("a parent repeats the error of the child with the lowest id if several fail at the same moment")
    void firstOfEquals() {
        UUID parent = family(2);
        List<Job> children = fixture().claim(10);
        fixture()
                .store
                .settle(List.of(
                        StoreFixture.failure(children.get(1), "second"),
                        StoreFixture.failure(children.get(0), "first")));

        assertThat(fixture().find(parent).errorMessage()).isEqualTo("2 of 2 child jobs failed: first");
    }

    @Test
    @DisplayName("the message of a parent is in the language of the cancel or the take-over that ends its child")
    void languageOfOthers() {
        UUID cancelled = family(1);
        UUID child =
                fixture().store.scan(JobQuery.all().parent(cancelled)).get(0).id();
        fixture().store.cancel(child, Locale.SIMPLIFIED_CHINESE);
        assertThat(fixture().find(cancelled).errorMessage()).isEqualTo("1 个子任务中有 1 个被取消");

        UUID lost = family(1);
        fixture().claim(1);
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        fixture().store.takeOver(new TakeOverRequest(1, Duration.ZERO, Locale.SIMPLIFIED_CHINESE));
        assertThat(fixture().find(lost).errorMessage()).isEqualTo("1 个子任务中有 1 个失败: 任务已放弃：运行它的工作进程丢失了 1 次");
    }

    @Test
    @DisplayName(
            "a settlement of a child with a cancel request writes the parent's message in the language of the settlement")
    void languageOfEverySettlement() {
        for (Function<Claim, Settlement> kind : SettlingContract.KINDS) {
            UUID parent = family(1);
            Job child = fixture().claim(1).get(0);
            fixture().store.cancel(child.id(), Locale.ENGLISH);

            Settlement settlement = kind.apply(Claim.of(child)).in(Locale.SIMPLIFIED_CHINESE);
            assertThat(fixture().settle(settlement)).isEqualTo(Settled.CANCELLED);

            assertThat(fixture().find(parent).errorMessage())
                    .as(settlement.toString())
                    .isEqualTo("1 个子任务中有 1 个被取消");
        }
    }

    @Test
    @DisplayName(
            "the parent's own language takes precedence over that of the settlement, the cancellation and the take-over")
    void ownLanguage() {
        List<UUID> chinese = List.of(
                family(1, Locale.forLanguageTag("zh-Hans")),
                family(1, Locale.TAIWAN),
                family(1, Locale.SIMPLIFIED_CHINESE));
        fixture().store.cancel(childOf(chinese.get(0)), Locale.ENGLISH);
        fixture().settle(StoreFixture.failure(fixture().claimed(childOf(chinese.get(1))), "积分不足"));
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        fixture().store.takeOver(new TakeOverRequest(1, Duration.ZERO, Locale.ENGLISH));
        assertThat(chinese)
                .extracting(parent -> fixture().find(parent).errorMessage())
                .containsExactly(
                        "1 个子任务中有 1 个被取消",
                        "1 个子任务中有 1 个失败: 积分不足",
                        "1 个子任务中有 1 个失败: The job was given up: the worker running it was lost");

        UUID german = family(1, Locale.GERMAN);
        fixture().store.cancel(childOf(german), Locale.SIMPLIFIED_CHINESE);
        assertThat(fixture().find(german).errorMessage()).isEqualTo("1 of 1 child jobs was cancelled");
    }

    @Test
    @DisplayName("each generation has its message in its own language")
    void languageOfGenerations() {
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top).locale(Locale.ENGLISH);
        NewJob leaf = fixture().childOf(middle);
        fixture().addAll(top, middle, leaf);

        fixture()
                .settle(StoreFixture.failure(fixture().claimed(leaf.id()), "积分不足")
                        .in(Locale.SIMPLIFIED_CHINESE));

        assertThat(fixture().find(middle.id()).errorMessage()).isEqualTo("1 of 1 child jobs failed: 积分不足");
        assertThat(fixture().find(top.id()).errorMessage()).isEqualTo("1 个子任务中有 1 个失败: 1 of 1 child jobs failed: 积分不足");
    }

    private UUID childOf(UUID parent) {
        return fixture().store.scan(JobQuery.all().parent(parent)).get(0).id();
    }

    @Test
    @DisplayName("a cancelled child counts as a failed one")
    void cancelledChild() {
        UUID byHand = family(2);
        UUID pending =
                fixture().store.scan(JobQuery.all().parent(byHand)).get(0).id();
        fixture().store.cancel(pending, Locale.ENGLISH);
        assertThat(fixture().status(byHand)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().find(byHand).errorMessage()).isEqualTo("1 of 2 child jobs was cancelled");
        assertThat(fixture().find(byHand).errorCode()).isEqualTo("child_cancelled");
        fixture().claim(10).forEach(fixture()::complete);

        UUID running = family(1);
        Job child = fixture().claim(1).get(0);
        fixture().store.cancel(child.id(), Locale.SIMPLIFIED_CHINESE);
        assertThat(fixture().status(running)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().complete(child)).isEqualTo(Settled.CANCELLED);
        assertThat(fixture().status(running)).isEqualTo(JobStatus.FAILED);
    }

    @Test
    @DisplayName("a child that fails because its workers were lost fails its parent")
    void lostWorkers() {
        UUID parent = family(1);
        UUID child = fixture().claim(1).get(0).id();
        fixture().loseWorkers();
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);
        for (int lost = 2; lost <= StoreFixture.CAP; lost++) {
            fixture().claimed(child);
            fixture().loseWorkers();
        }

        assertThat(fixture().status(child)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().find(parent).errorMessage())
                .isEqualTo("1 of 1 child jobs failed: The job was given up: " + StoreFixture.CAP
                        + " workers were lost while running it");
    }

    @Test
    @DisplayName("a cancelled parent stays cancelled, however its children end")
    void cancelledParent() {
        UUID parent = family(1);
        Job child = fixture().claim(1).get(0);
        fixture().store.cancel(parent, Locale.ENGLISH);

        assertThat(fixture().complete(child)).isEqualTo(Settled.CANCELLED);
        fixture().store.retry(child.id());
        fixture().complete(fixture().claimed(child.id()));
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.CANCELLED);
    }

    private UUID family(int children) {
        return family(children, fixture().job());
    }

    private UUID family(int children, Locale ofParent) {
        return family(children, fixture().job().locale(ofParent));
    }

    private UUID family(int children, NewJob parent) {
        List<NewJob> jobs = new ArrayList<>(List.of(parent));
        for (int i = 0; i < children; i++) {
            jobs.add(fixture().childOf(parent));
        }
        fixture().addAll(jobs.toArray(NewJob[]::new));
        return parent.id();
    }
}
