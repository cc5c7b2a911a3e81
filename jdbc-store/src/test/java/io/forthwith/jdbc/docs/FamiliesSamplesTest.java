package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.BaseProcessor;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.client.GroupClosedException;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The samples of docs/families.md, and those of docs/testing.md about families, which {@link DocsTest} finds here word for word. */
class FamiliesSamplesTest {
    record Film(String title, List<Shot> shots) {}

    record Shot(int number) {}

    record Clip(String file) {}

    record Cut(List<String> files) {}

    static final JobType<Film> FILM = JobType.of("film", Film.class);
    static final JobType<Shot> SHOT = JobType.of("shot", Shot.class);
    static final JobType<Film> CUT = JobType.of("cut", Film.class);
    static final JobType<String> SCENE = JobType.of("scene", String.class);
    static final JobType<String> IMAGE = JobType.of("image", String.class);
    static final JobType<Film> EXPORT = JobType.of("export", Film.class);
    static final JobType<String> UPLOAD = JobType.of("upload", String.class);

    private final Film dawn = new Film("Dawn", List.of(new Shot(1), new Shot(2), new Shot(3)));
    private final JobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<String> done = new ArrayList<>();
    private boolean isShotTwoBroken;

    static final class FilmProcessor extends BaseProcessor<Film, String> {
        FilmProcessor() {
            super(FILM);
        }

        @Override
        protected String process(Film film, JobContext job) {
            for (Shot shot : film.shots()) {
                job.spawn(NewJob.of(SHOT, shot));
            }
            return film.title();
        }
    }

    static final class CutProcessor extends BaseProcessor<Film, Cut> {
        CutProcessor() {
            super(CUT);
        }

        @Override
        protected Cut process(Film film, JobContext job) {
            return new Cut(job.results(Clip.class).map(Clip::file).toList());
        }
    }

    static final class ExportProcessor extends BaseProcessor<Film, Cut> {
        ExportProcessor() {
            super(EXPORT);
        }

        @Override
        protected Cut process(Film film, JobContext job) {
            return new Cut(job.predecessors().stream()
                    .map(shot -> job.resultOf(shot, Clip.class).orElseThrow().file())
                    .toList());
        }
    }

    private Clip render(Shot shot) {
        if (isShotTwoBroken && shot.number() == 2) {
            throw JobException.user("blurred", "Shot 2 is blurred");
        }
        done.add("shot " + shot.number());
        return new Clip("shot-" + shot.number() + ".mp4");
    }

    private void drain(ProcessorRegistry processors) {
        Worker.of(store, processors).build().drain();
    }

    private JobStatus status(NewJob job) {
        return find(job).status();
    }

    private Job find(NewJob job) {
        return jobs.find(job.id()).orElseThrow();
    }

    @Test
    void family() {
        NewJob film = NewJob.of(FILM, dawn);
        NewJob beach = NewJob.of(SCENE, "beach").parent(film);
        jobs.enqueueAll(List.of(
                film,
                beach,
                NewJob.of(SHOT, new Shot(1)).parent(beach),
                NewJob.of(SHOT, new Shot(2)).parent(beach),
                NewJob.of(SHOT, new Shot(3)).parent(film)));
        assertThat(status(beach)).isEqualTo(JobStatus.WAITING);

        drain(ProcessorRegistry.of().with(SHOT, job -> render(job.input(Shot.class))));

        assertThat(status(beach)).isEqualTo(JobStatus.COMPLETED);
        assertThat(status(film)).isEqualTo(JobStatus.COMPLETED);
        assertThat(jobs.children(film.id())).extracting(Job::type).containsExactly("scene", "shot");
    }

    @Test
    void spawning() {
        NewJob film = NewJob.of(FILM, dawn);
        jobs.enqueue(film);
        drain(ProcessorRegistry.of(new FilmProcessor()).with(SHOT, job -> render(job.input(Shot.class))));
        assertThat(find(film).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(find(film).result()).isEqualTo("\"Dawn\"");

        NewJob again = NewJob.of(FILM, dawn);
        jobs.enqueue(again);
        drain(lambdas());
        assertThat(status(again)).isEqualTo(JobStatus.COMPLETED);
        assertThat(done).hasSize(6);
    }

    private ProcessorRegistry lambdas() {
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(FILM, job -> {
                    List<Shot> shots = job.input(Film.class).shots();
                    job.spawn(shots.stream().map(shot -> NewJob.of(SHOT, shot)).toList());
                    return null;
                })
                .with(SHOT, job -> render(job.input(Shot.class)));
        return processors;
    }

    @Test
    void policies() {
        isShotTwoBroken = true;
        NewJob film = NewJob.of(FILM, dawn).onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        jobs.enqueue(film);
        drain(lambdas());
        assertThat(find(film).errorMessage()).isEqualTo("1 of 3 child jobs failed: Shot 2 is blurred");
        assertThat(find(film).errorCode()).isEqualTo("child_failed");

        NewJob strict = NewJob.of(FILM, dawn).cancelOtherChildren();
        NewJob late = NewJob.of(SHOT, new Shot(4)).parent(strict).delay(Duration.ofHours(1));
        jobs.enqueueAll(List.of(strict, NewJob.of(SHOT, new Shot(2)).parent(strict), late));
        drain(lambdas());
        assertThat(status(strict)).isEqualTo(JobStatus.FAILED);
        assertThat(status(late)).isEqualTo(JobStatus.CANCELLED);

        NewJob spared = NewJob.of(FILM, dawn);
        jobs.enqueue(spared);
        drain(ProcessorRegistry.of()
                .with(FILM, job -> {
                    job.spawn(NewJob.of(SHOT, new Shot(2)));
                    job.onChildFailure(ChildFailurePolicy.IGNORE);
                    return null;
                })
                .with(SHOT, job -> render(job.input(Shot.class))));
        assertThat(status(spared)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void groups() {
        List<List<Shot>> pages = List.of(List.of(new Shot(1)), List.of(new Shot(2), new Shot(3)));
        NewJob group = NewJob.of(FILM, dawn).unsealed().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        jobs.enqueue(group);
        for (List<Shot> page : pages) {
            jobs.enqueueAll(page.stream()
                    .map(shot -> NewJob.of(SHOT, shot).parent(group))
                    .toList());
        }
        jobs.seal(group.id());

        NewJob tooLate = NewJob.of(SHOT, new Shot(4)).parent(group);
        assertThatThrownBy(() -> jobs.enqueue(tooLate)).isInstanceOf(GroupClosedException.class);
        assertThat(status(group)).isEqualTo(JobStatus.WAITING);
        drain(lambdas());
        assertThat(status(group)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void finisher() {
        NewJob film = NewJob.of(FILM, dawn);
        jobs.enqueue(film);
        drain(ProcessorRegistry.of()
                .with(FILM, job -> {
                    Film input = job.input(Film.class);
                    job.spawn(input.shots().stream()
                            .map(shot -> NewJob.of(SHOT, shot))
                            .toList());
                    job.finishWith(NewJob.of(CUT, input));
                    return null;
                })
                .with(SHOT, job -> render(job.input(Shot.class)))
                .with(
                        CUT,
                        job -> new Cut(job.results(Clip.class).map(Clip::file).toList())));
        assertThat(jobs.resultOf(find(film), Cut.class))
                .contains(new Cut(List.of("shot-1.mp4", "shot-2.mp4", "shot-3.mp4")));
    }

    @Test
    void finisher_from_outside() {
        NewJob film = NewJob.of(FILM, dawn);
        jobs.enqueueAll(List.of(
                film,
                NewJob.of(SHOT, new Shot(1)).parent(film),
                NewJob.of(CUT, dawn).finisherOf(film)));
        drain(lambdas()
                .with(
                        CUT,
                        job -> new Cut(job.siblings()
                                .map(shot -> shot.type() + " " + shot.status().text())
                                .toList())));
        assertThat(jobs.resultOf(find(film), Cut.class)).contains(new Cut(List.of("shot completed")));
    }

    @Test
    void graphs() {
        NewJob ada = NewJob.of(IMAGE, "Ada");
        NewJob beach = NewJob.of(IMAGE, "a beach");
        NewJob first = NewJob.of(SHOT, new Shot(1)).after(ada, beach);
        NewJob second = NewJob.of(SHOT, new Shot(2)).after(beach);
        NewJob export = NewJob.of(EXPORT, dawn).after(first, second);
        jobs.enqueueAll(List.of(ada, beach, first, second, export));

        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(IMAGE, job -> done.add(job.input(String.class)))
                .with(SHOT, job -> render(job.input(Shot.class)))
                .with(
                        EXPORT,
                        job -> new Cut(job.predecessors().stream()
                                .map(shot -> job.resultOf(shot, Clip.class)
                                        .orElseThrow()
                                        .file())
                                .toList()));
        isShotTwoBroken = true;
        drain(processors);
        assertThat(find(export).status()).isEqualTo(JobStatus.FAILED);
        assertThat(find(export).errorMessage()).isEqualTo("A job that had to complete first failed: Shot 2 is blurred");
        assertThat(jobs.predecessors(export.id())).extracting(Job::id).containsExactly(first.id(), second.id());

        isShotTwoBroken = false;
        jobs.retry(export.id());
        drain(processors);
        assertThat(jobs.resultOf(find(export), Cut.class)).contains(new Cut(List.of("shot-1.mp4", "shot-2.mp4")));
        assertThat(done).containsExactlyInAnyOrder("Ada", "a beach", "shot 1", "shot 2");
    }

    @Test
    void predecessors_that_may_fail() {
        isShotTwoBroken = true;
        NewJob shot = NewJob.of(SHOT, new Shot(2));
        NewJob upload =
                NewJob.of(UPLOAD, "whatever there is").after(shot).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        jobs.enqueueAll(List.of(shot, upload));
        drain(ProcessorRegistry.of()
                .with(SHOT, job -> render(job.input(Shot.class)))
                .with(UPLOAD, job -> done.add(job.input(String.class))));
        assertThat(done).containsExactly("whatever there is");
    }

    @Test
    void chains() {
        List<String> parts = List.of("a", "b", "c");
        List<NewJob> chain = new ArrayList<>();
        for (String part : parts) {
            NewJob job = NewJob.of(UPLOAD, part);
            chain.add(chain.isEmpty() ? job : job.after(chain.get(chain.size() - 1)));
        }
        jobs.enqueueAll(chain);
        drain(ProcessorRegistry.of().with(UPLOAD, job -> done.add(job.input(String.class))));
        assertThat(done).containsExactly("a", "b", "c");
    }

    @Test
    void fakes() throws Exception {
        FakeJobContext film = FakeJobContext.of(dawn);
        film.run(new FilmProcessor());
        assertThat(film.spawned()).extracting(NewJob::input).containsExactly(new Shot(1), new Shot(2), new Shot(3));

        FakeJobContext cut = FakeJobContext.of(dawn).withSiblingsThatReturned(new Clip("1.mp4"), new Clip("2.mp4"));
        assertThat(cut.run(new CutProcessor())).isEqualTo(new Cut(List.of("1.mp4", "2.mp4")));

        FakeJobContext export = FakeJobContext.of(dawn).withPredecessorsThatReturned(new Clip("1.mp4"));
        assertThat(export.run(new ExportProcessor())).isEqualTo(new Cut(List.of("1.mp4")));
    }

    @Test
    void cancel_and_retry() {
        isShotTwoBroken = true;
        NewJob film = NewJob.of(FILM, dawn).onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        jobs.enqueue(film);
        drain(lambdas());
        assertThat(status(film)).isEqualTo(JobStatus.FAILED);

        isShotTwoBroken = false;
        jobs.retry(film.id());
        drain(lambdas());
        assertThat(status(film)).isEqualTo(JobStatus.COMPLETED);
        assertThat(done).containsExactlyInAnyOrder("shot 1", "shot 3", "shot 2");

        NewJob other = NewJob.of(FILM, dawn);
        NewJob shot = NewJob.of(SHOT, new Shot(1)).parent(other);
        jobs.enqueueAll(List.of(other, shot));
        assertThat(jobs.cancel(other.id())).isEqualTo(ActResult.DONE);
        assertThat(status(shot)).isEqualTo(JobStatus.CANCELLED);
    }
}
