package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The samples of the document about unique jobs. */
class UniqueSamplesTest {
    record Board(String id, int version) {}

    static final JobType<Board> PREVIEW = JobType.of("preview", Board.class);
    static final JobType<String> DIGEST = JobType.of("digest", String.class);

    private final JobClient jobs = JobClient.of(JdbcJobStore.of(TestDatabase.H2.migrated()));

    @Test
    void debounce() {
        for (int version = 1; version <= 3; version++) {
            Board board = new Board("b-1", version);
            jobs.enqueue(NewJob.of(PREVIEW, board)
                    .delay(Duration.ofSeconds(5))
                    .uniqueKey(UniqueKey.of(board.id()).untilStarted().debounce(Duration.ofMinutes(1))));
        }
        assertThat(jobs.scan(JobQuery.all()))
                .singleElement()
                .extracting(Job::input)
                .asString()
                .contains("3");
    }

    @Test
    void throttle() {
        for (int i = 0; i < 2; i++) {
            jobs.enqueue(NewJob.of(DIGEST, "ada").uniqueKey(UniqueKey.of("ada").forPeriod(Duration.ofDays(1))));
        }
        assertThat(jobs.countByScan(JobQuery.all())).isOne();
    }

    @Test
    void waiting() {
        Board board = new Board("b-1", 1);
        for (int i = 0; i < 2; i++) {
            jobs.enqueue(
                    NewJob.of(PREVIEW, board).uniqueKey(UniqueKey.of(board.id()).untilStarted()));
        }
        assertThat(jobs.countByScan(JobQuery.all())).isOne();
    }

    @Test
    void running_again() {
        Board board = new Board("b-1", 1);
        for (int i = 0; i < 2; i++) {
            jobs.enqueue(
                    NewJob.of(PREVIEW, board).uniqueKey(UniqueKey.of(board.id()).runAgainAfter()));
        }
        assertThat(jobs.scan(JobQuery.all()))
                .singleElement()
                .extracting(Job::sequence)
                .hasFieldOrPropertyWithValue("key", "preview/b-1");
    }

    @Test
    void deadline() {
        jobs.enqueue(NewJob.of(DIGEST, "ada").expiresAfter(Duration.ofHours(2)));

        Job job = jobs.scan(JobQuery.all()).get(0);
        assertThat(job.expiresAt()).isEqualTo(job.createdAt().plus(Duration.ofHours(2)));
    }
}
