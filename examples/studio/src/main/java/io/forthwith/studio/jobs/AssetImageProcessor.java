package io.forthwith.studio.jobs;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.RetryPolicy;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.Charge;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.studio.images.ImageRequest;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.ImageFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Has the image of a shot painted by the image service, for credits. */
public final class AssetImageProcessor extends BaseProcessor<AssetImage, ImageFile> {
    /** What an image costs. */
    public static final int PRICE = 5;

    private final Storyboard storyboard;
    private final FilmFolder folder;
    private final CreditLedger credits;
    private final ImageClient images;
    private final Texts texts;

    /** A processor; {@code images} and {@code credits} are thread-safe, since many jobs share them. */
    public AssetImageProcessor(
            Storyboard storyboard, FilmFolder folder, CreditLedger credits, ImageClient images, Texts texts) {
        super(StudioJobs.ASSET_IMAGE);
        this.storyboard = storyboard;
        this.folder = folder;
        this.credits = credits;
        this.images = images;
        this.texts = texts;
    }

    @Override
    protected void verifyAccess(AssetImage input, JobContext job) throws Exception {
        credits.require(Charge.of(job, PRICE));
    }

    @Override
    protected ImageFile process(AssetImage input, JobContext job) throws Exception {
        Charge charge = Charge.of(job, PRICE);
        // Before anything can fail: the answer to the charge may get lost, and a worker that was killed may have
        // charged
        // for this job already. Its undo died with it, so this attempt either uses that charge or gives it back.
        // Refunding what was never charged does nothing.
        job.onFailure(() -> credits.refund(charge));

        Shot shot = storyboard
                .shot(input.shotId())
                .orElseThrow(() -> JobException.user("shot_unknown", texts.say("shot_unknown", input.shotId())));
        credits.charge(charge);

        job.progress(10, texts.say("step_image", shot.id()));
        byte[] png = images.paint(new ImageRequest(shot.prompt(), shot.palette()));
        job.progress(90, texts.say("step_store", shot.id()));
        Path file = folder.storeImage(shot.id(), png);
        return new ImageFile(folder.nameOf(file), Files.size(file));
    }

    /** The service recovers fast, so the first retry comes soon. */
    @Override
    public RetryPolicy retryPolicy() {
        return RetryPolicy.exponential(Duration.ofMillis(200));
    }

    @Override
    public Duration timeLimit() {
        return Duration.ofMinutes(1);
    }
}
