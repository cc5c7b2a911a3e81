package io.forthwith.studio.jobs;

import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.worker.ProcessorRegistry;

/**
 * What the studio's processors work with, in whatever process they run.
 *
 * @param storyboard the film
 * @param configs the ways to film a shot
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
    /** All of them. */
    public ProcessorRegistry registry() {
        return ProcessorRegistry.of(
                new AssetImageProcessor(storyboard, folder, credits, images, texts),
                new ShotVideoProcessor(configs, folder, credits, texts),
                new FinalVideoProcessor(folder, texts));
    }
}
