package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.RacingThreads;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Limits in many threads. {@code -Dforthwith.kit.limits=} with the printed seed plays the same jobs and keys again, if the number of repetitions is the same. */
public abstract class LimitRacesContract extends LimitContract {
    private static final int THREADS = 8;

    @Test
    @Tag("sized")
    @DisplayName(
            "while 8 workers claim and settle many jobs, jobs are cancelled and keys are paused, no key is above its limit, and at the end all jobs have ended")
    void everything() {
        Long chosen = Long.getLong("forthwith.kit.limits");
        long seed = chosen != null ? chosen : ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
        System.out.println("Claims and settlements under limits: seed " + seed);
        new LimitRace(fixture(), limits(), seed).play();
    }

    @Test
    @DisplayName("8 threads claim at the same moment: together they start as many as have a permit")
    void permits() {
        limits().put(atATime(3));
        for (int round = 0; round < RacingThreads.REPETITIONS; round++) {
            List<NewJob> jobs = add(20, ACME);

            int started = claimedTogether();

            assertThat(started).isLessThanOrEqualTo(3);
            assertThat(started + claimAll().size()).isEqualTo(3);
            assertThat(state(ACME).running()).hasSize(3);
            jobs.forEach(fixture()::cancel);
            jobs.stream()
                    .map(fixture()::find)
                    .filter(job -> !job.status().isFinal())
                    .forEach(fixture()::complete);
        }
    }

    @Test
    @DisplayName("8 threads claim at the same moment: together they start as many as a rate lets start")
    void rates() {
        limits().put(Limit.of(API).rate(10, HOUR.multipliedBy(10)).burst(4));
        for (int round = 0; round < RacingThreads.REPETITIONS; round++) {
            List<NewJob> jobs = add(20, KEY);

            int started = claimedTogether();

            assertThat(started).isLessThanOrEqualTo(4);
            assertThat(started + claimAll().size()).isEqualTo(4);
            jobs.forEach(fixture()::cancel);
            pass(HOUR.multipliedBy(20));
        }
    }

    private int claimedTogether() {
        UUID[] workers = new UUID[THREADS];
        for (int i = 0; i < THREADS; i++) {
            workers[i] = fixture().register();
        }
        return RacingThreads.race(THREADS, thread -> () -> fixture().claimAs(workers[thread], 10)).stream()
                .mapToInt(List::size)
                .sum();
    }

    @Test
    @DisplayName("8 threads end the running jobs of a key at the same moment: all permits come back")
    void releases() {
        limits().put(atATime(THREADS));
        add(THREADS * (RacingThreads.REPETITIONS + 1), ACME);
        List<Job> running = claimAll();
        for (int round = 0; round < RacingThreads.REPETITIONS; round++) {
            assertThat(running).hasSize(THREADS);
            List<Job> ending = running;
            List<Settled> answers = RacingThreads.race(
                    THREADS,
                    thread -> () -> thread % 2 == 0
                            ? fixture().complete(ending.get(thread))
                            : fixture().fail(ending.get(thread)));
            assertThat(answers).containsOnly(Settled.APPLIED);
            running = claimAll();
        }
    }

    @Test
    @DisplayName("8 threads pause one key: all answer with the same pause; 8 threads resume it: one has resumed it")
    void pausedByMany() {
        limits().put(atATime(1));
        for (int round = 0; round < RacingThreads.REPETITIONS; round++) {
            List<Pause> pauses = RacingThreads.race(
                    THREADS,
                    thread -> () ->
                            limits().pause(ACME, Pause.by("thread " + thread)).pause());
            assertThat(pauses).containsOnly(pauses.get(0));
            assertThat(state(ACME).pause()).isEqualTo(pauses.get(0));

            List<Boolean> resumed = RacingThreads.race(
                    THREADS, thread -> () -> limits().resume(ACME).wasPaused());

            assertThat(resumed).containsOnlyOnce(true);
        }
    }

    @Test
    @DisplayName("what 8 threads declare, override and pause at the same moment, with claims, is all there in the end")
    void declaredByMany() {
        for (int round = 0; round < RacingThreads.REPETITIONS; round++) {
            add(4, ACME, KEY);
            List<Job> started = RacingThreads.race(THREADS, thread -> () -> {
                        switch (thread % 4) {
                            case 0 -> untilFree(() -> limits().put(atATime(thread + 1)));
                            case 1 -> untilFree(() -> limits().put(Limit.of(API).rate(100, HOUR)));
                            case 2 -> untilFree(() -> limits().override(ACME, atATime(9)));
                            default -> untilFree(() -> limits().pause(KEY, Pause.of()));
                        }
                        return fixture().claimAs(fixture().register(), 1);
                    })
                    .stream()
                    .flatMap(List::stream)
                    .toList();

            assertThat(limits().list()).extracting(Limit::name).containsExactly(API, TENANT);
            assertThat(state(ACME).limit()).isEqualTo(atATime(9));
            assertThat(state(KEY).pause()).isNotNull();
            startsNone();
            started.forEach(job -> fixture().settle(Settlement.complete(Claim.of(job), null)));
            limits().resume(KEY);
            limits().override(ACME, null);
        }
    }

    /** A change waits for half a second for another one of the same thing, which on a slow machine may take longer. */
    private static void untilFree(Runnable change) {
        while (true) {
            try {
                change.run();
                return;
            } catch (JobStoreException busy) {
                if (busy.kind() != JobStoreException.Kind.TRANSIENT) {
                    throw busy;
                }
            }
        }
    }
}
