package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How long the parts of something took, as bars in one scale. Immutable.
 *
 * @param longest of them
 */
record Lengths(Duration longest) {
    /** The scale for these; null for one that is not known. */
    static Lengths of(Stream<@Nullable Duration> all) {
        return new Lengths(
                all.filter(Objects::nonNull).max(Comparator.naturalOrder()).orElse(Duration.ZERO));
    }

    /**
     * A bar and the duration in words; null if it is not known.
     *
     * @param status a word for the colour
     */
    @Nullable
    Node bar(View view, @Nullable Duration length, String status) {
        return length == null
                ? null
                : all(Charts.length(length, longest, status), " ", view.words().duration(length));
    }

    /** How long a job ran, or has been running; null if it does not run and has not. A parent lasts as long as its children: that says nothing beside them. */
    static @Nullable Duration ofRun(Job job, Instant now) {
        Instant end = job.status() == JobStatus.PROCESSING ? now : job.completedAt();
        return job.relations().isParent() ? null : between(job.startedAt(), end);
    }

    /** From one time to a later one; null if one is not known, or they are the other way round. */
    static @Nullable Duration between(@Nullable Instant from, @Nullable Instant to) {
        return from == null || to == null || to.isBefore(from) ? null : Duration.between(from, to);
    }

    /** This order puts failed jobs first, then those that took longest; it leaves the rest as it was. */
    static Comparator<Job> worstFirst(Instant now) {
        return worstFirst(job -> job.status() == JobStatus.FAILED, job -> ofRun(job, now));
    }

    /** This order puts what failed first, then what took longest; it leaves the rest, whose length is not known, as it was. */
    static <T> Comparator<T> worstFirst(Predicate<T> hasFailed, Function<T, @Nullable Duration> length) {
        return Comparator.comparing((T each) -> !hasFailed.test(each))
                .thenComparing(
                        length,
                        Comparator.nullsFirst(Comparator.<Duration>naturalOrder())
                                .reversed());
    }
}
