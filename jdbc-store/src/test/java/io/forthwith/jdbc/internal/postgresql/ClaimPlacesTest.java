package io.forthwith.jdbc.internal.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Claims of a backlog")
class ClaimPlacesTest {
    private static final Instant START = Instant.parse("2026-11-30T00:00:00Z");
    private static final UUID WORKER = new UUID(1, 1);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final ClaimPlaces places = new ClaimPlaces(now::get);

    @Test
    @DisplayName("go on behind the last job of each priority, whatever the order of the answer")
    void goes_on() {
        Job last = job(200, 5);
        claimedFromStart(List.of(last, job(150, 5), job(300, 9)), 98);

        ClaimPlaces.Place place = Objects.requireNonNull(places.of(request(100)));

        assertThat(place.times().get(5)).isEqualTo(last.runAt().toString());
        assertThat(place.ids().get(5)).isEqualTo(last.id());
        assertThat(place.times().get(9)).isEqualTo(at(300).toString());
        assertThat(place.times().get(8)).isEqualTo("-infinity");
    }

    @Test
    @DisplayName("keep the place of a priority that a later claim has not reached")
    void keeps() {
        claimedFromStart(List.of(job(300, 9)), 99);
        ClaimPlaces.Place first = Objects.requireNonNull(places.of(request(100)));
        places.claimedFrom(first, request(100), jobs(100, 400, 5));

        ClaimPlaces.Place second = Objects.requireNonNull(places.of(request(100)));

        assertThat(second.times().get(9)).isEqualTo(at(300).toString());
        assertThat(second.times().get(5)).isEqualTo(at(400).toString());
    }

    @Test
    @DisplayName("start anew after ten times the time of one that has started anew, and then not later")
    void anew() {
        claimedFromStart(List.of(job(200, 5)), 99);
        now.addAndGet(99);
        ClaimPlaces.Place place = Objects.requireNonNull(places.of(request(100)));
        places.claimedFrom(place, request(100), jobs(100, 300, 5));
        assertThat(places.of(request(100))).isNotNull();

        now.addAndGet(1);

        assertThat(places.of(request(100))).isNull();
    }

    @Test
    @DisplayName("start anew after a second at the latest")
    void second() {
        long began = places.now();
        now.addAndGet(TimeUnit.SECONDS.toNanos(30));
        places.claimedFromStart(began, request(100), jobs(100, 0, 5));
        now.addAndGet(TimeUnit.SECONDS.toNanos(1) - 1);
        assertThat(places.of(request(100))).isNotNull();

        now.addAndGet(1);

        assertThat(places.of(request(100))).isNull();
    }

    @Test
    @DisplayName("do not count a time that is not that of the index, nor go on from one that the database cannot read")
    void times() {
        Job later = job(900, 5).toBuilder().startedAt(at(899)).build();
        Job early = job(0, 6).toBuilder()
                .runAt(Instant.parse("0000-06-01T00:00:00Z"))
                .build();
        claimedFromStart(List.of(later, early), 98);

        ClaimPlaces.Place place = Objects.requireNonNull(places.of(request(100)));

        assertThat(place.times().get(5)).isEqualTo(at(0).toString());
        assertThat(place.times().get(6)).isEqualTo("-infinity");
    }

    @Test
    @DisplayName("start anew after one that has found fewer jobs than it wanted")
    void fewer() {
        claimedFromStart(List.of(job(200, 5)), 99);
        places.claimedFrom(Objects.requireNonNull(places.of(request(100))), request(100), jobs(99, 300, 5));

        assertThat(places.of(request(100))).isNull();
    }

    @Test
    @DisplayName("start anew after jobs were given back")
    void forgotten() {
        claimedFromStart(List.of(job(200, 5)), 99);
        places.forget(request(100));

        assertThat(places.of(request(100))).isNull();
    }

    @Test
    @DisplayName("do not count jobs that were claimed out of turn")
    void out_of_turn() {
        Job suspect = job(900, 5).toBuilder().lostWorkers(2).build();
        Job undo = job(900, 5).toBuilder().queue("undo:order").build();
        claimedFromStart(List.of(suspect, undo), 98);

        assertThat(Objects.requireNonNull(places.of(request(100))).times().get(5))
                .isEqualTo(at(0).toString());
    }

    @Test
    @DisplayName("start at the first job if they are small, of several queues, of some types, or by age")
    void exact() {
        claimedFromStart(List.of(job(200, 5)), 99);

        assertThat(places.of(request(99))).isNull();
        assertThat(places.of(new ClaimRequest(WORKER, List.of("default", "other"), 100, Set.of(), 3)))
                .isNull();
        assertThat(places.of(new ClaimRequest(WORKER, List.of("default"), 100, Set.of("one"), 3, true)))
                .isNull();
        assertThat(places.of(
                        new ClaimRequest(WORKER, List.of("default"), 100, Set.of(), 3, false, Duration.ofMinutes(1))))
                .isNull();
        assertThat(places.of(request(100))).isNotNull();
    }

    /** One that took ten nanoseconds and found these and others, which were due before. */
    private void claimedFromStart(List<Job> jobs, int others) {
        long began = places.now();
        now.addAndGet(10);
        places.claimedFromStart(
                began,
                request(jobs.size() + others),
                Stream.concat(jobs.stream(), jobs(others, 0, 5).stream()).toList());
    }

    private static ClaimRequest request(int limit) {
        return new ClaimRequest(WORKER, List.of("default"), limit, Set.of(), 3);
    }

    private static List<Job> jobs(int count, int seconds, int priority) {
        return IntStream.range(0, count).mapToObj(i -> job(seconds, priority)).toList();
    }

    private static Job job(int seconds, int priority) {
        return Job.builder(UUID.randomUUID(), "some", START)
                .priority(priority)
                .runAt(at(seconds))
                .build();
    }

    private static Instant at(int seconds) {
        return START.plusSeconds(seconds);
    }
}
