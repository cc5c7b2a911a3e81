package io.forthwith.studio.jobs;

import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.worker.ProcessorRegistry;

/**
 * The processors of the studio, and what they need in each process.
 *
 * @param storyboard the film
 * @param configs the video configurations
 * @param folder its files
 * @param credits the ledger
 * @param images the image service
 * @param texts the language of the users
 */
public record StudioProcessors(
        Storyboard storyboard,
        VideoConfigs configs,
        FilmFolder folder,
        CreditLedger credits,
        ImageClient images,
        Texts texts) {
    /** A registry of all processors. */
    public ProcessorRegistry registry() {
        return ProcessorRegistry.of(
                        new AssetImageProcessor(storyboard, folder, credits, images, texts),
                        new ShotVideoProcessor(configs, folder, credits, texts),
                        new FinalVideoProcessor(folder, texts),
                        new DigestProcessor(folder, credits, texts),
                        new StoryboardKeeper(folder))
                .with(new NotificationMailer(folder, texts).processor());
    }
}
