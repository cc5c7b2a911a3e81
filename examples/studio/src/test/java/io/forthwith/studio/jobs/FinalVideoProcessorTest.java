package io.forthwith.studio.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobProgress;
import io.forthwith.studio.film.GifFacts;
import io.forthwith.studio.film.VideoConfig;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.FilmFile;
import io.forthwith.studio.jobs.StudioJobs.FinalVideo;
import io.forthwith.studio.jobs.StudioJobs.FrameFiles;
import io.forthwith.studio.jobs.StudioJobs.ImageFile;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import io.forthwith.testing.FakeJobContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A final_video_export job")
class FinalVideoProcessorTest {
    private StudioFixture studio;
    private FinalVideoProcessor processor;

    @BeforeEach
    void open(@TempDir Path folder) throws Exception {
        studio = new StudioFixture(folder);
        studio.credits.open("ada", 100);
        processor = new FinalVideoProcessor(studio.folder, studio.texts);
    }

    @AfterEach
    void close() {
        studio.close();
    }

    @Test
    @DisplayName("cuts the shots of its episode, in order, into one looping GIF")
    void cuts_the_film() throws Exception {
        List<Job> siblings = new ArrayList<>();
        for (String shot : List.of("dawn", "dusk")) {
            siblings.add(StudioFixture.completed(StudioJobs.ASSET_IMAGE, paint(shot)));
        }
        studio.configs.add(new VideoConfig("short", VideoConfig.Effect.ZOOM_IN, 4, 5, 400, 225));
        siblings.add(StudioFixture.completed(StudioJobs.SHOT_VIDEO, shoot("dusk", "short")));
        siblings.add(StudioFixture.completed(StudioJobs.SHOT_VIDEO, shoot("dawn", "pan-right")));
        FakeJobContext job = studio.job(new FinalVideo("A Short Day")).withSiblings(siblings);

        FilmFile result = job.run(processor);

        assertThat(result).isNotNull();
        assertThat(result.frames()).isEqualTo(20);
        assertThat(studio.folder.resolve(result.file())).hasFileName("film.gif").hasSize(result.bytes());
        assertThat(GifFacts.read(studio.folder.resolve(result.file())))
                .isEqualTo(new GifFacts(20, 400, 225, 200, true));
        assertThat(job.reported())
                .extracting(JobProgress::message)
                .containsExactly("Shot dusk goes into the film", "Shot dawn goes into the film");
    }

    @Test
    @DisplayName("fails if it has no shots, as when it is enqueued alone")
    void nothing_filmed() {
        assertThatThrownBy(() -> studio.job(new FinalVideo("A Short Day")).run(processor))
                .isInstanceOf(JobException.class)
                .hasMessage("No shot of \"A Short Day\" has been filmed");
    }

    private ImageFile paint(String shotId) throws Exception {
        return studio.job(new AssetImage(shotId))
                .run(new AssetImageProcessor(
                        studio.storyboard, studio.folder, studio.credits, studio.images, studio.texts));
    }

    private FrameFiles shoot(String shotId, String videoConfigId) throws Exception {
        return studio.job(new ShotVideo(shotId, videoConfigId))
                .run(new ShotVideoProcessor(studio.configs, studio.folder, studio.credits, studio.texts));
    }
}
