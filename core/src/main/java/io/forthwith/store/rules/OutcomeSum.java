package io.forthwith.store.rules;

import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up counts of outcomes: those of several workers, or the minutes of an hour. A chart of a day reads tens of thousands of rows, so it adds numbers in
 * place. Not thread-safe.
 */
public final class OutcomeSum {
    private static final Comparator<JobOutcomes> ORDER = Comparator.comparing(JobOutcomes::from)
            .thenComparing(JobOutcomes::span)
            .thenComparing(JobOutcomes::queue)
            .thenComparing(JobOutcomes::type)
            .thenComparing(JobOutcomes::outcome);

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
    /** In the order of the rows, which is often that of the sums: then they are sorted quickly. */
    private final Map<Key, Sum> sums = new LinkedHashMap<>();

    private record Key(Instant from, Duration span, String queue, String type, Outcome outcome) {}

    private static final class Sum {
        private final long[] waits = new long[DurationBuckets.SIZE];
        private final long[] runs = new long[DurationBuckets.SIZE];
        private long jobs;
    }

    private OutcomeSum(boolean isByHour, int most) {
        this.isByHour = isByHour;
        this.most = most;
    }

    /** Adds up what has the same minute or hour, queue, type and outcome. */
    public static OutcomeSum ofWorkers() {
        return new OutcomeSum(false, Integer.MAX_VALUE);
    }

    /** Adds up all of one minute, to be stored. */
    public static OutcomeSum ofMinute() {
        return new OutcomeSum(false, MOST_STORED);
    }

    /** Adds up all of an hour. */
    public static OutcomeSum ofHours() {
        return new OutcomeSum(true, MOST_STORED);
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
        Sum sum = sum(from, span, queue, type, outcome);
        sum.jobs += jobs;
        add(waits, sum.waits);
        add(runs, sum.runs);
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
        Sum sum = sum(each.from(), each.span(), each.queue(), each.type(), each.outcome());
        sum.jobs += each.jobs();
        add(each.waits(), sum.waits);
        add(each.runs(), sum.runs);
    }

    private static void add(DurationBuckets buckets, long[] sums) {
        for (int i = 0; i < buckets.counts().size(); i++) {
            sums[i] += buckets.counts().get(i);
        }
    }

    /** Any program may write the column: of each row it stops at what is no number. */
    static void add(String text, long[] sums) {
        int bucket = 0;
        long number = 0;
        boolean isOver = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == NEXT_ROW) {
                sums[bucket] += number;
                bucket = 0;
                number = 0;
                isOver = false;
            } else if (c == SEPARATOR && bucket < sums.length - 1 && !isOver) {
                sums[bucket++] += number;
                number = 0;
            } else if (c >= '0' && c <= '9' && number < MOST && !isOver) {
                number = number * 10 + (c - '0');
            } else {
                isOver = true;
            }
        }
        sums[bucket] += number;
    }

    private Sum sum(Instant from, Duration span, String queue, String type, Outcome outcome) {
        Key key = isByHour
                ? new Key(from.truncatedTo(ChronoUnit.HOURS), JobOutcomes.HOUR, queue, type, outcome)
                : new Key(from, span, queue, type, outcome);
        Sum sum = sums.get(key);
        if (sum == null) {
            // An hour is kept for long, and has the names of sixty minutes of many workers.
            Key safe = sums.size() >= most
                    ? new Key(key.from, key.span, JobOutcomes.OTHER, JobOutcomes.OTHER, outcome)
                    : key;
            sum = sums.computeIfAbsent(safe, fresh -> new Sum());
        }
        return sum;
    }

    /** The sums, by time, queue, type and outcome. */
    public List<JobOutcomes> all() {
        return sums.entrySet().stream()
                .map(entry -> {
                    Key key = entry.getKey();
                    Sum sum = entry.getValue();
                    return new JobOutcomes(
                            key.from,
                            key.span,
                            key.queue,
                            key.type,
                            key.outcome,
                            sum.jobs,
                            DurationBuckets.of(sum.waits),
                            DurationBuckets.of(sum.runs));
                })
                .sorted(ORDER)
                .toList();
    }
}
