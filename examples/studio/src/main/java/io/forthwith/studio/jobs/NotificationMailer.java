package io.forthwith.studio.jobs;

import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.jobs.StudioJobs.MailFile;
import io.forthwith.studio.jobs.StudioJobs.Notification;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Mails notifications, up to a hundred by one request, for which a file stands. A mail may be sent twice if the process dies after the request; so a
 * real service gets the id of the job as the key of the mail, and sends it once.
 */
final class NotificationMailer {
    private static final int MAILS_OF_ONE_REQUEST = 100;

    private final FilmFolder folder;
    private final Texts texts;

    NotificationMailer(FilmFolder folder, Texts texts) {
        this.folder = folder;
        this.texts = texts;
    }

    BatchProcessor<Notification, Object> processor() {
        return BatchProcessor.of(StudioJobs.NOTIFICATION, MAILS_OF_ONE_REQUEST, this::mail);
    }

    private void mail(List<BatchJob<Notification, Object>> jobs) throws Exception {
        List<BatchJob<Notification, Object>> mails = new ArrayList<>();
        for (BatchJob<Notification, Object> job : jobs) {
            if (job.input().address().contains("@")) {
                mails.add(job);
            } else {
                job.fail(JobException.user(
                        "no_address", texts.say("no_address", job.input().address())));
            }
        }
        if (!mails.isEmpty()) {
            Path file = folder.storeMails(
                    mails.get(0).id() + ".txt",
                    mails.stream()
                            .map(job -> job.id() + " " + job.input().address() + ": "
                                    + job.input().text())
                            .collect(Collectors.joining("\n", "", "\n")));
            mails.forEach(job -> job.complete(new MailFile(folder.nameOf(file), mails.size())));
        }
    }
}
