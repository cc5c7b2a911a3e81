package io.forthwith.studio.film;

import io.forthwith.studio.images.Palette;

/**
 * One shot of the film.
 *
 * @param id its short name
 * @param prompt what its image shows
 * @param palette the colours of its image
 * @param videoConfigId how it is filmed
 */
public record Shot(String id, String prompt, Palette palette, String videoConfigId) {
    /** The same shot, filmed in another way. */
    public Shot filmedBy(String otherVideoConfigId) {
        return new Shot(id, prompt, palette, otherVideoConfigId);
    }
}
