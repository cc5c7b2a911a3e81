package io.forthwith.studio.film;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The video configurations. Users can add their own. Thread-safe. */
public final class VideoConfigs {
    private final Map<String, VideoConfig> byId = new ConcurrentHashMap<>();

    /** With these configurations at first. */
    public VideoConfigs(Collection<VideoConfig> configs) {
        configs.forEach(this::add);
    }

    /** Adds a configuration, or replaces the one with the same id. */
    public void add(VideoConfig config) {
        byId.put(config.id(), config);
    }

    /** The configuration with this id. */
    public Optional<VideoConfig> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }
}
