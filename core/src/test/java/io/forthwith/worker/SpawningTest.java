package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Jobs that spawn children, and how such jobs end. */
class SpawningTest {
    private static final JobType<Integer> FILM = JobType.of("film", Integer.class);
    private static final JobType<Integer> SHOT = JobType.of("shot", Integer.class);
    private static final JobType<Integer> CUT = JobType.of("cut", Integer.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<Integer> shots = new CopyOnWriteArrayList<>();
    private final List<JobEvent> events = new CopyOnWriteArrayList<>();

    /** Spawns as many shots as its input says. */
    private static final class Film extends BaseProcessor<Integer, String> {
        Film() {
            super(FILM);
        }

        @Override
        protected String process(Integer shots, JobContext job) {
            for (int i = 1; i <= shots; i++) {
                job.spawn(NewJob.of(SHOT, i));
            }
            return "script";
        }
    }

    private final Processor shot = job -> {
        int number = job.input(Integer.class);
        shots.add(number);
        if (number < 0) {
            throw JobException.user("no_credits", "Insufficient credits");
        }
        return number * 10;
    };

    private static List<NewJob> shots(int... numbers) {
        return IntStream.of(numbers).mapToObj(i -> NewJob.of(SHOT, i)).toList();
    }

    private void drain(ProcessorRegistry processors) {
        Worker.of(store, processors).listener(events::add).build().drain();
    }

    private UUID drainFilm(Processor film) {
        UUID id = jobs.enqueue(NewJob.of(FILM, 0)).id();
        drain(ProcessorRegistry.of().with(FILM, film).with(SHOT, shot).with(CUT, this::cut));
        return id;
    }

    private Object cut(JobContext job) {
        return job.results(Integer.class).mapToInt(Integer::intValue).sum();
    }

    private Job job(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    @Test
    void a_processor_spawns_children_one_by_one_and_its_result_is_kept() {
        UUID id = jobs.enqueue(NewJob.of(FILM, 5)).id();

        drain(ProcessorRegistry.of(new Film()).with(SHOT, shot));

        assertThat(shots).containsExactly(1, 2, 3, 4, 5);
        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).result()).isEqualTo("\"script\"");
        assertThat(job(id).progress().percent()).isEqualTo(100);
        assertThat(jobs.children(id))
                .extracting(child -> child.relations().position() + ": " + child.result())
                .containsExactly("1: 10", "2: 20", "3: 30", "4: 40", "5: 50");
    }

    @Test
    void a_lambda_spawns_many_at_once_and_waits_for_them() {
        List<JobStatus> seen = new ArrayList<>();
        UUID id = jobs.enqueue(NewJob.of(FILM, 0)).id();
        drain(ProcessorRegistry.of()
                .with(FILM, job -> {
                    job.spawn(shots(1, 2));
                    job.spawn(NewJob.of(SHOT, 3), NewJob.of(SHOT, 4));
                    assertThat(jobs.countByScan(JobQuery.all()))
                            .as("enqueued before its end")
                            .isEqualTo(1);
                    return null;
                })
                .with(SHOT, job -> {
                    assertThat(job.job().parentId()).isEqualTo(id);
                    return seen.add(job(id).status());
                }));

        assertThat(seen).hasSize(4).containsOnly(JobStatus.WAITING);
        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).result()).isNull();
    }

    @Test
    void logs_and_sends_an_event_that_it_waits_but_none_that_it_completed() {
        UUID id;
        try (LogCapture log = new LogCapture()) {
            id = drainFilm(job -> {
                NewJob scene = NewJob.of(CUT, 0);
                job.spawn(scene, NewJob.of(SHOT, 1).parent(scene), NewJob.of(SHOT, 2));
                return null;
            });
            assertThat(log.jobLines())
                    .filteredOn(line -> line.contains(id.toString()))
                    .containsExactly(
                            "[Worker] ▶️  Job " + id + " (film) started",
                            "[Worker] ⏳ Job " + id + " waits for 2 child jobs");
        }

        assertThat(events)
                .filteredOn(event -> event.job().id().equals(id))
                .hasSize(2)
                .last()
                .isInstanceOfSatisfying(JobEvent.Waiting.class, waiting -> {
                    assertThat(waiting.children()).isEqualTo(2);
                    assertThat(waiting.job().id()).isEqualTo(id);
                });
    }

    @Test
    void the_result_of_the_finisher_becomes_that_of_the_job() {
        UUID id = drainFilm(job -> {
            job.finishWith(NewJob.of(CUT, 0));
            job.spawn(shots(1, 2, 3));
            return "script";
        });

        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).result()).isEqualTo("60");
    }

    @Test
    void a_finisher_alone_is_spawned_like_children() {
        UUID id;
        try (LogCapture log = new LogCapture()) {
            id = drainFilm(job -> {
                job.finishWith(NewJob.of(CUT, 0));
                return "script";
            });
            assertThat(log.lines()).contains("[Worker] ⏳ Job " + id + " waits for 1 child job");
        }

        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).result()).isEqualTo("0");
    }

    @Test
    void children_have_children_sixteen_deep_and_the_last_one_completes_them_all() {
        UUID id = jobs.enqueue(NewJob.of(FILM, 16)).id();
        drain(ProcessorRegistry.of().with(FILM, job -> {
            int below = job.input(Integer.class);
            if (below > 0) {
                job.spawn(NewJob.of(FILM, below - 1));
            }
            return below;
        }));

        assertThat(jobs.scan(JobQuery.all())).hasSize(17).allMatch(job -> job.status() == JobStatus.COMPLETED);
        List<String> results = new ArrayList<>();
        for (UUID at = id;
                at != null;
                at = jobs.children(at).findFirst().map(Job::id).orElse(null)) {
            results.add(job(at).result());
        }
        assertThat(results).hasSize(17).startsWith("16", "15").endsWith("0");
    }

    @Test
    void a_tree_can_be_spawned_in_one_call() {
        UUID id = drainFilm(job -> {
            NewJob scene = NewJob.of(CUT, 1);
            job.spawn(scene);
            job.spawn(NewJob.of(SHOT, 1).parent(scene), NewJob.of(SHOT, 2).parent(scene), NewJob.of(SHOT, 3));
            job.finishWith(NewJob.of(CUT, 2));
            return null;
        });

        assertThat(shots).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(job(id).result()).as("of the shot beside the scene").isEqualTo("30");
    }

    @Test
    void spawned_jobs_can_be_predecessors_of_each_other() {
        UUID id = drainFilm(job -> {
            NewJob first = NewJob.of(SHOT, 3);
            NewJob second = NewJob.of(SHOT, 2).after(first);
            job.spawn(first, second, NewJob.of(SHOT, 1).after(first, second));
            return null;
        });

        assertThat(shots).containsExactly(3, 2, 1);
        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void a_failed_child_fails_the_job_at_once_and_its_siblings_go_on() {
        UUID id = drainFilm(job -> {
            job.spawn(shots(-1, 2, 3));
            return null;
        });

        assertThat(job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(job(id).errorMessage()).isEqualTo("1 of 3 child jobs failed: Insufficient credits");
        assertThat(shots).containsExactly(-1, 2, 3);
    }

    @Test
    void a_job_that_fails_at_the_end_counts_all_that_have_failed() {
        UUID id = drainFilm(job -> {
            job.spawn(shots(-1, 2, -3));
            job.onChildFailure(ChildFailurePolicy.FAIL_AT_END);
            return null;
        });

        assertThat(job(id).errorMessage()).isEqualTo("2 of 3 child jobs failed: Insufficient credits");
    }

    @Test
    void a_job_that_ignores_failures_completes_and_its_finisher_sees_the_results_there_are() {
        UUID id = drainFilm(job -> {
            job.spawn(shots(1, -2, 3));
            job.onChildFailure(ChildFailurePolicy.IGNORE);
            job.finishWith(NewJob.of(CUT, 0));
            return null;
        });

        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).result()).isEqualTo("40");
    }

    @Test
    void the_failure_policy_of_enqueuing_holds_unless_the_attempt_sets_another() {
        NewJob ignoring = NewJob.of(FILM, 0).onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob cancelling = NewJob.of(FILM, 0).cancelOtherChildren();
        jobs.enqueueAll(List.of(ignoring, cancelling));

        drain(ProcessorRegistry.of()
                .with(FILM, job -> {
                    job.spawn(NewJob.of(SHOT, -1), NewJob.of(SHOT, 2).delay(Duration.ofHours(1)));
                    return null;
                })
                .with(SHOT, shot));
        assertThat(job(ignoring.id()).status()).isEqualTo(JobStatus.WAITING);
        jobs.cancel(jobs.children(ignoring.id()).toList().get(1).id());

        assertThat(job(ignoring.id()).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(cancelling.id()).status()).isEqualTo(JobStatus.FAILED);
        assertThat(jobs.children(cancelling.id()))
                .extracting(Job::status)
                .containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
    }

    @Test
    void cancels_siblings_of_a_failed_child_if_the_policy_says_so() {
        UUID id = drainFilm(job -> {
            NewJob first = NewJob.of(SHOT, -1);
            job.spawn(first, NewJob.of(SHOT, 2).after(first).onPredecessorFailure(PredecessorFailurePolicy.RUN));
            job.spawn(NewJob.of(SHOT, 3).delay(Duration.ofHours(1)));
            job.cancelOtherChildren();
            return null;
        });

        assertThat(shots).containsExactly(-1);
        assertThat(jobs.children(id))
                .extracting(Job::status)
                .containsExactly(JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.CANCELLED);
        assertThat(job(id).errorMessage()).startsWith("1 of 3 child jobs failed");
    }

    @Test
    void a_retry_by_hand_runs_the_failed_children_only_and_the_finisher() {
        boolean[] isMended = {false};
        UUID id = jobs.enqueue(NewJob.of(FILM, 0)).id();
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(FILM, job -> {
                    shots.add(0);
                    job.spawn(shots(1, 2, 3));
                    job.finishWith(NewJob.of(CUT, 0));
                    return null;
                })
                .with(SHOT, job -> {
                    int number = job.input(Integer.class);
                    shots.add(number);
                    if (number == 2 && !isMended[0]) {
                        throw JobException.user("no_credits", "Insufficient credits");
                    }
                    return number;
                })
                .with(CUT, this::cut);
        drain(processors);
        assertThat(job(id).status()).isEqualTo(JobStatus.FAILED);
        isMended[0] = true;

        jobs.retry(id);
        drain(processors);

        assertThat(shots).containsExactly(0, 1, 2, 3, 2);
        assertThat(job(id).result()).isEqualTo("6");
    }
}
