package io.forthwith.dashboard.internal.view;

import io.forthwith.JobStatus;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The words for what a viewer can do, in addresses and in the keys of words. */
public final class ActNames {
    /** The page that asks, and that forms are sent to. */
    public static final String PATH = "act";

    /** The page of acts on many jobs. */
    public static final String ALL = "acts";

    /** The parameter that has the word. */
    public static final String DO = "do";

    public static final String RETRY = "retry";
    public static final String CANCEL = "cancel";
    public static final String CHANGE = "change";

    /** What can be done to jobs. */
    public static final List<String> OF_JOBS = List.of(RETRY, CANCEL, CHANGE);

    /** The field that has when a job is to run. */
    public static final String WHEN = "when";

    /** In that field: at once. */
    public static final String NOW = "now";

    public static final String PAUSE_QUEUE = "pause-queue";
    public static final String RESUME_QUEUE = "resume-queue";
    public static final String PAUSE_SCHEDULE = "pause-schedule";
    public static final String RESUME_SCHEDULE = "resume-schedule";
    public static final String RUN_SCHEDULE = "run-schedule";
    public static final String BACKFILL = "backfill";

    public static final String PAUSE_LIMIT = "pause-limit";
    public static final String RESUME_LIMIT = "resume-limit";
    public static final String OVERRIDE_LIMIT = "override-limit";
    public static final String RESET_LIMIT = "reset-limit";

    /** Lets the jobs of a sequence pass one that has failed. */
    public static final String SKIP = "skip";

    private ActNames() {}

    /** The statuses of the jobs to which it can be done. */
    public static Set<JobStatus> possible(String word) {
        return word.equals(RETRY)
                ? EnumSet.of(JobStatus.FAILED, JobStatus.CANCELLED)
                : EnumSet.of(JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.WAITING);
    }

    /** Whether a filter may select a job to which it can be done. */
    public static boolean isPossible(String word, JobFilter filter) {
        return filter.statuses().isEmpty() || filter.statuses().stream().anyMatch(possible(word)::contains);
    }
}
