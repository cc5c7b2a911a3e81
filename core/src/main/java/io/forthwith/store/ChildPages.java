package io.forthwith.store;

import io.forthwith.Job;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Children of a job as a stream that reads them page by page while it is consumed. For those who use a store. */
public final class ChildPages {
    /** How many children a page has. */
    public static final int SIZE = 500;

    private ChildPages() {}

    /**
     * A stream of children. Nothing is read before it is consumed, and no page before it is needed.
     *
     * @param pages reads the children behind a place, {@value #SIZE} of them if there are so many: see {@link JobStore#children}
     */
    public static Stream<Job> stream(IntFunction<List<Job>> pages) {
        return StreamSupport.stream(new Pages(pages), false);
    }

    private static final class Pages extends Spliterators.AbstractSpliterator<Job> {
        private final IntFunction<List<Job>> pages;
        private List<Job> page = List.of();
        private int next;
        private int after;
        private boolean isLast;

        private Pages(IntFunction<List<Job>> pages) {
            super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
            this.pages = Objects.requireNonNull(pages, "pages");
        }

        @Override
        public boolean tryAdvance(Consumer<? super Job> action) {
            if (next == page.size() && !isLast) {
                page = pages.apply(after);
                next = 0;
                isLast = page.size() < SIZE;
            }
            if (next == page.size()) {
                return false;
            }
            Job child = page.get(next++);
            // One that a stranger has written without a place comes last.
            after = Objects.requireNonNullElse(child.ties().position(), Integer.MAX_VALUE);
            action.accept(child);
            return true;
        }
    }
}
