package io.forthwith.studio.jobs;

import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.studio.images.Allowance;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The job types of the studio, with their inputs and results. Code that enqueues needs only this class. */
public final class StudioJobs {
    /** Requests the image of a shot. */
    public static final JobType<AssetImage> ASSET_IMAGE = JobType.of("asset_image_generation", AssetImage.class);
    /** Films the image of a shot. */
    public static final JobType<ShotVideo> SHOT_VIDEO = JobType.of("shot_video_generation", ShotVideo.class);
    /** Cuts the filmed shots of an episode into one film. */
    public static final JobType<FinalVideo> FINAL_VIDEO = JobType.of("final_video_export", FinalVideo.class);
    /** Writes the digest of the accounts. */
    public static final JobType<Digest> DIGEST = JobType.of("nightly_digest", Digest.class);
    /** Mails a notification. */
    public static final JobType<Notification> NOTIFICATION = JobType.of("notification", Notification.class);
    /** Keeps a storyboard that was saved. */
    public static final JobType<SavedStoryboard> STORYBOARD_SAVED =
            JobType.of("storyboard_saved", SavedStoryboard.class);
    /** The parent of all jobs of one episode ({@link EpisodeJobs}). It has no processor and never runs. */
    public static final JobType<Episode> EPISODE = JobType.of("episode", Episode.class);

    /** The limit on the calls of the image service with each API key. */
    public static final String IMAGE_API = "image-api";

    /**
     * The limit counts starts of jobs, the service counts calls by its own clock. From one to the other it takes a call
     * longer than the next one by less than this.
     */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private StudioJobs() {}

    /**
     * The limit that the image service sets, as all workers declare it. So that its minute never sees too many, the
     * limit's is a little longer.
     */
    public static Limit imageLimit(Allowance allowance) {
        return Limit.of(IMAGE_API)
                .concurrency(allowance.atATime())
                .rate(allowance.starts(), allowance.minute().plus(MARGIN))
                .burst(allowance.starts() / 2);
    }

    /** The same job; if it calls the image service, under the limit of this API key. */
    public static NewJob limited(NewJob job, String apiKey) {
        return job.type().equals(ASSET_IMAGE) ? job.limit(IMAGE_API, apiKey) : job;
    }

    /** The user of a job, who pays for it. Every job of the studio has one. */
    static String userOf(JobContext job) {
        return job.userId().orElseThrow(() -> new IllegalStateException("The job has no user who could pay for it"));
    }

    /**
     * The shot to paint, and the API key to call the image service with, null for that of the studio. In this example a
     * key is its own name; a real key is a secret, which a job names and does not contain.
     */
    public record AssetImage(String shotId, @Nullable String apiKey) {
        /** The shot to paint with the key of the studio. */
        public AssetImage(String shotId) {
            this(shotId, null);
        }
    }

    /** The file of the image in the folder of the film, and its size. */
    public record ImageFile(String file, long bytes) {}

    /** The shot to film, and its video configuration. */
    public record ShotVideo(String shotId, String videoConfigId) {}

    /**
     * The frames of a shot: the shot, their folder inside that of the film, their number, and how long each is shown.
     */
    public record FrameFiles(String shotId, String folder, int frames, int frameMillis) {}

    /** The title of the film. Its shots are the results of the other jobs of the episode. */
    public record FinalVideo(String title) {}

    /** The file of the film in its folder, its length and its size. */
    public record FilmFile(String file, int frames, long bytes) {}

    /** The first line of the digest. */
    public record Digest(String title) {}

    /** The file of the digest in the folder of the film, and how many accounts it has. */
    public record DigestFile(String file, int accounts) {}

    /** A mail. */
    public record Notification(String address, String text) {}

    /** The file that stands for the request to the mail service, and how many mails it has sent. */
    public record MailFile(String file, int mails) {}

    /** The storyboard with this title, and the number of its version. */
    public record SavedStoryboard(String title, int version) {}

    /** The file of the storyboard in the folder of the film, and the version that it has. */
    public record StoryboardFile(String file, int version) {}

    /** An episode. */
    public record Episode(String title) {}
}
