package io.forthwith;

import io.forthwith.internal.LibraryOnly;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The answer to an enqueued job: which job now stands for it, and whether that is a new one. Immutable. */
public final class Enqueued {
    private final UUID id;
    private final boolean isNew;
    private final boolean hasReplaced;

    /** The library makes it. */
    @SuppressWarnings("exports") // so that only the library can call it
    public Enqueued(LibraryOnly by, UUID id, boolean isNew, boolean hasReplaced) {
        Objects.requireNonNull(by, "by");
        this.id = Objects.requireNonNull(id, "id");
        this.isNew = isNew;
        this.hasReplaced = hasReplaced;
    }

    /** The id of the job that now stands for it: its own, or that of the job that holds its unique key. */
    public UUID id() {
        return id;
    }

    /** Whether the job was added. If not, one with its id was there before, as after a lost answer, or another job holds its unique key. */
    public boolean isNew() {
        return isNew;
    }

    /** Whether the job {@link #id}, which holds the unique key and no worker has claimed yet, has got the input and the deadline of this one. */
    public boolean hasReplaced() {
        return hasReplaced;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Enqueued that
                && id.equals(that.id)
                && isNew == that.isNew
                && hasReplaced == that.hasReplaced;
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, isNew, hasReplaced);
    }

    @Override
    public String toString() {
        return "Enqueued[id=" + id + ", isNew=" + isNew + ", hasReplaced=" + hasReplaced + "]";
    }
}
