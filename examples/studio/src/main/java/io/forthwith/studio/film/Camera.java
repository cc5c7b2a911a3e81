package io.forthwith.studio.film;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** Films a still image: every frame shows a part of it, which the effect of the video configuration selects. */
public final class Camera {
    /** How much of the image a frame shows when the camera is close. */
    private static final double CLOSE = 0.8;

    private final BufferedImage image;
    private final VideoConfig config;

    /** A camera for this image. */
    public Camera(BufferedImage image, VideoConfig config) {
        this.image = image;
        this.config = config;
    }

    /** The frame with this number, counted from 1. */
    public BufferedImage frame(int number) {
        Rectangle2D.Double view = view(smooth((number - 1.0) / Math.max(1, config.frames() - 1)));
        BufferedImage frame = new BufferedImage(config.width(), config.height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = frame.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        canvas.scale(config.width() / view.width, config.height() / view.height);
        canvas.translate(-view.x, -view.y);
        canvas.drawImage(image, 0, 0, null);
        canvas.dispose();
        return frame;
    }

    /** The visible part of the image after this share of the shot, 0 to 1. */
    private Rectangle2D.Double view(double time) {
        return switch (config.effect()) {
            case PAN_RIGHT -> part(CLOSE, time);
            case PAN_LEFT -> part(CLOSE, 1 - time);
            case ZOOM_IN -> part(1 - (1 - CLOSE) * time, 0.5);
            case ZOOM_OUT -> part(CLOSE + (1 - CLOSE) * time, 0.5);
        };
    }

    private Rectangle2D.Double part(double share, double fromLeft) {
        double width = image.getWidth() * share;
        double height = image.getHeight() * share;
        double x = (image.getWidth() - width) * fromLeft;
        double y = (image.getHeight() - height) / 2;
        return new Rectangle2D.Double(x, y, width, height);
    }

    /** Slow at the start and at the end. */
    private static double smooth(double time) {
        return time * time * (3 - 2 * time);
    }
}
