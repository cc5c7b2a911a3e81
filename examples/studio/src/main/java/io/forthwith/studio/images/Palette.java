package io.forthwith.studio.images;

import java.util.List;

/**
 * The colours of an image, each written as {@code #rrggbb}.
 *
 * @param skyTop the sky above
 * @param skyBottom the sky at the horizon
 * @param light the sun or the moon
 * @param hills the hills, the farthest first
 */
public record Palette(String skyTop, String skyBottom, String light, List<String> hills) {
    /** Copies the list. */
    public Palette {
        hills = List.copyOf(hills);
    }
}
