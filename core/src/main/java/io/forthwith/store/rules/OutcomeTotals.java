package io.forthwith.store.rules;

import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.internal.LibraryOnly;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up counts of outcomes: those of several workers, or the minutes of an hour. A chart of a day reads tens of thousands of rows, so it makes no object
 * for a number. Not thread-safe.
 */
public final class OutcomeTotals {
    /** Of the numbers in a text. */
    private static final char SEPARATOR = ',';
    /** Between the texts of several rows. */
    private static final char NEXT_ROW = ';';
    /** No count comes near. */
    private static final long MOST = Long.MAX_VALUE / 100;

    /** How many are told apart in a minute or an hour that is stored. */
    private static final int MOST_STORED = 2_000;

    private final boolean isByHour;
    private final int most;
    /** Holds the numbers of the text that is read. */
    private final long[] buckets = new long[DurationBuckets.SIZE];
    /** In the order of the rows, which is often that of the sums: then they are sorted quickly. */
    private final Map<Key, Sum> sums = new LinkedHashMap<>();

    private record Key(Instant from, Duration span, String queue, String type, Outcome outcome)
            implements Comparable<Key> {
        private static final int ODD = 0x9e37_79b1;

        /** The hash of a record multiplies by 31, with which many pairs of names that count up meet. */
        @Override
        public int hashCode() {
            int hash = from.hashCode() * ODD + queue.hashCode();
            hash = hash * ODD + type.hashCode();
            return hash * ODD + outcome.text().hashCode() + span.hashCode();
        }

        @Override
        public int compareTo(Key other) {
            int order = from.compareTo(other.from);
            if (order == 0) {
                order = span.compareTo(other.span);
            }
            if (order == 0) {
                order = queue.compareTo(other.queue);
            }
            if (order == 0) {
                order = type.compareTo(other.type);
            }
            return order == 0 ? outcome.compareTo(other.outcome) : order;
        }
    }

    private static final class Sum {
        private long jobs;
        private DurationBuckets waits = DurationBuckets.NONE;
        private DurationBuckets runs = DurationBuckets.NONE;

        void add(long moreJobs, DurationBuckets moreWaits, DurationBuckets moreRuns) {
            jobs += moreJobs;
            waits = waits.plus(moreWaits);
            runs = runs.plus(moreRuns);
        }

        JobOutcomes of(Key key) {
            return new JobOutcomes(
                    LibraryOnly.KEY, key.from, key.span, key.queue, key.type, key.outcome, jobs, waits, runs);
        }
    }

    private OutcomeTotals(boolean isByHour, int most) {
        this.isByHour = isByHour;
        this.most = most;
    }

    /** Adds up what has the same minute or hour, queue, type and outcome. */
    public static OutcomeTotals ofWorkers() {
        return new OutcomeTotals(false, Integer.MAX_VALUE);
    }

    /** Adds up all of one minute, to be stored. */
    public static OutcomeTotals ofMinute() {
        return new OutcomeTotals(false, MOST_STORED);
    }

    /** Adds up all of an hour. */
    public static OutcomeTotals ofHours() {
        return new OutcomeTotals(true, MOST_STORED);
    }

    /** Adds a row as it is stored. */
    public void add(
            Instant from,
            Duration span,
            String queue,
            String type,
            Outcome outcome,
            long jobs,
            String waits,
            String runs) {
        sum(from, span, queue, type, outcome).add(jobs, read(waits), read(runs));
    }

    /**
     * Adds rows of all queues and types together, without how long they ran.
     *
     * @param jobs of all rows
     * @param waits of each row, separated by semicolons
     */
    public void addAll(Instant from, Outcome outcome, long jobs, String waits) {
        add(from, JobOutcomes.HOUR, JobOutcomes.OTHER, JobOutcomes.OTHER, outcome, jobs, waits, "");
    }

    /** Adds counts. */
    public void add(JobOutcomes each) {
        sum(each.from(), each.span(), each.queue(), each.type(), each.outcome())
                .add(each.jobs(), each.waits(), each.runs());
    }

    /** Any program may write the column: of each row it stops at what is no number. */
    private DurationBuckets read(String text) {
        Arrays.fill(buckets, 0);
        int bucket = 0;
        long number = 0;
        boolean isOver = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == NEXT_ROW) {
                buckets[bucket] += number;
                bucket = 0;
                number = 0;
                isOver = false;
            } else if (c == SEPARATOR && bucket < buckets.length - 1 && !isOver) {
                buckets[bucket++] += number;
                number = 0;
            } else if (c >= '0' && c <= '9' && number < MOST && !isOver) {
                number = number * 10 + (c - '0');
            } else {
                isOver = true;
            }
        }
        buckets[bucket] += number;
        return DurationBuckets.of(buckets);
    }

    private Sum sum(Instant from, Duration span, String queue, String type, Outcome outcome) {
        Key key = isByHour
                ? new Key(from.truncatedTo(ChronoUnit.HOURS), JobOutcomes.HOUR, queue, type, outcome)
                : new Key(from, span, queue, type, outcome);
        // An hour is kept for long, and has the names of sixty minutes of many workers.
        boolean isFull = sums.size() >= most && !sums.containsKey(key);
        return sums.computeIfAbsent(
                isFull ? new Key(key.from, key.span, JobOutcomes.OTHER, JobOutcomes.OTHER, outcome) : key,
                any -> new Sum());
    }

    /** The sums, by time, queue, type and outcome. */
    public List<JobOutcomes> all() {
        List<Map.Entry<Key, Sum>> sorted = new ArrayList<>(sums.entrySet());
        sorted.sort(Map.Entry.comparingByKey());
        List<JobOutcomes> all = new ArrayList<>(sorted.size());
        for (Map.Entry<Key, Sum> each : sorted) {
            all.add(each.getValue().of(each.getKey()));
        }
        return Collections.unmodifiableList(all);
    }
}
