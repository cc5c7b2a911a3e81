package io.forthwith.studio.jobs;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.NotReadyException;
import io.forthwith.Step;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.credits.Receipt;
import io.forthwith.studio.film.Camera;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.VideoConfig;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.jobs.StudioJobs.FrameFiles;
import io.forthwith.studio.jobs.StudioJobs.ImageFile;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Films the image of a shot with its video configuration, and charges credits for it. In an episode, its predecessor is
 * the job that paints the image. A video that is enqueued alone is postponed until the image exists.
 */
public final class ShotVideoProcessor extends BaseProcessor<ShotVideo, FrameFiles> {
    /** The price of a video, in credits. */
    public static final int PRICE = 10;

    private static final Duration IMAGE_POLL = Duration.ofMillis(400);

    private final Step<Receipt> charge;

    private final VideoConfigs configs;
    private final FilmFolder folder;
    private final CreditLedger credits;
    private final Texts texts;

    /** A processor. */
    public ShotVideoProcessor(VideoConfigs configs, FilmFolder folder, CreditLedger credits, Texts texts) {
        super(StudioJobs.SHOT_VIDEO);
        this.configs = configs;
        this.folder = folder;
        this.credits = credits;
        this.charge = step("charge", Receipt.class).undo((receipt, key) -> credits.refund(key));
        this.texts = texts;
    }

    /** As in {@link AssetImageProcessor}. */
    @Override
    protected void verifyAccess(ShotVideo input, JobContext job) throws Exception {
        if (!job.job().hasUndo()) {
            credits.require(StudioJobs.userOf(job), PRICE);
        }
    }

    @Override
    protected FrameFiles process(ShotVideo input, JobContext job) throws Exception {
        VideoConfig config = configs.find(input.videoConfigId())
                .orElseThrow(() -> JobException.user("video_config_missing", texts.say("video_config_missing")));
        Path image = image(input, job)
                .orElseThrow(() -> new NotReadyException(IMAGE_POLL, texts.say("image_missing", input.shotId())));
        job.run(charge, key -> credits.charge(StudioJobs.userOf(job), PRICE, key));

        Camera camera = new Camera(read(image), config);
        Path frames = folder.storeFrames(input.shotId() + "-" + job.id(), place -> {
            for (int number = 1; number <= config.frames(); number++) {
                job.atStep(number, config.frames(), texts.say("step_frame", input.shotId(), number, config.frames()));
                Path frame = place.resolve("%03d.png".formatted(number));
                ImageIO.write(camera.frame(number), "png", frame.toFile());
            }
        });
        return new FrameFiles(input.shotId(), folder.nameOf(frames), config.frames(), config.frameMillis());
    }

    /** The result of the predecessor, or else the image of the shot in the folder. */
    private Optional<Path> image(ShotVideo input, JobContext job) {
        return job.predecessors().stream()
                .flatMap(image -> job.resultOf(image, ImageFile.class).stream())
                .map(image -> folder.resolve(image.file()))
                .findFirst()
                .or(() -> folder.image(input.shotId()));
    }

    private static BufferedImage read(Path image) throws IOException {
        @Nullable BufferedImage read = ImageIO.read(image.toFile());
        if (read == null) {
            throw new IOException("The file " + image.getFileName() + " is no image");
        }
        return read;
    }
}
