package io.forthwith.studio.images;

/**
 * A request to the image service, as JSON.
 *
 * @param prompt what the image shows; written into it as well
 * @param palette its colours
 */
public record ImageRequest(String prompt, Palette palette) {}
