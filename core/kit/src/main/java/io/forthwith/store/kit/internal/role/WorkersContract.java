package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class WorkersContract {
    private static final WorkerInfo.Serves SERVES =
            ReadModelFactory.workerServes(List.of("default", "slow"), List.of("a-1", "b.2", "c/3:x_y"), true, 7);

    public abstract StoreFixture fixture();

    private WorkerInfo register(WorkerInfo.Serves serves) {
        WorkerInfo info = ReadModelFactory.workerInfo(
                UUID.randomUUID(),
                "kit",
                "localhost",
                42,
                serves,
                "1.2.3",
                ReadModelFactory.workerSchedules("shop", 17));
        fixture().store.register(info, StoreFixture.LEASE);
        return info;
    }

    private RegisteredWorker only() {
        assertThat(fixture().store.workers()).hasSize(1);
        return fixture().store.workers().get(0);
    }

    @Test
    @DisplayName("a worker that has registered is listed, alive, with all that it has said and no load")
    void registered() {
        WorkerInfo info = register(SERVES);

        RegisteredWorker state = only();

        assertThat(state.info()).isEqualTo(info);
        assertThat(state.load()).isEqualTo(WorkerLoad.NONE);
        assertThat(state.isAlive()).isTrue();
        Instant lastBeat = Objects.requireNonNull(state.lastBeatAt());
        // A store in memory may keep the start that a transaction which was rolled back has put.
        assertThat(state.startedAt()).isBetween(lastBeat.minusSeconds(5), lastBeat);
        assertThat(state.leaseEndsAt()).isEqualTo(lastBeat.plus(StoreFixture.LEASE));
    }

    @Test
    @DisplayName("what a worker has not said is not made up")
    void says_little() {
        WorkerInfo info = ReadModelFactory.workerInfo(UUID.randomUUID(), "kit", "localhost", Long.MAX_VALUE);
        fixture().store.register(info, StoreFixture.LEASE);

        assertThat(only().info()).isEqualTo(info);
    }

    @Test
    @DisplayName("a worker may serve no queue and no type")
    void serves_nothing() {
        WorkerInfo info = register(ReadModelFactory.workerServes(List.of(), List.of(), false, 0));

        assertThat(only().info()).isEqualTo(info);
    }

    @Test
    @DisplayName("texts may hold any character")
    void characters() {
        String odd = "'\"\\%_,;{}é漢😀 \u202E\n\u0000" + "x".repeat(300);
        WorkerInfo info = ReadModelFactory.workerInfo(
                UUID.randomUUID(), odd, odd, 1, SERVES, odd, ReadModelFactory.workerSchedules(odd, Long.MIN_VALUE));
        fixture().store.register(info, StoreFixture.LEASE);

        assertThat(only().info()).isEqualTo(info);
        assertThat(only().info().name()).startsWith("'\"\\%_,;{}é漢😀 ");
    }

    @Test
    @DisplayName(
            "more names of queues than 10,000 characters are cut at a name, and the list says so; types are not cut")
    void many_names() {
        List<String> many = IntStream.range(0, 1_000)
                .mapToObj(i -> "%s%04d".formatted("n".repeat(60), i))
                .toList();
        WorkerInfo info = register(ReadModelFactory.workerServes(many, many, true, 1));

        WorkerInfo.Serves serves = Objects.requireNonNull(only().info().serves());

        assertThat(serves).isEqualTo(info.serves());
        List<String> queues = serves.queues();
        int whole = queues.size() - 1;
        assertThat(queues.subList(0, whole)).isEqualTo(many.subList(0, whole));
        assertThat(queues.get(whole)).isEqualTo(WorkerInfo.Serves.CUT);
        assertThat(String.join(",", queues)).hasSizeBetween(9_900, 10_000);
        assertThat(serves.types()).isEqualTo(many);
        QueuedType last = new QueuedType(many.get(0), many.get(999));
        QueuedType ofCut = new QueuedType(many.get(999), many.get(0));
        assertThat(servedByOthersThan(UUID.randomUUID(), last, ofCut)).containsExactly(last);
    }

    private Set<QueuedType> servedByOthersThan(UUID worker, QueuedType... asked) {
        return fixture().store.servedByOthers(worker, Set.of(asked));
    }

    @Test
    @DisplayName("a job is served by others if a living worker other than the one that asks has its queue and its type")
    void servedByOthers() {
        QueuedType served = new QueuedType("slow", "b.2");
        QueuedType otherType = new QueuedType("slow", "b.3");
        QueuedType otherCase = new QueuedType("slow", "B.2");
        QueuedType otherQueue = new QueuedType("default,slow", "b.2");
        QueuedType odd = new QueuedType("slow", "'\"\\%_,;{}é漢😀 \n");
        QueuedType[] asked = {served, otherType, otherCase, otherQueue, odd};
        UUID asking = UUID.randomUUID();
        assertThat(servedByOthersThan(asking, asked)).as("nobody is there").isEmpty();
        fixture().register();
        register(ReadModelFactory.workerServes(List.of("slow"), List.of("other"), false, 1));
        register(ReadModelFactory.workerServes(List.of("other"), List.of("b.2"), false, 1));
        assertThat(servedByOthersThan(asking, asked))
                .as("a worker says nothing, one would fail it, one has another queue")
                .isEmpty();

        WorkerInfo one = register(SERVES);

        assertThat(servedByOthersThan(asking, asked)).containsExactly(served);
        assertThat(servedByOthersThan(one.id(), asked)).as("by itself only").isEmpty();
        assertThat(servedByOthersThan(asking, otherType, odd)).isEmpty();
        WorkerInfo two = register(SERVES);
        assertThat(servedByOthersThan(one.id(), asked)).containsExactly(served);
        fixture().store.beat(one.id(), StoreFixture.LEASE, ReadModelFactory.workerLoad(1, true));
        assertThat(servedByOthersThan(two.id(), asked))
                .as("by one that is stopping")
                .containsExactly(served);
        fixture().store.deregister(one.id());
        assertThat(servedByOthersThan(two.id(), asked))
                .as("by one that has stopped")
                .isEmpty();
    }

    @Test
    @DisplayName(
            "a worker whose lease has expired serves nothing, until it beats again, and for good once it is taken over")
    void servedByDead() {
        WorkerInfo one = register(SERVES);
        QueuedType served = new QueuedType("slow", "b.2");
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        assertThat(servedByOthersThan(UUID.randomUUID(), served)).isEmpty();
        fixture().store.beat(one.id(), StoreFixture.LEASE, WorkerLoad.NONE);
        assertThat(servedByOthersThan(UUID.randomUUID(), served)).containsExactly(served);

        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        fixture().takeOver();
        fixture().store.beat(one.id(), StoreFixture.LEASE, WorkerLoad.NONE);

        assertThat(servedByOthersThan(UUID.randomUUID(), served)).isEmpty();
        fixture().store.register(one, StoreFixture.LEASE);
        assertThat(servedByOthersThan(UUID.randomUUID(), served))
                .as("registered under the same id again")
                .containsExactly(served);
    }

    @Test
    @DisplayName("a beat records the load and the time, and leaves the rest as it is")
    void beat() {
        WorkerInfo info = register(SERVES);
        fixture().age(Duration.ofSeconds(10));
        Instant start = only().startedAt();

        fixture().store.beat(info.id(), StoreFixture.LEASE.multipliedBy(2), ReadModelFactory.workerLoad(5, false));
        RegisteredWorker busy = only();
        fixture().store.beat(info.id(), StoreFixture.LEASE, ReadModelFactory.workerLoad(1_000_000, true, true));
        RegisteredWorker stopping = only();

        assertThat(busy.info()).isEqualTo(info);
        assertThat(busy.load()).isEqualTo(ReadModelFactory.workerLoad(5, false));
        assertThat(busy.startedAt()).isEqualTo(start);
        assertThat(busy.lastBeatAt()).isAfterOrEqualTo(start.plusSeconds(10));
        assertThat(busy.leaseEndsAt())
                .isEqualTo(Objects.requireNonNull(busy.lastBeatAt()).plus(StoreFixture.LEASE.multipliedBy(2)));
        assertThat(stopping.info()).isEqualTo(info);
        assertThat(stopping.load()).isEqualTo(ReadModelFactory.workerLoad(1_000_000, true, true));
    }

    @Test
    @DisplayName("a worker whose lease has expired is listed as not alive, until it is taken over or beats")
    void expired() {
        WorkerInfo dead = register(SERVES);
        WorkerInfo revived = register(SERVES);
        fixture().age(StoreFixture.LEASE.minusSeconds(5));
        assertThat(fixture().store.workers()).allMatch(RegisteredWorker::isAlive);
        fixture().age(Duration.ofSeconds(6));
        assertThat(fixture().store.workers()).hasSize(2).noneMatch(RegisteredWorker::isAlive);

        fixture().store.beat(revived.id(), StoreFixture.LEASE, WorkerLoad.NONE);

        assertThat(fixture().store.workers())
                .filteredOn(RegisteredWorker::isAlive)
                .extracting(RegisteredWorker::info)
                .containsExactly(revived);
        fixture().takeOver();
        assertThat(fixture().store.workers()).extracting(RegisteredWorker::info).containsExactly(revived);
        assertThat(fixture().store.beat(dead.id(), StoreFixture.LEASE, WorkerLoad.NONE))
                .isEqualTo(BeatAnswer.DEAD);
        assertThat(fixture().store.workers()).hasSize(1);
    }

    @Test
    @DisplayName("a worker that has deregistered is not listed")
    void deregistered() {
        WorkerInfo gone = register(SERVES);
        WorkerInfo stays = register(SERVES);

        fixture().store.deregister(gone.id());

        assertThat(only().info()).isEqualTo(stays);
    }

    @Test
    @DisplayName("a registration that is repeated renews the lease, and the worker is listed once")
    void repeated() {
        WorkerInfo info = register(SERVES);
        fixture().age(StoreFixture.LEASE.plusSeconds(1));

        fixture().store.register(info, StoreFixture.LEASE);

        assertThat(only().info()).isEqualTo(info);
        assertThat(only().isAlive()).isTrue();
        assertThat(only().lastBeatAt()).isAfter(only().startedAt());
    }

    @Test
    @DisplayName("workers are listed in the order in which they registered, equal ones by id")
    void order() {
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 4; j++) {
                register(SERVES);
            }
            fixture().age(Duration.ofSeconds(1));
        }
        List<RegisteredWorker> listed = fixture().store.workers();

        List<RegisteredWorker> sorted = new ArrayList<>(listed);
        sorted.sort(Comparator.comparing(RegisteredWorker::startedAt)
                .thenComparing(worker -> worker.info().id().toString()));

        assertThat(listed).hasSize(12).isEqualTo(sorted);
    }
}
