package io.forthwith.studio.images;

/**
 * What the image service is asked for, as JSON.
 *
 * @param prompt what the image shows; written into it as well
 * @param palette its colours
 */
public record ImageRequest(String prompt, Palette palette) {}
