package io.forthwith.examples.customstore;

import io.forthwith.Job;
import java.util.Comparator;
import java.util.Iterator;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/** Due jobs in the order in which they are handed out, merged from scans that are in this order each, and read no further than asked. */
final class Due implements Iterator<Job> {
    private static final Comparator<Job> ORDER = Comparator.comparingInt(Job::priority)
            .reversed()
            .thenComparing(Job::runAt)
            .thenComparing(job -> job.id().toString());

    private final PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(Head::job, ORDER));

    private record Head(Job job, Iterator<Job> rest) {}

    void add(Stream<Job> scan) {
        add(scan.iterator());
    }

    private void add(Iterator<Job> scan) {
        if (scan.hasNext()) {
            heads.add(new Head(scan.next(), scan));
        }
    }

    @Override
    public boolean hasNext() {
        return !heads.isEmpty();
    }

    @Override
    public Job next() {
        Head first = heads.remove();
        add(first.rest());
        return first.job();
    }
}
