package io.forthwith.store.kit.internal.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.UniqueKey;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One round: random commands to a store and to {@link KeysModel}, which have to agree after each. Not thread-safe. */
final class KeysRun {
    private static final Duration HALF = Duration.ofMinutes(30);
    private static final int KEYS = 2;
    /** The claims of the running jobs, by job. */
    private final Map<UUID, Claim> held = new HashMap<>();

    private final StoreFixture fixture;
    private final long round;
    private final Random random;
    private final KeysModel model = new KeysModel(HALF);
    private final List<NewJob> made = new ArrayList<>();
    private final List<String> said = new ArrayList<>();

    KeysRun(StoreFixture fixture, long round) {
        this.fixture = fixture;
        this.round = round;
        this.random = new Random(round);
    }

    void run(int commands) {
        // That of the round before has no lease any more.
        fixture.newWorker();
        for (int i = 0; i < commands; i++) {
            command();
            compareRows();
        }
        // The next round begins without jobs.
        model.all(row -> row.status == JobStatus.PENDING)
                .forEach(row -> fixture.store.cancel(row.id(), Locale.ENGLISH));
        held.values().forEach(claim -> fixture.settle(Settlement.complete(claim, null)));
        fixture.age(Duration.ofDays(2));
        fixture.store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 10_000);
    }

    private void command() {
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> add();
            case 4, 5 -> work();
            case 6 -> settle();
            case 7 -> cancel();
            case 8 -> retry();
            case 9 -> expire();
            case 10 -> {
                said.add("a tick passes");
                fixture.age(HALF.multipliedBy(2));
                model.tick();
                fixture.newWorker();
                lose();
            }
            default -> purge();
        }
    }

    private void agree(String what, Object answer, Object wanted) {
        said.add(what + " -> " + answer);
        assertThat(answer)
                .as("round %d, -Dforthwith.kit.round repeats it; %s%nsaid: %s", round, what, said)
                .isEqualTo(wanted);
    }

    private Duration odd(int most) {
        return HALF.multipliedBy(2L * random.nextInt(most) + 1);
    }

    private NewJob draw() {
        if (!made.isEmpty() && random.nextInt(8) == 0) {
            return made.get(random.nextInt(made.size()));
        }
        NewJob job = NewJob.of(StoreFixture.TYPE, made.size());
        if (random.nextInt(3) == 0) {
            job = job.delay(odd(2));
        }
        if (random.nextInt(3) == 0) {
            job = job.expiresAfter(odd(3));
        }
        if (random.nextInt(6) > 0) {
            UniqueKey key = UniqueKey.of("key-" + random.nextInt(KEYS));
            key = switch (random.nextInt(3)) {
                case 0 -> key;
                case 1 -> key.untilStarted();
                default -> key.forPeriod(odd(4));
            };
            key = switch (random.nextInt(4)) {
                case 0 -> key;
                case 1 -> key.reject();
                case 2 -> key.replaceInput();
                default -> key.debounce(job.delay().plus(odd(4)).minus(HALF));
            };
            job = job.uniqueKey(key);
        }
        made.add(job);
        return job;
    }

    private void add() {
        List<NewJob> call = new ArrayList<>(List.of(draw()));
        NewJob second = draw();
        if (random.nextInt(3) == 0 && !call.contains(second)) {
            call.add(second);
        }
        List<String> answers = fixture.addAll(call.toArray(NewJob[]::new)).stream()
                .map(KeysRun::text)
                .toList();
        agree("add " + call.stream().map(KeysRun::text).toList(), answers, model.add(call));
    }

    private static String text(Added answer) {
        return answer.outcome() + " " + answer.id();
    }

    private static String text(NewJob job) {
        return job.id() + " input " + job.input() + " " + job.uniqueKey() + " delay " + job.delay() + " expires "
                + job.expiresAfter();
    }

    private void work() {
        List<KeysModel.Row> due = model.all(model::isDue);
        List<Job> claimed = fixture.claim(1_000);
        agree(
                "claim",
                claimed.stream().map(job -> job.id().toString()).sorted().toList(),
                due.stream().map(row -> row.id().toString()).sorted().toList());
        claimed.forEach(job -> held.put(job.id(), Claim.of(job)));
        due.forEach(row -> {
            row.status = JobStatus.PROCESSING;
            row.isClaimed = true;
        });
    }

    private void settle() {
        for (KeysModel.Row row : model.all(each -> each.status == JobStatus.PROCESSING)) {
            Claim claim = held.get(row.id());
            if (claim == null || random.nextInt(4) == 0) {
                continue;
            }
            held.remove(row.id());
            boolean isCancelled = row.cancelRequested;
            int how = random.nextInt(5);
            Settlement settlement = settlement(claim, how);
            agree(
                    "settle " + row.id() + " " + how,
                    fixture.settle(settlement),
                    isCancelled ? Settled.CANCELLED : Settled.APPLIED);
            if (isCancelled) {
                row.status = JobStatus.CANCELLED;
            } else {
                settled(row, how);
            }
        }
    }

    private static Settlement settlement(Claim claim, int how) {
        return switch (how) {
            case 0 -> Settlement.complete(claim, null);
            case 1 -> Settlement.fail(claim, JobError.permanent("broken", "It broke"), Locale.ENGLISH);
            case 2 -> Settlement.retry(claim, JobError.retryable("again", "Again"), Duration.ZERO);
            case 3 -> Settlement.postpone(claim, Duration.ZERO, "not yet");
            default -> Settlement.giveBack(claim);
        };
    }

    private void settled(KeysModel.Row row, int how) {
        switch (how) {
            case 0 -> row.status = JobStatus.COMPLETED;
            case 1 -> row.status = JobStatus.FAILED;
            case 2, 3 -> row.back(true, model.now());
            default -> row.back(false, row.dueAt);
        }
    }

    private KeysModel.@Nullable Row anyOf(Predicate<KeysModel.Row> which) {
        List<KeysModel.Row> rows = model.all(which);
        return rows.isEmpty() ? null : rows.get(random.nextInt(rows.size()));
    }

    private void cancel() {
        KeysModel.Row row = anyOf(each -> each.status.isOpen());
        if (row != null) {
            boolean isRunning = row.status == JobStatus.PROCESSING;
            agree(
                    "cancel " + row.id(),
                    fixture.store.cancel(row.id(), Locale.ENGLISH),
                    isRunning ? ActResult.REQUESTED : ActResult.DONE);
            row.cancelRequested = isRunning;
            row.status = isRunning ? row.status : JobStatus.CANCELLED;
        }
    }

    private void retry() {
        KeysModel.Row row = anyOf(each -> each.status.isRetryable());
        if (row != null) {
            ActResult answer = fixture.store.retry(row.id());
            agree(
                    "retry " + row.id(),
                    answer.outcome() + (answer.conflictingId() == null ? "" : " " + answer.conflictingId()),
                    model.retry(row));
        }
    }

    private void expire() {
        List<KeysModel.Row> late = model.all(model::isExpired);
        agree("expire", fixture.store.expire(1_000, Locale.ENGLISH).jobs(), late.size());
        late.forEach(row -> row.status = JobStatus.FAILED);
    }

    /** The leases of all workers have lapsed. No job loses more than one worker, because claims give out few of those. */
    private void lose() {
        List<KeysModel.Row> running = model.all(row -> row.status == JobStatus.PROCESSING);
        agree(
                "take over",
                fixture.takeOver().stream()
                        .map(job -> job.jobId().toString())
                        .sorted()
                        .toList(),
                running.stream().map(row -> row.id().toString()).sorted().toList());
        held.clear();
        for (KeysModel.Row row : running) {
            if (row.cancelRequested) {
                row.status = JobStatus.CANCELLED;
            } else {
                row.back(true, model.now());
            }
            if (row.wasLost && row.status == JobStatus.PENDING) {
                fixture.store.cancel(row.id(), Locale.ENGLISH);
                row.status = JobStatus.CANCELLED;
            }
            row.wasLost = true;
        }
    }

    private void purge() {
        List<KeysModel.Row> ended = model.all(row -> row.status.isFinal());
        agree(
                "purge",
                fixture.store
                        .purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 1_000)
                        .jobs(),
                ended.size());
        ended.forEach(model::delete);
    }

    private void compareRows() {
        for (NewJob job : made) {
            KeysModel.Row row = model.find(job.id());
            agreeQuietly(
                    job.id(),
                    fixture.store.find(job.id()).map(KeysRun::text).orElse("not there"),
                    row == null ? "not there" : KeysModel.text(row));
        }
    }

    private void agreeQuietly(UUID id, String row, String wanted) {
        assertThat(row)
                .as("round %d, -Dforthwith.kit.round repeats it; the row of %s%nsaid: %s", round, id, said)
                .isEqualTo(wanted);
    }

    private static String text(Job job) {
        boolean hasStarted = job.hasStarted() && job.status() == JobStatus.PENDING;
        return job.status().text() + ", input " + job.input() + ", "
                + (job.claim() > 0 ? "claimed" : "never claimed") + (hasStarted ? ", started" : "")
                + (job.uniqueKey() == null ? "" : ", key " + job.uniqueKey() + " " + job.keyScope())
                + (job.expiresAt() == null ? "" : ", with a deadline");
    }
}
