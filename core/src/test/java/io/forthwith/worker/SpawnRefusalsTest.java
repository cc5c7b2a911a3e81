package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.JobsToSpawn;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.json.JobCodec;
import io.forthwith.memory.InMemoryJobStore;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A job that cannot be spawned is refused by the call of the processor, and the attempt fails unless the processor
 * catches that.
 */
class SpawnRefusalsTest {
    private static final JobType<Object> FILM = JobType.of("film", Object.class);
    private static final JobType<Object> SHOT = JobType.of("shot", Object.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<String> undone = new ArrayList<>();

    private Job run(Processor film) {
        UUID id = jobs.enqueue(NewJob.of(FILM, "x")).id();
        Worker.of(store, ProcessorRegistry.of().with(FILM, film).with(SHOT, job -> null))
                .codec(JobCodec.standard().maxBytes(2_000))
                .build()
                .drain();
        return jobs.find(id).orElseThrow();
    }

    private static NewJob shot() {
        return NewJob.of(SHOT, "x");
    }

    /** The job fails with this message, adds no children, and its undo actions run. */
    private void assertRefused(String message, Consumer<JobContext> spawning) {
        undone.clear();
        long before = jobs.countByScan(JobQuery.all());
        Job failed = run(job -> {
            job.onFailure(() -> undone.add("refunded"));
            spawning.accept(job);
            return null;
        });

        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage()).isEqualTo(message);
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(before + 1);
        assertThat(undone).containsExactly("refunded");
    }

    @Test
    void refuses_an_input_that_cannot_be_stored() {
        assertRefused(
                "The input of job type shot (String) holds a NUL character or a lone surrogate, which not every database can store",
                job -> job.spawn(shot(), NewJob.of(SHOT, "a\0b")));
        assertRefused(
                "The input of job type shot (String) is too large: 3002 bytes of JSON, at most 2000 are allowed; store it"
                        + " elsewhere and pass a reference",
                job -> job.spawn(NewJob.of(SHOT, "x".repeat(3_000))));
    }

    @Test
    void refuses_the_spawning_job_and_one_job_twice() {
        NewJob one = shot();
        assertRefused("Job " + one.id() + " is spawned twice", job -> {
            job.spawn(one);
            job.spawn(shot(), one.priority(9));
        });
        AtomicReference<UUID> own = new AtomicReference<>();
        Job failed = run(job -> {
            own.set(job.id());
            job.spawn(shot().id(job.id()));
            return null;
        });
        assertThat(failed.errorMessage()).isEqualTo("Job " + own + " cannot spawn itself");
    }

    @Test
    void refuses_a_child_of_a_job_that_was_not_spawned_before() {
        NewJob parent = shot();
        NewJob child = shot().parent(parent);
        assertRefused(
                "Job " + child.id() + " names the parent " + parent.id()
                        + ", which was not spawned before it: spawn a parent first, then its children",
                job -> job.spawn(child, parent));
    }

    @Test
    void refuses_a_predecessor_that_was_not_spawned_before() {
        UUID elsewhere = jobs.enqueue(shot()).id();
        NewJob waiting = shot().after(elsewhere);
        assertRefused(
                "Job " + waiting.id() + " comes after job " + elsewhere
                        + ", which was not spawned before it: spawned jobs wait for each other only, the earlier one first",
                job -> job.spawn(waiting));
    }

    @Test
    void a_second_finisher() {
        NewJob second = shot();
        AtomicReference<UUID> own = new AtomicReference<>();
        Job failed = run(job -> {
            own.set(job.id());
            job.finishWith(shot());
            job.finishWith(second);
            return null;
        });
        assertThat(failed.errorMessage())
                .isEqualTo("Job " + second.id() + " would be the second one to finish job " + own
                        + ": a parent has one finisher");
    }

    @Test
    void refuses_jobs_that_wait_for_each_other_in_a_circle() {
        NewJob parent = shot();
        NewJob after = shot().after(parent);
        NewJob child = shot().parent(parent).after(after);
        undone.clear();
        Job failed = run(job -> {
            job.onFailure(() -> undone.add("refunded"));
            job.spawn(parent, after, child);
            return null;
        });

        assertThat(failed.errorMessage())
                .startsWith("Job ")
                .endsWith(" waits for itself, by way of parents, children and predecessors");
        assertThat(undone).containsExactly("refunded");
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    void a_processor_can_go_on_without_the_refused_jobs() {
        Job parent = run(job -> {
            job.spawn(shot());
            assertThatThrownBy(() -> job.spawn(shot(), NewJob.of(SHOT, "a\0b")))
                    .isInstanceOf(IllegalArgumentException.class);
            return "done";
        });

        assertThat(parent.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(jobs.children(parent.id())).hasSize(1);
    }

    @Test
    void nothing_is_spawned_after_the_processor_has_returned_or_thrown() {
        AtomicReference<JobsToSpawn> kept = new AtomicReference<>();
        for (boolean isGood : new boolean[] {true, false}) {
            Job ended = run(job -> {
                kept.set(AttemptParts.of(job).jobsToSpawn());
                job.spawn(shot());
                if (!isGood) {
                    throw new IllegalStateException("broken");
                }
                return null;
            });
            NewJob late = shot();

            assertThatThrownBy(() -> kept.get().add(List.of(late)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Job " + late.id() + " is spawned too late: the processor of job " + ended.id()
                            + " has returned, or has completed it");
            assertThat(jobs.children(ended.id())).hasSize(isGood ? 1 : 0);
        }
    }

    @Test
    void a_job_that_has_spawned_cannot_be_completed_in_a_transaction() {
        AtomicInteger begun = new AtomicInteger();
        Job parent = run(job -> {
            job.spawn(shot());
            assertThatThrownBy(() -> AttemptParts.of(job).completion().begin("done"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Job " + job.id() + " has spawned 1 job and cannot be completed in a transaction: it is"
                            + " completed by its children; return its result instead");
            begun.incrementAndGet();
            job.spawn(shot());
            return "done";
        });

        assertThat(begun).hasValue(1);
        assertThat(parent.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(parent.result()).isEqualTo("\"done\"");
        assertThat(jobs.children(parent.id())).hasSize(2);
    }

    @Test
    void a_job_that_completes_in_a_transaction_can_spawn_only_after_a_rollback() {
        Job parent = run(job -> {
            TransactionalCompletion completion = AttemptParts.of(job).completion();
            completion.begin("done");
            assertThatThrownBy(() -> job.spawn(shot())).isInstanceOf(IllegalStateException.class);
            completion.rolledBack();
            job.spawn(shot());
            return "otherwise";
        });

        assertThat(parent.result()).isEqualTo("\"otherwise\"");
        assertThat(jobs.children(parent.id())).hasSize(1);
    }
}
