package io.forthwith.studio.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobProgress;
import io.forthwith.NotReadyException;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.VideoConfig;
import io.forthwith.studio.images.ImageRequest;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.FrameFiles;
import io.forthwith.studio.jobs.StudioJobs.ImageFile;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A shot_video_generation job")
class ShotVideoProcessorTest {
    private StudioFixture studio;
    private ShotVideoProcessor processor;

    @BeforeEach
    void open(@TempDir Path folder) throws Exception {
        studio = new StudioFixture(folder);
        processor = new ShotVideoProcessor(studio.configs, studio.folder, studio.credits, studio.texts);
    }

    @AfterEach
    void close() {
        studio.close();
    }

    @Test
    @DisplayName("turns the image into frames, reports each frame, and charges credits")
    void films() throws Exception {
        studio.job(new AssetImage("dawn"))
                .run(new AssetImageProcessor(
                        studio.storyboard, studio.folder, studio.credits, studio.images, studio.texts));
        var job = studio.job(new ShotVideo("dawn", "pan-right"));

        FrameFiles result = job.run(processor);

        assertThat(result).isNotNull();
        assertThat(result).isEqualTo(new FrameFiles("dawn", "frames/dawn-" + job.id(), 16, 100));
        List<Path> frames = FilmFolder.framesIn(studio.folder.resolve(result.folder()));
        assertThat(frames).hasSize(16).allSatisfy(frame -> {
            assertThat(ImageIO.read(frame.toFile()).getWidth()).isEqualTo(400);
        });
        assertThat(frames.get(0)).hasFileName("001.png");
        assertThat(job.reported())
                .hasSize(16)
                .last()
                .extracting(JobProgress::message)
                .isEqualTo("Shot dawn, frame 16 of 16");
        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 20, 15, 0, 5));
    }

    @Test
    @DisplayName("fails with the user's error if they have too few credits, and charges nothing")
    void too_few_credits() throws Exception {
        studio.credits.open("ada", 9);

        assertThatThrownBy(() -> studio.job(new ShotVideo("dawn", "pan-right")).run(processor))
                .isInstanceOfSatisfying(
                        JobException.class,
                        thrown -> assertThat(thrown.error().kind()).isEqualTo(JobError.Kind.USER))
                .hasMessage("Insufficient credits");
        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 9, 0, 0, 9));
    }

    @Test
    @DisplayName("fails if its video configuration does not exist, and charges nothing")
    void no_such_configuration() throws Exception {
        assertThatThrownBy(() -> studio.job(new ShotVideo("dawn", "fly-over")).run(processor))
                .isInstanceOfSatisfying(
                        JobException.class,
                        thrown -> assertThat(thrown.error().code()).isEqualTo("video_config_missing"))
                .hasMessage("Video configuration does not exist");
        assertThat(studio.account().charged()).isZero();
    }

    @Test
    @DisplayName("is postponed while the image is missing, and charges nothing yet")
    void image_missing() throws Exception {
        assertThatThrownBy(() -> studio.job(new ShotVideo("dawn", "pan-right")).run(processor))
                .isInstanceOf(NotReadyException.class)
                .hasMessage("The image of shot dawn is still missing");
        assertThat(studio.account().charged()).isZero();
    }

    @Test
    @DisplayName("films the image of its predecessor, in whatever file that image is")
    void image_of_the_job_before() throws Exception {
        Shot shot = studio.storyboard.shot("dawn").orElseThrow();
        studio.folder.storeImage("elsewhere", studio.images.paint(new ImageRequest(shot.prompt(), shot.palette())));

        FrameFiles result = studio.job(new ShotVideo("dawn", "pan-right"))
                .withPredecessorsThatReturned(new ImageFile("images/elsewhere.png", 1))
                .run(processor);

        assertThat(result).isNotNull();
        assertThat(result.frames()).isEqualTo(16);
    }

    @Test
    @DisplayName("films with a configuration that was added later")
    void added_configuration() throws Exception {
        Shot shot = studio.storyboard.shot("dawn").orElseThrow();
        studio.folder.storeImage("dawn", studio.images.paint(new ImageRequest(shot.prompt(), shot.palette())));
        studio.configs.add(new VideoConfig("fly-over", VideoConfig.Effect.ZOOM_OUT, 3, 5, 40, 30));

        FrameFiles result = studio.job(new ShotVideo("dawn", "fly-over")).run(processor);

        assertThat(result).isNotNull();
        assertThat(result.frames()).isEqualTo(3);
        assertThat(result.frameMillis()).isEqualTo(200);
    }

    @Test
    @DisplayName("does not check the credits of a user again who may have paid already")
    void paid_already() throws Exception {
        Shot shot = studio.storyboard.shot("dawn").orElseThrow();
        studio.folder.storeImage("dawn", studio.images.paint(new ImageRequest(shot.prompt(), shot.palette())));
        studio.credits.open("ada", ShotVideoProcessor.PRICE);
        var job = studio.begun(new ShotVideo("dawn", "pan-right"));
        // The charge of a worker that was killed before the receipt was stored.
        studio.credits.charge("ada", ShotVideoProcessor.PRICE, job.id() + "~1~charge");

        job.run(processor);

        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 10, 10, 0, 0));
    }

    @Test
    @DisplayName("refunds the credits if it fails half-way")
    void broken_image() throws Exception {
        studio.folder.storeImage("dawn", "not a PNG".getBytes(StandardCharsets.UTF_8));

        var job = studio.job(new ShotVideo("dawn", "pan-right"));

        assertThatThrownBy(() -> job.run(processor)).isInstanceOf(Exception.class);
        job.undoSteps();

        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 20, 10, 10, 20));
        assertThat(studio.folder.resolve("frames")).doesNotExist();
    }
}
