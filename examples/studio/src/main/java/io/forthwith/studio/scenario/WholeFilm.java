package io.forthwith.studio.scenario;

import io.forthwith.NewJob;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.GifFacts;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.VideoConfig;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.ShotVideoProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.Episode;
import io.forthwith.studio.jobs.StudioJobs.FilmFile;
import io.forthwith.studio.jobs.StudioJobs.FinalVideo;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * 6b: an episode whose jobs all succeed. They are enqueued together: a video comes back later while its image is missing,
 * and the film while a video is.
 */
final class WholeFilm implements Scenario {
    /** What the earlier scenarios have made. */
    private static final List<String> IMAGES_THERE = List.of("dawn", "dusk");

    private static final List<String> VIDEOS_THERE = List.of("dawn");

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);
        NewJob episode =
                stage.job(StudioJobs.EPISODE, new Episode(stage.storyboard().title()), Stage.ADA);
        List<NewJob> children = children(stage);
        List<NewJob> family = new ArrayList<>(List.of(episode));
        children.forEach(child -> family.add(child.parent(episode)));
        stage.jobs().enqueueAll(family);

        JobRows.Row parent = stage.ended(episode.id());

        List<String> statuses = new ArrayList<>();
        for (NewJob child : children) {
            statuses.add(stage.rows().find(child.id()).status());
        }
        checks.same(
                stage.texts().say("children"),
                "[completed]",
                statuses.stream().distinct().toList().toString());
        checks.same(stage.texts().say("episode"), "completed", parent.status());
        checks.same("progress", 100, parent.progress());
        NewJob export = children.get(children.size() - 1);
        checks.same("attempt", 1, stage.rows().find(export.id()).attempt());
        checkGif(stage, checks, export);
        int images = stage.storyboard().shots().size() - IMAGES_THERE.size();
        int videos = stage.storyboard().shots().size() - VIDEOS_THERE.size();
        int price = images * AssetImageProcessor.PRICE + videos * ShotVideoProcessor.PRICE;
        stage.checkCredits(checks, before, price, 0);
    }

    private static List<NewJob> children(Stage stage) {
        List<Shot> shots = stage.storyboard().shots();
        List<NewJob> children = new ArrayList<>();
        for (Shot shot : shots) {
            if (!IMAGES_THERE.contains(shot.id())) {
                children.add(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA));
            }
        }
        for (Shot shot : shots) {
            if (!VIDEOS_THERE.contains(shot.id())) {
                ShotVideo video = new ShotVideo(shot.id(), shot.videoConfigId());
                children.add(stage.job(StudioJobs.SHOT_VIDEO, video, Stage.ADA));
            }
        }
        FinalVideo film = new FinalVideo(shots.stream().map(Shot::id).toList());
        children.add(stage.job(StudioJobs.FINAL_VIDEO, film, Stage.ADA));
        return children;
    }

    /** Reads the film as a viewer would. */
    private static void checkGif(Stage stage, Checks checks, NewJob export) throws Exception {
        FilmFile film =
                stage.jobs().await(export.id(), Duration.ZERO, FilmFile.class).orElseThrow();
        List<VideoConfig> configs = stage.storyboard().shots().stream()
                .map(shot ->
                        stage.storyboard().videoConfig(shot.videoConfigId()).orElseThrow())
                .toList();
        VideoConfig first = configs.get(0);
        GifFacts expected = new GifFacts(
                configs.stream().mapToInt(VideoConfig::frames).sum(),
                first.width(),
                first.height(),
                first.frameMillis(),
                true);
        GifFacts seen = GifFacts.read(stage.folder().resolve(film.file()));
        checks.that(
                seen.equals(expected),
                stage.texts().say("gif"),
                stage.texts().say("gif_value", seen.frames(), seen.width(), seen.height(), seen.frameMillis()),
                expected.toString());
    }
}
