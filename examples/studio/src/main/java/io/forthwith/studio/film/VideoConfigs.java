package io.forthwith.studio.film;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The ways to film a shot, to which users add their own. Thread-safe. */
public final class VideoConfigs {
    private final Map<String, VideoConfig> byId = new ConcurrentHashMap<>();

    /** These, to begin with. */
    public VideoConfigs(Collection<VideoConfig> configs) {
        configs.forEach(this::add);
    }

    /** Adds a configuration, in place of one with the same id. */
    public void add(VideoConfig config) {
        byId.put(config.id(), config);
    }

    /** The configuration with this id. */
    public Optional<VideoConfig> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }
}
