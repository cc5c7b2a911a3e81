package io.forthwith.studio.jobs;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.jobs.StudioJobs.SavedStoryboard;
import io.forthwith.studio.jobs.StudioJobs.StoryboardFile;

/** Keeps the newest version of a storyboard. Many saves in a row become one job. It may run twice: it replaces the file. */
public final class StoryboardKeeper extends BaseProcessor<SavedStoryboard, StoryboardFile> {
    private final FilmFolder folder;

    /** A processor. */
    public StoryboardKeeper(FilmFolder folder) {
        super(StudioJobs.STORYBOARD_SAVED);
        this.folder = folder;
    }

    @Override
    protected StoryboardFile process(SavedStoryboard input, JobContext job) throws Exception {
        return new StoryboardFile(
                folder.nameOf(folder.storeStoryboard(input.title() + " " + input.version() + "\n")), input.version());
    }
}
