package io.forthwith.studio.jobs;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import io.forthwith.studio.film.AnimatedGif;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.jobs.StudioJobs.FilmFile;
import io.forthwith.studio.jobs.StudioJobs.FinalVideo;
import io.forthwith.studio.jobs.StudioJobs.FrameFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Cuts the shots of an episode into one animated GIF. It is the finisher of the episode: when it runs, all shots have
 * been filmed, and the results of their jobs name the files.
 */
public final class FinalVideoProcessor extends BaseProcessor<FinalVideo, FilmFile> {
    private final FilmFolder folder;
    private final Texts texts;

    /** A processor. */
    public FinalVideoProcessor(FilmFolder folder, Texts texts) {
        super(StudioJobs.FINAL_VIDEO);
        this.folder = folder;
        this.texts = texts;
    }

    @Override
    protected FilmFile process(FinalVideo input, JobContext job) throws Exception {
        List<FrameFiles> shots = shots(job);
        if (shots.isEmpty()) {
            throw JobException.user("nothing_filmed", texts.say("nothing_filmed", input.title()));
        }
        Path film = folder.storeFilm(place -> cut(shots, place, job));
        int frames = shots.stream().mapToInt(FrameFiles::frames).sum();
        return new FilmFile(folder.nameOf(film), frames, Files.size(film));
    }

    /**
     * The shots in the order of the film, not in the order in which they completed. The image jobs are siblings too, but have
     * results of another type.
     */
    private static List<FrameFiles> shots(JobContext job) {
        return job.siblings()
                .filter(sibling -> sibling.type().equals(StudioJobs.SHOT_VIDEO.name()))
                .flatMap(shot -> job.resultOf(shot, FrameFiles.class).stream())
                .toList();
    }

    private void cut(List<FrameFiles> shots, Path place, JobContext job) throws IOException {
        int step = 0;
        try (AnimatedGif gif = new AnimatedGif(place)) {
            for (FrameFiles shot : shots) {
                job.atStep(++step, shots.size(), texts.say("step_cut", shot.shotId()));
                for (Path frame : FilmFolder.framesIn(folder.resolve(shot.folder()))) {
                    gif.add(ImageIO.read(frame.toFile()), shot.frameMillis());
                }
            }
        }
    }
}
