package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A name of metadata by whose values jobs are found. Immutable. */
public final class LabelName {
    private final String name;
    private final Instant since;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public LabelName(LibraryOnly by, String name, Instant since) {
        Objects.requireNonNull(by, "by");
        this.name = name;
        this.since = since;
    }

    /** The name, as for {@link io.forthwith.NewJob#metadata}. */
    public String name() {
        return name;
    }

    /** When a process first declared it: jobs that were enqueued before have no such label. */
    public Instant since() {
        return since;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LabelName that && Objects.equals(name, that.name) && Objects.equals(since, that.since);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, since);
    }

    @Override
    public String toString() {
        return "LabelName[name=" + name + ", since=" + since + "]";
    }
}
