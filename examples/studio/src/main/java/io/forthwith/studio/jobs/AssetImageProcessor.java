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
 * Requests the image of a shot from the image service, and charges credits for it. Both are durable steps, so a later
 * attempt does not repeat what an earlier one has completed. If the job fails or is cancelled, its undo job refunds the
 * credits, even if the worker that charged them has died.
 */
public final class AssetImageProcessor extends BaseProcessor<AssetImage, ImageFile> {
    /** The price of an image, in credits. */
    public static final int PRICE = 5;

    private final Step<Receipt> charge;
    /** This step needs neither an undo nor its key, because painting the image again gives the same image. */
    private final Step<ImageFile> paint = step("paint", ImageFile.class);

    private final Storyboard storyboard;
    private final FilmFolder folder;
    private final CreditLedger credits;
    private final ImageClient images;
    private final Texts texts;

    /** A processor; {@code images} and {@code credits} must be thread-safe, because many jobs share them. */
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

    /** Skips the check for a job that has begun the charge, because its credits may be charged already. */
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
        String apiKey = input.apiKey();
        ImageClient client = apiKey == null ? images : images.withKey(apiKey);
        return job.run(paint, key -> painted(shot, client, job));
    }

    private ImageFile painted(Shot shot, ImageClient client, JobContext job) throws Exception {
        job.progress(10, texts.say("step_image", shot.id()));
        byte[] png = client.paint(new ImageRequest(shot.prompt(), shot.palette()));
        job.progress(90, texts.say("step_store", shot.id()));
        Path file = folder.storeImage(shot.id(), png);
        return new ImageFile(folder.nameOf(file), Files.size(file));
    }

    /** The service recovers fast, so the first retry is soon. */
    @Override
    public RetryPolicy retryPolicy() {
        return RetryPolicy.exponential(Duration.ofMillis(200));
    }

    @Override
    public Duration timeLimit() {
        return Duration.ofMinutes(1);
    }
}
