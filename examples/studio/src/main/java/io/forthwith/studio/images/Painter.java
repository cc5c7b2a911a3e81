package io.forthwith.studio.images;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Paints a lake before hills: the same image for the same request. */
final class Painter {
    static final int WIDTH = 640;
    static final int HEIGHT = 360;

    private static final Logger log = LoggerFactory.getLogger(Painter.class);
    private static final int SHORE = 262;
    private static final int GRAIN = 5;

    private final ImageRequest request;
    private final Random random;
    private final BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    private final Graphics2D canvas = image.createGraphics();

    private Painter(ImageRequest request) {
        this.request = request;
        this.random = new Random(request.prompt().hashCode());
    }

    static BufferedImage paint(ImageRequest request) {
        Painter painter = new Painter(request);
        painter.paint();
        painter.canvas.dispose();
        return painter.image;
    }

    private void paint() {
        canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        sky();
        stars();
        light(WIDTH * (0.3 + 0.4 * random.nextDouble()), 90 + random.nextInt(50), 30);
        hills();
        lake();
        grain();
        caption();
    }

    private void sky() {
        canvas.setPaint(new GradientPaint(0, 0, color(request.palette().skyTop()), 0, SHORE, skyBottom()));
        canvas.fillRect(0, 0, WIDTH, HEIGHT);
    }

    /** Only a dark sky has stars. */
    private void stars() {
        Color sky = color(request.palette().skyTop());
        int count = sky.getRed() + sky.getGreen() + sky.getBlue() < 120 ? 170 : 0;
        for (int i = 0; i < count; i++) {
            double size = 0.8 + 1.6 * random.nextDouble();
            canvas.setColor(new Color(255, 255, 255, 90 + random.nextInt(165)));
            canvas.fill(new Ellipse2D.Double(random.nextInt(WIDTH), random.nextInt(SHORE - 40), size, size));
        }
    }

    private void light(double x, double y, double radius) {
        Color light = color(request.palette().light());
        Color[] glow = {faint(light, 170), faint(light, 70), faint(light, 20), faint(light, 0)};
        float[] rings = {0, 0.25f, 0.6f, 1};
        canvas.setPaint(new RadialGradientPaint((float) x, (float) y, (float) (radius * 5), rings, glow));
        canvas.fill(new Ellipse2D.Double(x - radius * 5, y - radius * 5, radius * 10, radius * 10));
        canvas.setColor(light);
        canvas.fill(new Ellipse2D.Double(x - radius, y - radius, radius * 2, radius * 2));
    }

    private void hills() {
        int farthest = SHORE - 70;
        for (String hill : request.palette().hills()) {
            canvas.setPaint(new GradientPaint(
                    0, farthest - 40, color(hill), 0, SHORE + 20, mix(color(hill), skyBottom(), 0.25)));
            canvas.fill(ridge(farthest));
            farthest += 30;
        }
    }

    private Path2D ridge(int height) {
        double first = random.nextDouble() * 2 * Math.PI;
        double second = random.nextDouble() * 2 * Math.PI;
        Path2D ridge = new Path2D.Double();
        ridge.moveTo(0, SHORE);
        for (int x = 0; x <= WIDTH; x += 4) {
            ridge.lineTo(x, height + 22 * Math.sin(x / 95.0 + first) + 9 * Math.sin(x / 37.0 + second));
        }
        ridge.lineTo(WIDTH, SHORE);
        ridge.closePath();
        return ridge;
    }

    /** The lake mirrors the picture above it, darker and with small waves. */
    private void lake() {
        for (int y = SHORE; y < HEIGHT; y++) {
            int depth = y - SHORE;
            int mirrored = Math.max(0, SHORE - 1 - (int) (depth * 2.2));
            int shift = (int) Math.round(Math.sin(depth * 0.9) * (1 + depth / 18.0));
            canvas.drawImage(image.getSubimage(0, mirrored, WIDTH, 1), shift - 8, y, WIDTH + 16, 1, null);
        }
        canvas.setPaint(new GradientPaint(
                0, SHORE, faint(skyBottom(), 40), 0, HEIGHT, faint(mix(nearestHill(), Color.BLACK, 0.5), 190)));
        canvas.fill(new Rectangle2D.Double(0, SHORE, WIDTH, HEIGHT - SHORE));
        canvas.setColor(faint(color(request.palette().light()), 70));
        canvas.setStroke(new BasicStroke(1.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        for (int i = 0; i < 60; i++) {
            int x = random.nextInt(WIDTH);
            int y = SHORE + 4 + random.nextInt(HEIGHT - SHORE - 8);
            canvas.drawLine(x, y, x + 4 + (y - SHORE) / 5, y);
        }
    }

    /** A little noise, like the grain of film. Without it the 256 colours of a GIF would show as bands in the sky. */
    private void grain() {
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int noise = random.nextInt(2 * GRAIN + 1) - GRAIN;
                int rgb = image.getRGB(x, y);
                image.setRGB(x, y, noisy(rgb >> 16, noise) << 16 | noisy(rgb >> 8, noise) << 8 | noisy(rgb, noise));
            }
        }
    }

    private static int noisy(int value, int noise) {
        return Math.max(0, Math.min(255, (value & 0xff) + noise));
    }

    /** The caption. A server may have no fonts at all; then the image has no caption. */
    private void caption() {
        try {
            canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            canvas.setFont(new Font(Font.SERIF, Font.ITALIC, 24));
            int x = (WIDTH - canvas.getFontMetrics().stringWidth(request.prompt())) / 2;
            canvas.setColor(new Color(0, 0, 0, 120));
            canvas.drawString(request.prompt(), x + 1, HEIGHT - 51);
            canvas.setColor(new Color(255, 255, 255, 235));
            canvas.drawString(request.prompt(), x, HEIGHT - 52);
        } catch (RuntimeException | LinkageError | InternalError noFonts) {
            log.debug("This machine has no fonts; the image gets no caption", noFonts);
        }
    }

    private Color skyBottom() {
        return color(request.palette().skyBottom());
    }

    private Color nearestHill() {
        return color(request.palette().hills().get(request.palette().hills().size() - 1));
    }

    private static Color color(String hex) {
        return Color.decode(hex);
    }

    private static Color faint(Color color, int alpha) {
        return new Color(color.getRed(), color.getGreen(), color.getBlue(), alpha);
    }

    private static Color mix(Color one, Color other, double share) {
        return new Color(
                (int) (one.getRed() * (1 - share) + other.getRed() * share),
                (int) (one.getGreen() * (1 - share) + other.getGreen() * share),
                (int) (one.getBlue() * (1 - share) + other.getBlue() * share));
    }
}
