package io.forthwith.studio.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.NotReadyException;
import io.forthwith.studio.film.GifFacts;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.FilmFile;
import io.forthwith.studio.jobs.StudioJobs.FinalVideo;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.nio.file.Path;
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
        processor = new FinalVideoProcessor(studio.storyboard, studio.folder, studio.texts);
    }

    @AfterEach
    void close() {
        studio.close();
    }

    @Test
    @DisplayName("comes back later while a shot is missing, then cuts them into one looping GIF")
    void cutsTheFilm() throws Exception {
        FinalVideo film = new FinalVideo(List.of("dawn", "dusk"));
        shoot("dawn", "pan-right");
        assertThatThrownBy(() -> studio.job(film).run(processor))
                .isInstanceOf(NotReadyException.class)
                .hasMessage("1 of 2 shots are there");

        shoot("dusk", "pan-left");
        FilmFile result = studio.job(film).run(processor);

        assertThat(result).isNotNull();
        assertThat(result.frames()).isEqualTo(32);
        assertThat(studio.folder.resolve(result.file())).hasFileName("film.gif").hasSize(result.bytes());
        assertThat(GifFacts.read(studio.folder.resolve(result.file())))
                .isEqualTo(new GifFacts(32, 400, 225, 100, true));
    }

    @Test
    @DisplayName("fails if the storyboard has no such shot")
    void unknownShot() {
        assertThatThrownBy(() -> studio.job(new FinalVideo(List.of("eclipse"))).run(processor))
                .hasMessage("The storyboard has no shot eclipse");
    }

    private void shoot(String shotId, String videoConfigId) throws Exception {
        studio.job(new AssetImage(shotId))
                .run(new AssetImageProcessor(
                        studio.storyboard, studio.folder, studio.credits, studio.images, studio.texts));
        studio.job(new ShotVideo(shotId, videoConfigId))
                .run(new ShotVideoProcessor(studio.storyboard, studio.folder, studio.credits, studio.texts));
    }
}
