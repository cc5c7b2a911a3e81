package io.forthwith.studio.film;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("An animated GIF")
class AnimatedGifTest {
    @Test
    @DisplayName("has every frame, its timing and an endless loop")
    void read_back(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("colours.gif");
        List<Color> colours = List.of(Color.RED, Color.GREEN, Color.BLUE);

        try (AnimatedGif gif = new AnimatedGif(file)) {
            for (Color colour : colours) {
                gif.add(filled(colour), 120);
            }
        }

        GifFacts facts = GifFacts.read(file);
        assertThat(facts).isEqualTo(new GifFacts(3, 20, 10, 120, true));
    }

    @Test
    @DisplayName("shows the camera moving over the image")
    void camera() {
        BufferedImage image = new BufferedImage(100, 50, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, 10, 50);
        canvas.dispose();
        Camera camera = new Camera(image, new VideoConfig("right", VideoConfig.Effect.PAN_RIGHT, 5, 10, 80, 40));

        assertThat(camera.frame(1).getRGB(2, 20)).isEqualTo(Color.WHITE.getRGB());
        assertThat(camera.frame(5).getRGB(2, 20)).isEqualTo(Color.BLACK.getRGB());
    }

    private static BufferedImage filled(Color colour) {
        BufferedImage frame = new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = frame.createGraphics();
        canvas.setColor(colour);
        canvas.fillRect(0, 0, 20, 10);
        canvas.dispose();
        return frame;
    }
}
