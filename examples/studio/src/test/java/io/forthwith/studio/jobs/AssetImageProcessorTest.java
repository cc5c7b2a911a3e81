package io.forthwith.studio.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobException;
import io.forthwith.JobProgress;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.images.Allowance;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.ImageFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("An asset_image_generation job")
class AssetImageProcessorTest {
    private StudioFixture studio;
    private AssetImageProcessor processor;

    @BeforeEach
    void open(@TempDir Path folder) throws Exception {
        studio = new StudioFixture(folder);
        processor =
                new AssetImageProcessor(studio.storyboard, studio.folder, studio.credits, studio.images, studio.texts);
    }

    @AfterEach
    void close() {
        studio.close();
    }

    @Test
    @DisplayName("charges for the image and stores it")
    void stores_the_image() throws Exception {
        var job = studio.job(new AssetImage("dawn"));

        ImageFile result = job.run(processor);

        assertThat(result).isNotNull();
        Path file = studio.folder.resolve(result.file());
        assertThat(file).hasFileName("dawn.png").hasSize(result.bytes());
        assertThat(ImageIO.read(file.toFile()).getWidth()).isEqualTo(640);
        assertThat(job.reported()).extracting(JobProgress::message).contains("Painting shot dawn");
        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 20, 5, 0, 15));
    }

    @Test
    @DisplayName("calls the service with the API key of its input, if it has one")
    void other_key() throws Exception {
        studio.api.addKey("of-ada");
        studio.api.allowEachKey(Allowance.of(Duration.ofMinutes(1)));

        studio.job(new AssetImage("dawn", "of-ada")).run(processor);
        studio.job(new AssetImage("dawn")).run(processor);

        assertThat(studio.api.usage("of-ada").calls()).isEqualTo(1);
        assertThat(studio.api.usage(StudioFixture.KEY).calls()).isEqualTo(1);
    }

    @Test
    @DisplayName("refunds the credits if the API key is refused")
    void gives_back() throws Exception {
        studio.api.changeKey("another");
        var job = studio.job(new AssetImage("dawn"));

        assertThatThrownBy(() -> job.run(processor))
                .isInstanceOfSatisfying(
                        JobException.class,
                        thrown -> assertThat(thrown.error().retryable()).isFalse())
                .hasMessage("The image service refused the API key");
        job.undoSteps();

        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 20, 5, 5, 20));
        assertThat(studio.folder.image("dawn")).isEmpty();
    }

    @Test
    @DisplayName("charges once and paints once, although it takes several attempts")
    void pays_once() throws Exception {
        String prompt = studio.storyboard.shots().get(0).prompt();
        studio.api.beBusy(prompt, 2);
        var job = studio.job(new AssetImage("dawn"));

        for (int attempt = 1; attempt <= 2; attempt++) {
            assertThatThrownBy(() -> job.run(processor))
                    .isInstanceOfSatisfying(
                            JobException.class,
                            thrown -> assertThat(thrown.error().retryable()).isTrue());
        }
        ImageFile third = job.run(processor);
        ImageFile fourth = job.run(processor);

        assertThat(fourth).isEqualTo(third);
        assertThat(studio.api.asked(prompt)).isEqualTo(3);
        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 20, 5, 0, 15));
    }

    @Test
    @DisplayName("is refused before it begins if the user has too few credits")
    void too_few_credits() throws Exception {
        studio.credits.open("ada", 4);

        assertThatThrownBy(() -> studio.job(new AssetImage("dawn")).run(processor))
                .hasMessage("Insufficient credits");
        assertThat(studio.account()).isEqualTo(new AccountStatement("ada", 4, 0, 0, 4));
    }

    @Test
    @DisplayName("is refused before it begins if the storyboard has no such shot")
    void unknown_shot() throws Exception {
        assertThatThrownBy(() -> studio.job(new AssetImage("eclipse")).run(processor))
                .hasMessage("The storyboard has no shot eclipse");
        assertThat(studio.account().charged()).isZero();
    }

    @Test
    @DisplayName("leaves no incomplete file behind")
    void nothing_half_made(@TempDir Path folder) throws Exception {
        studio.job(new AssetImage("dawn")).run(processor);

        Path images = studio.folder.image("dawn").orElseThrow().getParent();
        try (var files = Files.list(images)) {
            assertThat(files).hasSize(1);
        }
    }
}
