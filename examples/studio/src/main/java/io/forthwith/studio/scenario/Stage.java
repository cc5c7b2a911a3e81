package io.forthwith.studio.scenario;

import io.forthwith.JobStep;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.show.WorkerLog;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * What the scenarios use.
 *
 * @param projectId the project of this run, to which all its jobs belong
 * @param jobs enqueues
 * @param rows reads the rows of the jobs
 * @param log the log lines of the worker
 * @param credits the ledger
 * @param api the image service, which can be told to misbehave
 * @param storyboard the film
 * @param configs the ways to film a shot
 * @param folder its files
 * @param texts the language of the users
 */
public record Stage(
        String projectId,
        JobClient jobs,
        JobRows rows,
        WorkerLog log,
        CreditLedger credits,
        ImageApi api,
        Storyboard storyboard,
        VideoConfigs configs,
        FilmFolder folder,
        Texts texts) {
    /** A user with plenty of credits. */
    public static final String ADA = "ada";
    /** A user with almost no credits. */
    public static final String BOB = "bob";
    /** The API key that the studio uses. */
    public static final String API_KEY = "studio-key-1";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOG_PATIENCE = Duration.ofSeconds(60);

    /** A job of this run. */
    <I> NewJob job(JobType<I> type, I input, String userId) {
        return owned(NewJob.of(type, input), userId);
    }

    /** The same job, of this user and run, under the limit of the studio's API key if it calls the image service. */
    NewJob owned(NewJob job, String userId) {
        return StudioJobs.limited(job.user(userId).project(projectId), API_KEY);
    }

    /** Enqueues a job and reads its row when it has ended. */
    JobRows.Row play(NewJob job) throws SQLException, InterruptedException {
        return ended(jobs.enqueue(job).id());
    }

    /**
     * Waits until a job has ended and its undo job, if there is one, has ended too; then reads its row. If the job does not end
     * in time, its row is read all the same, and its checks fail.
     */
    JobRows.Row ended(UUID id) throws SQLException, InterruptedException {
        jobs.await(id, PATIENCE);
        for (JobStep step : jobs.steps(id)) {
            if (step.undoJobId() != null) {
                jobs.await(step.undoJobId(), PATIENCE);
            }
        }
        return rows.find(id);
    }

    /** Checks a job that must fail at once: the row, its history, and the log. */
    void checkFailedAtOnce(Checks checks, JobRows.Row row, String message, List<String> markers)
            throws SQLException, InterruptedException {
        checkLog(checks, row, markers);
        checks.same("status", "failed", row.status());
        checks.same("error_message", message, row.errorMessage());
        Double seconds = row.seconds();
        checks.that(
                seconds != null && Checks.inTime(seconds < 1),
                texts.say("at_once"),
                texts.say("at_once_value", seconds == null ? "?" : Math.round(seconds * 1000)),
                "< 1000");
        checkFailures(checks, row, 1);
    }

    /** Checks how many failed attempts were recorded. */
    void checkFailures(Checks checks, JobRows.Row row, int expected) throws SQLException {
        checks.same("job_failure", texts.say("rows", expected), texts.say("rows", rows.failures(row.id())));
    }

    /** Checks the markers of the log lines about a job. Call it first, because a log line may come a moment after its row. */
    void checkLog(Checks checks, JobRows.Row row, List<String> markers) throws InterruptedException {
        List<String> seen = log.markers(row.id(), markers.size(), LOG_PATIENCE);
        checks.same(texts.say("log"), String.join(" ", markers), String.join(" ", seen));
    }

    /** Checks that there is one undo job of a job, and that it has completed. */
    void checkUndone(Checks checks, JobRows.Row row) throws SQLException {
        String expected = "undo:" + row.type() + " completed";
        checks.same(
                texts.say("undo"),
                texts.say("undo_value", expected, row.id()),
                texts.say("undo_value", String.join(", ", rows.undos(row.id())), row.id()));
    }

    /** Checks how often the image service was asked for a shot since it had been asked {@code before} times. */
    void checkAsked(Checks checks, Shot shot, int before, int expected) {
        checks.same(
                texts.say("asked"),
                texts.say("asked_value", expected),
                texts.say("asked_value", api.asked(shot.prompt()) - before));
    }

    /** Checks the credits that a user was charged and refunded since {@code before}. */
    void checkCredits(Checks checks, AccountStatement before, int charged, int refunded) throws SQLException {
        AccountStatement now = credits.statement(before.userId());
        checks.same(
                texts.say("credits"),
                texts.say("credits_value", charged, refunded),
                texts.say("credits_value", now.charged() - before.charged(), now.refunded() - before.refunded()));
    }
}
