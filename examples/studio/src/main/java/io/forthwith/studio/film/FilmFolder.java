package io.forthwith.studio.film;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of one film. A file is written under another name and renamed when it is complete. So a job that is
 * interrupted leaves no incomplete file, and it does no harm to run a job twice.
 */
public final class FilmFolder {
    private final Path root;

    /** The files in this folder. */
    public FilmFolder(Path root) {
        this.root = root;
    }

    /** The name of one of its files, relative to the folder, so that it stays valid when the folder is moved. */
    public String nameOf(Path file) {
        return root.relativize(file).toString().replace(File.separatorChar, '/');
    }

    /** The file with this name. */
    public Path resolve(String name) {
        return root.resolve(name);
    }

    /** Creates a file or folder. */
    @FunctionalInterface
    public interface Making {
        /** Creates it at this path. */
        void at(Path place) throws Exception;
    }

    /** Stores the image of a shot. */
    public Path storeImage(String shotId, byte[] png) throws Exception {
        return make(imageOf(shotId), place -> Files.write(place, png));
    }

    /** The image of a shot, if it exists. */
    public Optional<Path> image(String shotId) {
        return Optional.of(imageOf(shotId)).filter(Files::isRegularFile);
    }

    /**
     * Stores frames. {@code making} writes them to an empty folder as 001.png, 002.png and so on.
     *
     * @param name of the folder; each job has its own, because the job that cuts the film reads it
     */
    public Path storeFrames(String name, Making making) throws Exception {
        return make(root.resolve("frames").resolve(name), place -> making.at(Files.createDirectory(place)));
    }

    /** The frames in a folder, in their order. */
    public static List<Path> framesIn(Path folder) throws IOException {
        try (Stream<Path> frames = Files.list(folder)) {
            return frames.sorted().toList();
        }
    }

    /** Stores the finished film. */
    public Path storeFilm(Making making) throws Exception {
        return make(root.resolve("film.gif"), making);
    }

    /** Stores the digest. */
    public Path storeDigest(String lines) throws Exception {
        return make(root.resolve("digest.txt"), place -> Files.writeString(place, lines));
    }

    /** Stores what a storyboard says. */
    public Path storeStoryboard(String lines) throws Exception {
        return make(root.resolve("storyboard.txt"), place -> Files.writeString(place, lines));
    }

    /** Stores the mails of one request. */
    public Path storeMails(String name, String lines) throws Exception {
        return make(root.resolve("mails").resolve(name), place -> Files.writeString(place, lines));
    }

    private Path imageOf(String shotId) {
        return root.resolve("images").resolve(shotId + ".png");
    }

    private static Path make(Path place, Making making) throws Exception {
        Files.createDirectories(place.getParent());
        Path workshop = Files.createTempDirectory(place.getParent(), ".making-");
        try {
            Path made = workshop.resolve("made");
            making.at(made);
            if (Files.isDirectory(place)) {
                Files.move(place, workshop.resolve("old"));
            }
            Files.move(made, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return place;
        } finally {
            deleteAll(workshop);
        }
    }

    /** Deletes a folder and all that is in it. */
    public static void deleteAll(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(folder)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
