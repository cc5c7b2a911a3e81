package io.forthwith.studio.film;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import org.jspecify.annotations.Nullable;

/** Writes frames into one endlessly looping GIF. Not thread-safe. */
public final class AnimatedGif implements AutoCloseable {
    static final String FORMAT = "javax_imageio_gif_image_1.0";

    private final ImageWriter writer =
            ImageIO.getImageWritersByFormatName("gif").next();
    private final ImageOutputStream out;

    /** Starts a new file. */
    public AnimatedGif(Path file) throws IOException {
        @Nullable ImageOutputStream stream = ImageIO.createImageOutputStream(file.toFile());
        if (stream == null) {
            throw new IOException("Cannot write to " + file);
        }
        out = stream;
        writer.setOutput(out);
        writer.prepareWriteSequence(null);
    }

    /** Adds a frame that is shown for so long; GIF counts in hundredths of a second. */
    public void add(BufferedImage frame, int millis) throws IOException {
        IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(frame), null);
        IIOMetadataNode root = new IIOMetadataNode(FORMAT);
        root.appendChild(timing(millis));
        root.appendChild(endlessLoop());
        metadata.mergeTree(FORMAT, root);
        writer.writeToSequence(new IIOImage(frame, null, metadata), null);
    }

    /** Ends the file. */
    @Override
    public void close() {
        try {
            writer.endWriteSequence();
            out.close();
        } catch (IOException broken) {
            throw new UncheckedIOException("The GIF could not be finished", broken);
        } finally {
            writer.dispose();
        }
    }

    private static IIOMetadataNode timing(int millis) {
        IIOMetadataNode timing = new IIOMetadataNode("GraphicControlExtension");
        timing.setAttribute("disposalMethod", "none");
        timing.setAttribute("userInputFlag", "FALSE");
        timing.setAttribute("transparentColorFlag", "FALSE");
        timing.setAttribute("delayTime", Integer.toString(millis / 10));
        timing.setAttribute("transparentColorIndex", "0");
        return timing;
    }

    /** The extension that Netscape introduced and every viewer supports. A count of 0 means that the film repeats for ever. */
    private static IIOMetadataNode endlessLoop() {
        IIOMetadataNode loop = new IIOMetadataNode("ApplicationExtension");
        loop.setAttribute("applicationID", "NETSCAPE");
        loop.setAttribute("authenticationCode", "2.0");
        loop.setUserObject(new byte[] {1, 0, 0});
        IIOMetadataNode extensions = new IIOMetadataNode("ApplicationExtensions");
        extensions.appendChild(loop);
        return extensions;
    }
}
