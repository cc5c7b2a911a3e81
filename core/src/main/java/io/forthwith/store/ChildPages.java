package io.forthwith.store;

import io.forthwith.Job;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Children of a job as a stream that reads them page by page while it is consumed. For those who use a store. */
public final class ChildPages {
    /** How many children a page has. */
    public static final int SIZE = 500;

    private ChildPages() {}

    /** Reads one page. */
    @FunctionalInterface
    public interface Reader {
        /** As {@link JobStore#children} does. */
        List<Job> read(int after, int limit);
    }

    /** A stream of children. Nothing is read before it is consumed, and no page before it is needed. */
    public static Stream<Job> stream(Reader reader) {
        return StreamSupport.stream(new Pages(reader), false);
    }

    private static final class Pages extends Spliterators.AbstractSpliterator<Job> {
        private final Reader reader;
        private List<Job> page = List.of();
        private int next;
        private int after;
        /** How many without a place have been handed out: they come last, so each further page brings them again. */
        private int withoutPosition;

        private boolean isLast;

        private Pages(Reader reader) {
            super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
            this.reader = Objects.requireNonNull(reader, "reader");
        }

        @Override
        public boolean tryAdvance(Consumer<? super Job> action) {
            if (next == page.size() && !isLast) {
                int limit = SIZE + withoutPosition;
                page = reader.read(after, limit);
                next = withoutPosition;
                isLast = page.size() < limit;
            }
            if (next >= page.size()) {
                return false;
            }
            Job child = page.get(next++);
            Integer place = child.relations().position();
            if (place == null) {
                withoutPosition++;
            } else {
                after = place;
            }
            action.accept(child);
            return true;
        }
    }
}
