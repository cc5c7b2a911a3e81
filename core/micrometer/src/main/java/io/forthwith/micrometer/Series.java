package io.forthwith.micrometer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one name, by their tags. Even where each tag has few values, there may be many combinations: those that come
 * when there are too many share the few meters that {@code coarse} names. Thread-safe.
 */
final class Series<K, M> {
    private final int most;
    private final UnaryOperator<K> coarse;
    private final Function<K, M> maker;
    private final Map<K, M> meters = new ConcurrentHashMap<>();

    Series(int most, UnaryOperator<K> coarse, Function<K, M> maker) {
        this.most = most;
        this.coarse = coarse;
        this.maker = maker;
    }

    /** Throws what the registry throws if it cannot make the meter; the next call tries again. */
    M of(K tags) {
        M meter = meters.get(tags);
        return meter == null ? later(tags) : meter;
    }

    private M later(K tags) {
        if (meters.size() >= most) {
            @Nullable M shared = meters.get(coarse.apply(tags));
            if (shared != null) {
                return shared;
            }
        }
        synchronized (this) {
            return meters.computeIfAbsent(meters.size() < most ? tags : coarse.apply(tags), maker);
        }
    }
}
