package io.forthwith.studio.scenario;

import io.forthwith.NewJob;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.Notification;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** B: notifications that one call mails, each with an outcome of its own. */
final class Notifications implements Scenario {
    private static final String NO_ADDRESS = "nobody";

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        String text = stage.texts().say("film_ready", stage.storyboard().title());
        List<NewJob> mails = Stream.of("ada@example.com", "bob@example.com", NO_ADDRESS, "eve@example.com")
                .map(address ->
                        stage.owned(NewJob.of(StudioJobs.NOTIFICATION, new Notification(address, text)), Stage.ADA))
                .toList();
        stage.jobs().enqueueAll(mails);

        List<JobRows.Row> sent = new ArrayList<>();
        for (NewJob mail : mails) {
            JobRows.Row row = stage.ended(mail.id());
            if (mail.id().equals(mails.get(2).id())) {
                stage.checkFailedAtOnce(
                        checks, row, stage.texts().say("no_address", NO_ADDRESS), List.of("▶️", "❌", "📝"));
            } else {
                sent.add(row);
            }
        }
        stage.checkLog(checks, sent.get(0), List.of("▶️", "✅"));
        checks.same(
                stage.texts().say("other_mails"),
                List.of("completed", "completed", "completed"),
                sent.stream().map(JobRows.Row::status).toList());
        List<String> results = sent.stream()
                .map(row -> String.valueOf(row.result()).replace(" ", ""))
                .distinct()
                .toList();
        checks.that(
                results.size() == 1 && results.get(0).contains("\"mails\":3"),
                stage.texts().say("requests"),
                stage.texts().say("requests_value", results.size(), sent.size()),
                stage.texts().say("requests_value", 1, sent.size()));
    }
}
