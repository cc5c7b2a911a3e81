package io.forthwith.dashboard.internal.view;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.LastHourOutcomes;
import io.forthwith.dashboard.internal.data.OutcomesByMinute;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Jobs that run so long that they seem to hang. Immutable. */
public final class LongRuns {
    private static final Duration SHORTEST = Duration.ofMinutes(5);
    private static final Duration LATE = Duration.ofMinutes(1);
    private static final int TIMES_THE_LIMIT = 2;
    private static final int TIMES_MOST = 10;
    /** Of fewer, the slowest 5 % are not known. */
    private static final long FEWEST_MEASURED = 20;

    private final Map<UUID, LongRun> byJob = new HashMap<>();
    private final Map<UUID, List<LongRun>> byWorker = new HashMap<>();

    private LongRuns(List<LongRun> longestFirst) {
        for (LongRun each : longestFirst) {
            byJob.put(each.job.id(), each);
            if (each.job.workerId() != null) {
                byWorker.computeIfAbsent(each.job.workerId(), any -> new ArrayList<>())
                        .add(each);
            }
        }
    }

    /**
     * One of them.
     *
     * @param ran for how long, so far
     * @param bound its time limit, or how long most jobs of its type ran at the most
     * @param isLimit whether the bound is its time limit
     */
    public record LongRun(Job job, Duration ran, Duration bound, boolean isLimit) {}

    /** What has begun to be read, for all pages alike. */
    public record Reading(Asked<List<Job>> running, Asked<LastHourOutcomes> hour) {
        public static Reading begin(Source source, Instant now) {
            return new Reading(source.longRunning(), source.lastHour(now));
        }
    }

    /** Waits for what was read, and looks through it; what was not read in time has none. */
    public static LongRuns of(View view, Reading reading) {
        List<Job> running = view.await(reading.running).or(List.of());
        LastHourOutcomes hour = view.await(reading.hour).or(LastHourOutcomes.NONE);
        if (running.stream().noneMatch(job -> mayHang(view, job))) {
            return new LongRuns(List.of());
        }
        Map<String, OutcomesByMinute> types = hour.byType(view.now());
        List<LongRun> found = new ArrayList<>();
        for (Job job : running) {
            LongRun run = of(job, ran(view, job), types.get(job.type()));
            if (run != null) {
                found.add(run);
            }
        }
        found.sort(Comparator.comparing(LongRun::ran).reversed());
        return new LongRuns(found);
    }

    private static boolean mayHang(View view, Job job) {
        return job.timeLimit() != null || ran(view, job).compareTo(SHORTEST) >= 0;
    }

    private static Duration ran(View view, Job job) {
        return job.startedAt() == null ? Duration.ZERO : Duration.between(job.startedAt(), view.now());
    }

    private static @Nullable LongRun of(Job job, Duration ran, @Nullable OutcomesByMinute type) {
        Duration limit = job.timeLimit();
        if (limit != null
                && ran.compareTo(limit.plus(LATE)) > 0
                && ran.compareTo(limit.multipliedBy(TIMES_THE_LIMIT)) > 0) {
            return new LongRun(job, ran, limit, true);
        }
        Duration most = type == null || type.measured() < FEWEST_MEASURED ? null : type.ran(OutcomesByMinute.MOST);
        return most != null && ran.compareTo(SHORTEST) >= 0 && ran.compareTo(most.multipliedBy(TIMES_MOST)) > 0
                ? new LongRun(job, ran, most, false)
                : null;
    }

    /** The jobs of a worker that seem to hang, the longest first. */
    public List<LongRun> on(UUID worker) {
        return byWorker.getOrDefault(worker, List.of());
    }

    /** What is known of a job; null if it does not seem to hang. */
    @Nullable
    public LongRun of(Job job) {
        return byJob.get(job.id());
    }
}
