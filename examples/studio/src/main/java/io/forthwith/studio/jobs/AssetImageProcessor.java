package io.forthwith.studio.jobs;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.credits.Receipt;
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

/**
 * Has the image of a shot painted by the image service, for credits. Both are durable steps: a later attempt neither pays nor
 * asks again for what an earlier one got, and the credits of a job that fails or is cancelled are given back by its undo job,
 * whatever has become of the worker that took them.
 */
public final class AssetImageProcessor extends BaseProcessor<AssetImage, ImageFile> {
    /** What an image costs. */
    public static final int PRICE = 5;

    private final Step<Receipt> charge;
    /** Needs no undo, nor its key: an image that is painted again is the same image. */
    private final Step<ImageFile> paint = step("paint", ImageFile.class);

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
        this.charge = step("charge", Receipt.class).undo((receipt, key) -> credits.refund(key));
        this.images = images;
        this.texts = texts;
    }

    /** A job that has begun to pay is not asked again: its credits may be taken already. */
    @Override
    protected void verifyAccess(AssetImage input, JobContext job) throws Exception {
        if (!job.job().hasUndo()) {
            credits.require(StudioJobs.userOf(job), PRICE);
        }
    }

    @Override
    protected ImageFile process(AssetImage input, JobContext job) throws Exception {
        Shot shot = storyboard
                .shot(input.shotId())
                .orElseThrow(() -> JobException.user("shot_unknown", texts.say("shot_unknown", input.shotId())));
        job.run(charge, key -> credits.charge(StudioJobs.userOf(job), PRICE, key));
        return job.run(paint, key -> painted(shot, job));
    }

    private ImageFile painted(Shot shot, JobContext job) throws Exception {
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
