package io.forthwith.memory;

import io.forthwith.insight.LabelName;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.label.LabelStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Which metadata are labels. Thread-safe. */
final class InMemoryLabels implements LabelStore {
    private final InstantSource clock;
    private final TreeMap<String, Instant> names = new TreeMap<>();

    InMemoryLabels(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void declare(Set<String> declared) {
        declared.forEach(name -> names.putIfAbsent(name, clock.instant()));
    }

    @Override
    public synchronized List<LabelName> names() {
        return names.entrySet().stream()
                .map(each -> new LabelName(LibraryOnly.KEY, each.getKey(), each.getValue()))
                .toList();
    }
}
