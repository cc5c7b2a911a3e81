package io.forthwith.internal.job;

import io.forthwith.Job;
import io.forthwith.store.JobReads;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads the children of a job as a stream, page by page while the stream is consumed. The pages are smaller if the inputs and results of
 * the children are large. For code that uses a store.
 */
public final class ChildPages {
    /** The most children on a page. */
    public static final int SIZE = 500;

    /** How many are read before it is known how large they are. */
    private static final int FIRST = 50;

    private static final int LEAST = 10;
    private static final int MOST_GROWTH = 4;
    /** About how many characters of inputs and results a page has at most. */
    private static final long MOST_TEXT = 8L << 20;

    private ChildPages() {}

    /** Reads one page. */
    @FunctionalInterface
    public interface Reader {
        /** As {@link JobReads#children} does. */
        List<Job> read(int after, int limit);
    }

    /** A stream of children. It reads a page when it needs it, and nothing before it is consumed. */
    public static Stream<Job> stream(Reader reader) {
        return StreamSupport.stream(new Pages(reader), false);
    }

    private static final class Pages extends Spliterators.AbstractSpliterator<Job> {
        private final Reader reader;
        private List<Job> page = List.of();
        private int next;
        private int after;
        /** How many children without a position were delivered: they come last, so every further page starts with them again. */
        private int withoutPosition;

        private boolean isLast;
        private int size = FIRST;

        private Pages(Reader reader) {
            super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
            this.reader = Objects.requireNonNull(reader, "reader");
        }

        @Override
        public boolean tryAdvance(Consumer<? super Job> action) {
            if (next == page.size() && !isLast) {
                int limit = size + withoutPosition;
                page = reader.read(after, limit);
                size = nextSize();
                next = withoutPosition;
                isLast = page.size() < limit;
            }
            if (next >= page.size()) {
                return false;
            }
            Job child = page.get(next++);
            Integer position = child.relations().position();
            if (position == null) {
                withoutPosition++;
            } else {
                after = position;
            }
            action.accept(child);
            return true;
        }

        private int nextSize() {
            long text = 0;
            for (Job child : page) {
                text += length(child.input()) + length(child.result());
            }
            long fit = text == 0 ? SIZE : MOST_TEXT * page.size() / text;
            return (int) Math.max(LEAST, Math.min(fit, Math.min(SIZE, (long) size * MOST_GROWTH)));
        }

        private static int length(@Nullable String text) {
            return text == null ? 0 : text.length();
        }
    }
}
