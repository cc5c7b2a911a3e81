package io.forthwith.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.JobsToSpawn;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Families in unit tests of processors. */
class FakeFamiliesTest {
    private static final JobType<String> SHOT = JobType.of("shot", String.class);

    private static NewJob shot(String input) {
        return NewJob.of(SHOT, input);
    }

    @Test
    void shows_what_a_processor_spawns() throws Exception {
        FakeJobContext job = FakeJobContext.of("film");

        Object result = job.run((Processor) context -> {
            context.spawn(shot("1"), shot("2"));
            context.finishWith(shot("cut"));
            context.onChildFailure(ChildFailurePolicy.IGNORE);
            context.cancelOtherChildren();
            return "script";
        });

        assertThat(result).isEqualTo("script");
        assertThat(job.spawned()).extracting(NewJob::input).containsExactly("1", "2", "cut");
        assertThat(job.spawned()).allMatch(child -> job.id().equals(child.parentId()));
        assertThat(job.spawned().get(2).isFinisher()).isTrue();
        assertThat(AttemptParts.of(job).jobsToSpawn().policies(JobRelations.NONE))
                .isEqualTo(JobRelations.NONE.parent(LibraryOnly.KEY, true, ChildFailurePolicy.IGNORE, true));
    }

    @Test
    void each_run_begins_without_spawned_jobs_and_nothing_can_be_spawned_after_it() throws Exception {
        FakeJobContext job = FakeJobContext.of("film");
        Processor film = context -> {
            context.spawn(shot("1"));
            return null;
        };
        job.run(film);
        JobsToSpawn first = AttemptParts.of(job).jobsToSpawn();
        assertThatThrownBy(() -> job.spawn(shot("late")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is spawned too late: the processor has returned");

        job.run(film);

        assertThat(job.spawned()).hasSize(1);
        assertThat(AttemptParts.of(job).jobsToSpawn()).isNotSameAs(first);
    }

    @Test
    void refuses_jobs_that_cannot_be_enqueued_as_a_worker_does() {
        assertThatThrownBy(() -> FakeJobContext.of("film").spawn(shot("a\0b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The input of job type shot (String)");
    }

    @Test
    void a_job_that_has_spawned_cannot_be_completed_in_a_transaction_nor_spawn_after_it() {
        FakeJobContext spawning = FakeJobContext.of("film");
        spawning.spawn(shot("1"));
        assertThatThrownBy(() -> AttemptParts.of(spawning).completion().begin(null))
                .isInstanceOf(IllegalStateException.class);

        FakeJobContext completing = FakeJobContext.of("film");
        AttemptParts.of(completing).completion().begin(null);
        AttemptParts.of(completing).completion().committed();
        assertThatThrownBy(() -> completing.spawn(shot("1"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void has_no_siblings_and_predecessors_unless_they_are_set() {
        FakeJobContext job = FakeJobContext.of("film");

        assertThat(job.siblings()).isEmpty();
        assertThat(job.predecessors()).isEmpty();
        assertThat(job.results(String.class)).isEmpty();
        assertThat(job.spawned()).isEmpty();
    }

    @Test
    void a_finisher_sees_the_siblings_and_results_that_were_set() throws Exception {
        Job failed = Job.builder(new UUID(0, 9), "shot", Instant.EPOCH)
                .status(JobStatus.FAILED)
                .result("\"nothing\"")
                .build();
        FakeJobContext job = FakeJobContext.of("film")
                .withSiblingsThatReturned("a", "b")
                .user("ada")
                .attempt(2);

        assertThat(job.results(String.class)).containsExactly("a", "b");
        assertThat(job.siblings().map(Job::id)).doesNotHaveDuplicates();
        FakeJobContext mixed =
                job.withSiblings(List.of(failed, job.siblings().findFirst().orElseThrow()));
        assertThat(mixed.siblings()).hasSize(2);
        assertThat(mixed.results(String.class)).containsExactly("a");
        assertThat(mixed.userId()).contains("ada");
    }

    @Test
    void a_job_sees_the_predecessors_that_were_set() {
        FakeJobContext job = FakeJobContext.of("film")
                .withPredecessorsThatReturned(7, 8)
                .withSiblingsThatReturned("x")
                .user("ada");

        assertThat(job.predecessors())
                .extracting(before -> job.resultOf(before, Integer.class).orElseThrow())
                .containsExactly(7, 8);
        assertThat(job.withPredecessors(List.of()).predecessors()).isEmpty();
        assertThat(job.withPredecessors(List.of()).results(String.class)).containsExactly("x");
    }
}
