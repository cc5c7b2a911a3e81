package io.forthwith.studio.images;

import java.time.Duration;

/**
 * What the image service allows for each API key.
 *
 * @param atATime how many calls at a time
 * @param starts how many calls may start in any {@code minute}
 * @param minute the time that it counts: a minute, or a shorter time that stands for one
 */
public record Allowance(int atATime, int starts, Duration minute) {
    /** 3 at a time, and 20 in any time of this length. */
    public static Allowance of(Duration minute) {
        return new Allowance(3, 20, minute);
    }
}
