package io.forthwith.studio.show;

import io.forthwith.Job;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Prints a line for each running job and each open episode. Reads them through the client, as a user interface does. */
public final class LiveProgress implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveProgress.class);
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final int BAR = 12;

    private final JobClient jobs;
    private final Console console;
    private final JobQuery open;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> looking;

    /** Shows the jobs of a project until it is closed. */
    public LiveProgress(JobClient jobs, String projectId, Console console) {
        this.jobs = jobs;
        this.console = console;
        this.open = JobQuery.all().project(projectId).status(JobStatus.PROCESSING, JobStatus.WAITING);
        this.looking =
                thread.scheduleWithFixedDelay(this::look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        looking.cancel(false);
        thread.shutdown();
        console.live(List.of());
    }

    private void look() {
        try {
            console.live(jobs.scan(open).stream()
                    .filter(job -> job.status() == JobStatus.PROCESSING
                            || job.relations().isParent())
                    .sorted(Comparator.comparing(Job::id))
                    .map(LiveProgress::line)
                    .toList());
        } catch (RuntimeException unreachable) {
            log.warn("Cannot show the progress of the jobs", unreachable);
        }
    }

    private static String line(Job job) {
        JobProgress progress = job.progress();
        int full = progress.percent() * BAR / 100;
        return "  %-22s %s%s %3d %%  %s"
                .formatted(
                        job.type(),
                        "█".repeat(full),
                        "░".repeat(BAR - full),
                        progress.percent(),
                        Objects.requireNonNullElse(progress.message(), ""))
                .stripTrailing();
    }
}
