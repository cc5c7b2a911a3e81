package io.forthwith.studio.jobs;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.NotReadyException;
import io.forthwith.studio.Texts;
import io.forthwith.studio.film.AnimatedGif;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfig;
import io.forthwith.studio.jobs.StudioJobs.FilmFile;
import io.forthwith.studio.jobs.StudioJobs.FinalVideo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Cuts filmed shots into one animated GIF. Comes back later while a shot is still missing. */
public final class FinalVideoProcessor extends BaseProcessor<FinalVideo, FilmFile> {
    private static final Duration SHOTS_POLL = Duration.ofMillis(500);

    private final Storyboard storyboard;
    private final FilmFolder folder;
    private final Texts texts;

    /** A processor. */
    public FinalVideoProcessor(Storyboard storyboard, FilmFolder folder, Texts texts) {
        super(StudioJobs.FINAL_VIDEO);
        this.storyboard = storyboard;
        this.folder = folder;
        this.texts = texts;
    }

    @Override
    protected void validate(FinalVideo input) {
        for (String shotId : input.shotIds()) {
            if (storyboard.shot(shotId).isEmpty()) {
                throw JobException.user("shot_unknown", texts.say("shot_unknown", shotId));
            }
        }
    }

    @Override
    protected FilmFile process(FinalVideo input, JobContext job) throws Exception {
        Map<String, List<Path>> shots = filmedShots(input);
        if (shots.size() < input.shotIds().size()) {
            String reason =
                    texts.say("shots_missing", shots.size(), input.shotIds().size());
            throw new NotReadyException(SHOTS_POLL, reason);
        }
        Path film = folder.storeFilm(place -> cut(shots, place, job));
        int frames = shots.values().stream().mapToInt(List::size).sum();
        return new FilmFile(folder.nameOf(film), frames, Files.size(film));
    }

    private Map<String, List<Path>> filmedShots(FinalVideo input) throws IOException {
        Map<String, List<Path>> filmed = new LinkedHashMap<>();
        for (String shotId : input.shotIds()) {
            List<Path> frames = folder.frames(shotId);
            if (!frames.isEmpty()) {
                filmed.put(shotId, frames);
            }
        }
        return filmed;
    }

    private void cut(Map<String, List<Path>> shots, Path place, JobContext job) throws IOException {
        int step = 0;
        try (AnimatedGif gif = new AnimatedGif(place)) {
            for (Map.Entry<String, List<Path>> shot : shots.entrySet()) {
                job.atStep(++step, shots.size(), texts.say("step_cut", shot.getKey()));
                int frameMillis = frameMillis(shot.getKey());
                for (Path frame : shot.getValue()) {
                    gif.add(ImageIO.read(frame.toFile()), frameMillis);
                }
            }
        }
    }

    private int frameMillis(String shotId) {
        return storyboard
                .shot(shotId)
                .flatMap(shot -> storyboard.videoConfig(shot.videoConfigId()))
                .map(VideoConfig::frameMillis)
                .orElseThrow();
    }
}
