package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.forthwith.Job;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class AddingContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a job that names nothing gets the defaults")
    void defaults() {
        NewJob added = fixture().job();

        assertThat(fixture().add(added)).isEqualTo(new Added(added.id(), Added.Outcome.ADDED));

        Job job = fixture().find(added.id());
        assertThat(job.type()).isEqualTo("shot_video_generation");
        assertThat(job.status()).isEqualTo(JobStatus.PENDING);
        assertThat(job.queue()).isEqualTo("default");
        assertThat(job.priority()).isEqualTo(5);
        assertThat(job.claim()).isZero();
        assertThat(job.attempt()).isZero();
        assertThat(job.lostWorkers()).isZero();
        assertThat(job.postponements()).isZero();
        assertThat(job.progress()).isEqualTo(JobProgress.NONE);
        assertThat(job.runAt()).isCloseTo(job.createdAt(), within(1, ChronoUnit.SECONDS));
        assertThat(Arrays.asList(
                        job.parentId(),
                        job.userId(),
                        job.projectId(),
                        job.uniqueKey(),
                        job.maxAttempts(),
                        job.timeLimit(),
                        job.locale(),
                        job.workerId(),
                        job.postponedSince(),
                        job.result(),
                        job.errorMessage(),
                        job.errorKind(),
                        job.errorCode(),
                        job.startedAt(),
                        job.completedAt(),
                        job.cancelRequestedAt(),
                        job.traceContext()))
                .containsOnlyNulls();
        assertThat(job.metadata()).isEmpty();
    }

    @Test
    @DisplayName("every value comes back as it was given, in every script")
    void roundTrip() {
        NewJob added = NewJob.of(JobType.of("a/b.c:d-e_1", Object.class), "x")
                .id(UUID.fromString("ffffffff-ffff-4fff-bfff-ffffffffffff"))
                .user("用户 🎬 O'Reilly \"q\" \\ %_")
                .project("проект\t1")
                .queue("slow.queue")
                .priority(9)
                .uniqueKey("order:42")
                .maxAttempts(7)
                .timeLimit(Duration.ofMillis(1_500))
                .locale(Locale.forLanguageTag("zh-Hans-CN"))
                .metadata("tenant", "Größe 🎬 \"q\" \\ / \n \u0001 {}[],:")
                .metadata("empty", "")
                .traceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor=a,b=c");
        fixture().add(added);

        Job job = fixture().find(added.id());
        assertThat(job.type()).isEqualTo("a/b.c:d-e_1");
        assertThat(job.userId()).isEqualTo("用户 🎬 O'Reilly \"q\" \\ %_");
        assertThat(job.projectId()).isEqualTo("проект\t1");
        assertThat(job.queue()).isEqualTo("slow.queue");
        assertThat(job.priority()).isEqualTo(9);
        assertThat(job.uniqueKey()).isEqualTo("order:42");
        assertThat(job.maxAttempts()).isEqualTo(7);
        assertThat(job.timeLimit()).isEqualTo(Duration.ofMillis(1_500));
        assertThat(job.locale()).isEqualTo(Locale.forLanguageTag("zh-Hans-CN"));
        assertThat(job.metadata()).isEqualTo(added.metadata()).hasSize(2);
        assertThat(job.traceContext()).isEqualTo(added.traceContext());
    }

    @Test
    @DisplayName("metadata and traces are kept in calls of one, of some with relatives, and of very many jobs")
    void metadata() {
        NewJob single = traced(0);
        fixture().add(single);
        NewJob parent = traced(1).unsealed();
        List<NewJob> family =
                List.of(parent, traced(2).parent(parent), fixture().job().parent(parent));
        fixture().store.add(family.stream().map(StoreFixture::encode).toList());
        List<NewJob> many = IntStream.range(3, 2_500)
                .mapToObj(i -> i % 7 == 0 ? fixture().job() : traced(i))
                .toList();
        fixture().store.add(many.stream().map(StoreFixture::encode).toList());

        for (NewJob added :
                List.of(single, parent, family.get(1), family.get(2), many.get(0), many.get(4), many.get(2_495))) {
            Job job = fixture().find(added.id());
            assertThat(job.metadata()).isEqualTo(added.metadata());
            assertThat(job.traceContext()).isEqualTo(added.traceContext());
        }
        assertThat(many.get(4).traceContext()).isNull();
        assertThat(fixture().find(many.get(2_495).id()).metadata()).containsEntry("number", "2498");
    }

    private NewJob traced(int number) {
        return fixture().job().metadata("number", Integer.toString(number)).traceContext("trace-" + number);
    }

    @Test
    @DisplayName("input of every JSON kind means the same when it comes back")
    void inputRoundTrip() {
        Map<String, Object> nested = new LinkedHashMap<>();
        nested.put("b", List.of(1, -2.5, true, "积分 🎬 \n \" \\ / \u0001"));
        nested.put("a", Map.of("deep", List.of(List.of())));
        nested.put("null", null);
        for (Object input : new Object[] {nested, "text", 42, 1.5, true, List.of(), Map.of(), "x".repeat(200_000)}) {
            NewJob added = NewJob.of(StoreFixture.TYPE, input);
            fixture().add(added);

            Object stored = StoreFixture.json(fixture().find(added.id()).input());
            assertThat(stored)
                    .isEqualTo(StoreFixture.json(StoreFixture.encode(added).input()));
        }
    }

    @Test
    @DisplayName("a delay counts from the store's own now")
    void delay() {
        UUID id = fixture().add(fixture().job().delay(Duration.ofHours(1))).id();

        Job job = fixture().find(id);
        assertThat(Duration.between(job.createdAt(), job.runAt()))
                .isCloseTo(Duration.ofHours(1), Duration.ofSeconds(1));
        assertThat(fixture().claim(10)).isEmpty();
    }

    @Test
    @DisplayName("adding an id again changes nothing and answers with that job")
    void idExists() {
        NewJob first = fixture().job().priority(3);
        fixture().add(first);

        assertThat(fixture().add(first.priority(8))).isEqualTo(new Added(first.id(), Added.Outcome.ID_EXISTS));
        assertThat(fixture().find(first.id()).priority()).isEqualTo(3);

        Job claimed = fixture().claimed(first.id());
        fixture().complete(claimed);
        assertThat(fixture().add(first).outcome()).isEqualTo(Added.Outcome.ID_EXISTS);
        assertThat(fixture().status(first.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a unique key admits one open job per type, and is free again when it has ended")
    void uniqueKey() {
        NewJob first = fixture().job().uniqueKey("k");
        NewJob second = fixture().job().uniqueKey("k");
        NewJob otherType = NewJob.of(JobType.of("other", Object.class), "x").uniqueKey("k");
        fixture().add(first);

        assertThat(fixture().add(second)).isEqualTo(new Added(first.id(), Added.Outcome.KEY_TAKEN));
        assertThat(fixture().store.find(second.id())).isEmpty();
        assertThat(fixture().add(otherType).outcome()).isEqualTo(Added.Outcome.ADDED);

        Job claimed = fixture().claimed(first.id());
        assertThat(fixture().add(second)).isEqualTo(new Added(first.id(), Added.Outcome.KEY_TAKEN));
        fixture().complete(claimed);
        assertThat(fixture().add(second).outcome()).isEqualTo(Added.Outcome.ADDED);
    }

    @Test
    @DisplayName("the first of two jobs with one key in one call is added, the second answers with it")
    void uniqueKeyWithinOneCall() {
        NewJob first = fixture().job().uniqueKey("k");
        NewJob second = fixture().job().uniqueKey("k");

        assertThat(fixture().addAll(first, second))
                .containsExactly(
                        new Added(first.id(), Added.Outcome.ADDED), new Added(first.id(), Added.Outcome.KEY_TAKEN));
    }

    @Test
    @DisplayName("a job is known by its id before its key is looked at, alone and in a family")
    void idBeforeKey() {
        NewJob keyed = fixture().job().uniqueKey("k");
        fixture().add(keyed);
        assertThat(fixture().add(keyed)).isEqualTo(new Added(keyed.id(), Added.Outcome.ID_EXISTS));

        NewJob parent = fixture().job().uniqueKey("parent");
        NewJob child = fixture().childOf(parent).uniqueKey("child");
        fixture().addAll(parent, child);
        assertThat(fixture().addAll(parent, child))
                .containsExactly(
                        new Added(parent.id(), Added.Outcome.ID_EXISTS),
                        new Added(child.id(), Added.Outcome.ID_EXISTS));
    }

    @Test
    @DisplayName("a waiting job holds its unique key as any open job does")
    void waitingHoldsKey() {
        NewJob parent = fixture().job().uniqueKey("k");
        fixture().addAll(parent, fixture().childOf(parent));

        assertThat(fixture().add(fixture().job().uniqueKey("k")))
                .isEqualTo(new Added(parent.id(), Added.Outcome.KEY_TAKEN));
    }

    @Test
    @DisplayName("two members of a family with one key are a conflict of their own")
    void familyWithOneKeyTwice() {
        NewJob parent = fixture().job();
        NewJob one = fixture().childOf(parent).uniqueKey("k");
        NewJob two = fixture().childOf(parent).uniqueKey("k");

        assertThat(fixture().addAll(parent, one, two))
                .extracting(Added::outcome)
                .containsOnly(Added.Outcome.CONFLICT);
        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("answers come in the order of the jobs, for every outcome")
    void order() {
        NewJob known = fixture().job();
        NewJob holder = fixture().job().uniqueKey("taken");
        fixture().addAll(known, holder);
        NewJob fresh = fixture().job();
        NewJob blocked = fixture().job().uniqueKey("taken");

        assertThat(fixture().addAll(blocked, fresh, known))
                .containsExactly(
                        new Added(holder.id(), Added.Outcome.KEY_TAKEN),
                        new Added(fresh.id(), Added.Outcome.ADDED),
                        new Added(known.id(), Added.Outcome.ID_EXISTS));
    }

    @Test
    @DisplayName("one call adds thousands of jobs")
    void many() {
        List<EncodedJob> jobs = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            jobs.add(StoreFixture.encode(fixture().job()));
        }

        assertThat(fixture().store.add(jobs)).allMatch(added -> added.outcome() == Added.Outcome.ADDED);
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(3_000);
    }

    @Test
    @DisplayName("a parent waits and its children are pending")
    void family() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob nested = fixture().childOf(child);

        assertThat(fixture().addAll(nested, child, parent)).allMatch(added -> added.outcome() == Added.Outcome.ADDED);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().status(child.id())).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().status(nested.id())).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().find(child.id()).parentId()).isEqualTo(parent.id());
        assertThat(fixture().addAll(parent, child, nested))
                .allMatch(added -> added.outcome() == Added.Outcome.ID_EXISTS);
    }

    @Test
    @DisplayName("a call adds nothing if a key of its family is taken, and every answer names the holder")
    void familyConflict() {
        NewJob holder = fixture().job().uniqueKey("taken");
        fixture().add(holder);
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob blocked = fixture().childOf(parent).uniqueKey("taken");

        assertThat(fixture().addAll(parent, child, blocked))
                .hasSize(3)
                .containsOnly(new Added(holder.id(), Added.Outcome.CONFLICT));
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    @DisplayName("a store refuses invalid calls and adds nothing")
    void badFamilies() {
        NewJob good = fixture().job();
        assertThatThrownBy(() -> fixture().addAll(good, good))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(good.id().toString());

        NewJob a = fixture().job();
        NewJob b = fixture().childOf(a);
        NewJob cyclic = a.parent(b);
        assertThatThrownBy(() -> fixture().addAll(cyclic, b))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("waits for itself");

        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("a family that exists takes no new children")
    void noLateChildren() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        NewJob late = fixture().childOf(parent);

        assertThat(fixture().addAll(parent, late))
                .hasSize(2)
                .containsOnly(new Added(parent.id(), Added.Outcome.PARENT_CLOSED));
        assertThat(fixture().store.find(late.id())).isEmpty();
    }

    @Test
    @DisplayName("an empty call adds nothing")
    void empty() {
        assertThat(fixture().store.add(List.of())).isEmpty();
    }

    @Test
    @DisplayName("a listener hears that jobs may have been added, until its subscription is closed")
    void hint() {
        AtomicInteger heard = new AtomicInteger();
        try (var subscription = fixture().store.onAdded(heard::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            fixture().added();
        }
        int before = heard.get();
        fixture().added();

        assertThat(heard).hasValue(before);
    }
}
