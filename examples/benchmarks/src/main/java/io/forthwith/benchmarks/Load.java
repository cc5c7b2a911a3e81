package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The jobs of a round.
 *
 * @param jobs the number of jobs
 * @param length how long each job takes; if zero, a job only counts itself
 * @param concurrency how many jobs run at a time in one worker process; zero for the default of the contender
 */
record Load(int jobs, Duration length, int concurrency) {
    static Load noop(int jobs) {
        return new Load(jobs, Duration.ZERO, 0);
    }

    int concurrencyOr(int best) {
        return concurrency == 0 ? best : concurrency;
    }

    Load jobs(int count) {
        return new Load(count, length, concurrency);
    }

    /** The text for the command line of another process, where {@link #parse} reads it. */
    List<String> arguments() {
        return List.of(Integer.toString(jobs), Long.toString(length.toMillis()), Integer.toString(concurrency));
    }

    static Load parse(List<String> arguments) {
        return new Load(
                Integer.parseInt(arguments.get(0)),
                Duration.ofMillis(Long.parseLong(arguments.get(1))),
                Integer.parseInt(arguments.get(2)));
    }

    @Override
    public String toString() {
        return length.isZero()
                ? String.format(Locale.ROOT, "%,d no-op jobs", jobs)
                : String.format(Locale.ROOT, "%,d jobs of %d ms, %d at a time", jobs, length.toMillis(), concurrency);
    }
}
