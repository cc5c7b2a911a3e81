package io.forthwith.studio.jobs;

import io.forthwith.JobContext;
import io.forthwith.JobType;

/** The studio's jobs: their types, what goes in and what comes out. Whoever enqueues needs only this. */
public final class StudioJobs {
    /** Has the image of a shot painted. */
    public static final JobType<AssetImage> ASSET_IMAGE = JobType.of("asset_image_generation", AssetImage.class);
    /** Films the image of a shot. */
    public static final JobType<ShotVideo> SHOT_VIDEO = JobType.of("shot_video_generation", ShotVideo.class);
    /** Cuts the filmed shots of an episode into one film. */
    public static final JobType<FinalVideo> FINAL_VIDEO = JobType.of("final_video_export", FinalVideo.class);
    /** Stands for all the jobs of one episode, its children ({@link EpisodeJobs}); it has no processor and never runs. */
    public static final JobType<Episode> EPISODE = JobType.of("episode", Episode.class);

    private StudioJobs() {}

    /** The user of a job, who pays for it; the studio enqueues none without. */
    static String userOf(JobContext job) {
        return job.userId().orElseThrow(() -> new IllegalStateException("The job has no user who could pay for it"));
    }

    /** The shot whose image is wanted. */
    public record AssetImage(String shotId) {}

    /** Where the image is within the film's folder, and how large. */
    public record ImageFile(String file, long bytes) {}

    /** The shot to be filmed, and how. */
    public record ShotVideo(String shotId, String videoConfigId) {}

    /** Of which shot they are, where they are within the film's folder, how many, and how long each is shown. */
    public record FrameFiles(String shotId, String folder, int frames, int frameMillis) {}

    /** The film of this title; its shots are what the other jobs of the episode have returned. */
    public record FinalVideo(String title) {}

    /** Where the film is within its folder, and how long and large. */
    public record FilmFile(String file, int frames, long bytes) {}

    /** An episode. */
    public record Episode(String title) {}
}
