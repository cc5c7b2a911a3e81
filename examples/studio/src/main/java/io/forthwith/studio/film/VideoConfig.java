package io.forthwith.studio.film;

/**
 * How an image is turned into moving frames.
 *
 * @param id its name
 * @param effect what the camera does
 * @param frames how many frames the shot has
 * @param fps how many of them are shown in a second
 * @param width of a frame, in pixels
 * @param height of a frame, in pixels
 */
public record VideoConfig(String id, Effect effect, int frames, int fps, int width, int height) {
    /** What the camera does. */
    public enum Effect {
        /** Moves from left to right. */
        PAN_RIGHT,
        /** Moves from right to left. */
        PAN_LEFT,
        /** Comes closer. */
        ZOOM_IN,
        /** Draws back. */
        ZOOM_OUT
    }

    /** How long one frame is shown. */
    public int frameMillis() {
        return 1000 / fps;
    }
}
