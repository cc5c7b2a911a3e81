package io.forthwith.studio.film;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * The content of the film. Immutable.
 *
 * @param title the film
 * @param shots its shots, in order
 * @param videoConfigs the video configurations
 */
public record Storyboard(String title, List<Shot> shots, List<VideoConfig> videoConfigs) {
    /** Copies the lists. */
    public Storyboard {
        shots = List.copyOf(shots);
        videoConfigs = List.copyOf(videoConfigs);
    }

    /** Reads the storyboard that is shipped with the studio. */
    public static Storyboard shipped() throws IOException {
        try (InputStream json = Storyboard.class.getResourceAsStream("/io/forthwith/studio/storyboard.json")) {
            return JsonMapper.shared().readValue(json, Storyboard.class);
        }
    }

    /** The shot with this id. */
    public Optional<Shot> shot(String id) {
        return shots.stream().filter(shot -> shot.id().equals(id)).findFirst();
    }
}
