package io.forthwith.studio.film;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;

/**
 * What a viewer reads from a GIF file, frame by frame.
 *
 * @param frames how many frames could be read
 * @param width of the first one
 * @param height of the first one
 * @param frameMillis how long the first one is shown
 * @param loops whether it starts again at its end
 */
public record GifFacts(int frames, int width, int height, int frameMillis, boolean loops) {
    /**
     * Reads a file.
     *
     * @throws IOException if a viewer could not read it either
     */
    public static GifFacts read(Path file) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            reader.setInput(in);
            int frames = reader.getNumImages(true);
            BufferedImage first = reader.read(0);
            for (int i = 1; i < frames; i++) {
                reader.read(i);
            }
            IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree(AnimatedGif.FORMAT);
            IIOMetadataNode timing = (IIOMetadataNode)
                    root.getElementsByTagName("GraphicControlExtension").item(0);
            IIOMetadataNode loop = (IIOMetadataNode)
                    root.getElementsByTagName("ApplicationExtension").item(0);
            return new GifFacts(
                    frames,
                    first.getWidth(),
                    first.getHeight(),
                    Integer.parseInt(timing.getAttribute("delayTime")) * 10,
                    loop != null && loop.getAttribute("applicationID").equals("NETSCAPE"));
        } finally {
            reader.dispose();
        }
    }
}
