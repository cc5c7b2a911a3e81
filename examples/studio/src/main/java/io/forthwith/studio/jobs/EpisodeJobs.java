package io.forthwith.studio.jobs;

import io.forthwith.NewJob;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.Episode;
import io.forthwith.studio.jobs.StudioJobs.FinalVideo;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The jobs of an episode, a graph inside a family: each shot is filmed after its image was painted, and the film is cut
 * after all shots. They are enqueued in one call. Immutable.
 *
 * @param episode their parent; its result is the film
 * @param images one for each shot, in order
 * @param videos one for each shot, in order
 * @param film the finisher of the episode
 */
public record EpisodeJobs(NewJob episode, List<NewJob> images, List<NewJob> videos, NewJob film) {
    /** Copies the lists. */
    public EpisodeJobs {
        images = List.copyOf(images);
        videos = List.copyOf(videos);
    }

    /**
     * New jobs for an episode of these shots.
     *
     * @param settings settings for all of them, for example the user who pays
     */
    public static EpisodeJobs of(String title, List<Shot> shots, UnaryOperator<NewJob> settings) {
        NewJob episode = settings.apply(NewJob.of(StudioJobs.EPISODE, new Episode(title)));
        List<NewJob> images = new ArrayList<>();
        List<NewJob> videos = new ArrayList<>();
        for (Shot shot : shots) {
            NewJob image = settings.apply(NewJob.of(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id())));
            NewJob video =
                    settings.apply(NewJob.of(StudioJobs.SHOT_VIDEO, new ShotVideo(shot.id(), shot.videoConfigId())));
            images.add(image.parent(episode));
            videos.add(video.parent(episode).after(image));
        }
        NewJob film = settings.apply(NewJob.of(StudioJobs.FINAL_VIDEO, new FinalVideo(title)));
        return new EpisodeJobs(episode, images, videos, film.finisherOf(episode));
    }

    /** The images, then the videos, then the film. */
    public List<NewJob> children() {
        return Stream.of(images, videos, List.of(film)).flatMap(List::stream).toList();
    }

    /** All jobs, for one call of enqueue. */
    public List<NewJob> all() {
        return Stream.concat(Stream.of(episode), children().stream()).toList();
    }
}
