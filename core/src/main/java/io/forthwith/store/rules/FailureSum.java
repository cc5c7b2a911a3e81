package io.forthwith.store.rules;

import io.forthwith.store.count.JobFailures;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds up counts of failures of one time, and keeps those apart of which there are most. Not thread-safe. */
public final class FailureSum {
    /** How many are told apart in a minute or an hour. */
    public static final int MOST = 50;

    private static final Comparator<JobFailures> MOST_FIRST =
            Comparator.comparingLong(JobFailures::attempts).reversed().thenComparing(JobFailures::fingerprint);

    private final Map<String, JobFailures> sums = new HashMap<>();
    private final int mostHeld;

    /** Nothing yet. It tells all apart that are added. */
    public FailureSum() {
        this(Integer.MAX_VALUE);
    }

    private FailureSum(int mostHeld) {
        this.mostHeld = mostHeld;
    }

    /** Nothing yet. Whatever comes is told apart as long as there are fewer than so many. */
    public static FailureSum ofAtMost(int mostHeld) {
        return new FailureSum(mostHeld);
    }

    /** Adds counts. */
    public void add(JobFailures each) {
        boolean isFull = sums.size() >= mostHeld && !sums.containsKey(each.fingerprint());
        JobFailures one = isFull ? other(each) : each;
        sums.merge(one.fingerprint(), one, FailureSum::together);
    }

    /** Adds counts. */
    public void addAll(Collection<JobFailures> all) {
        all.forEach(this::add);
    }

    /** The sum of two with the same fingerprint. */
    private static JobFailures together(JobFailures one, JobFailures two) {
        boolean isLater = two.lastAt().isAfter(one.lastAt());
        return new JobFailures(
                one.fingerprint(),
                one.type(),
                one.code(),
                one.exceptionClass(),
                one.message(),
                one.attempts() + two.attempts(),
                one.jobs() + two.jobs(),
                isLater ? two.sampleId() : one.sampleId(),
                one.firstAt().isBefore(two.firstAt()) ? one.firstAt() : two.firstAt(),
                isLater ? two.lastAt() : one.lastAt());
    }

    private static JobFailures other(JobFailures each) {
        return new JobFailures(
                JobFailures.OTHER,
                JobFailures.OTHER,
                JobFailures.OTHER,
                null,
                "",
                each.attempts(),
                each.jobs(),
                each.sampleId(),
                each.firstAt(),
                each.lastAt());
    }

    /** All that were told apart, those with most attempts first. */
    public List<JobFailures> all() {
        return sums.values().stream().sorted(MOST_FIRST).toList();
    }

    /** At most {@link #MOST} of them and one for the others, those with most attempts first. */
    public List<JobFailures> most() {
        List<JobFailures> all = all();
        if (all.size() <= MOST) {
            return all;
        }
        FailureSum cut = new FailureSum();
        List<JobFailures> told = new ArrayList<>();
        for (JobFailures each : all) {
            boolean isTold = !each.fingerprint().equals(JobFailures.OTHER) && told.size() < MOST;
            if (isTold) {
                told.add(each);
            } else {
                cut.add(other(each));
            }
        }
        told.addAll(cut.all());
        return told;
    }
}
