package io.forthwith.studio.scenario;

import io.forthwith.schedule.Schedule;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.Digest;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;

/** D: a digest that a schedule enqueues every night. The night is not waited for. */
final class NightlyDigest implements Scenario {
    private static final ZoneId ZONE = ZoneId.of("Europe/Paris");
    private static final LocalTime TIME = LocalTime.of(3, 0);

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        String name = "digest-" + stage.projectId();
        stage.jobs()
                .schedules()
                .put(Schedule.of(
                                name,
                                StudioJobs.DIGEST,
                                new Digest(stage.storyboard().title()))
                        .cron("0 3 * * *")
                        .zone(ZONE)
                        .job(job -> job.user(Stage.ADA).project(stage.projectId())));
        try {
            Instant now = Instant.now();
            List<Instant> nights = stage.jobs().schedules().next(name, 2);
            String times = nights.get(0).atZone(ZONE).toLocalDateTime() + ", "
                    + nights.get(1).atZone(ZONE).toLocalDateTime();
            checks.that(
                    nights.get(0).isAfter(now)
                            && nights.stream()
                                    .allMatch(night ->
                                            night.atZone(ZONE).toLocalTime().equals(TIME)),
                    stage.texts().say("nights"),
                    times,
                    String.valueOf(TIME));

            UUID id = stage.jobs().schedules().runNow(name).id();
            JobRows.Row row = stage.ended(id);
            stage.checkLog(checks, row, List.of("▶️", "✅"));
            checks.same("status", "completed", row.status());
            String result = String.valueOf(row.result());
            checks.that(result.contains("digest.txt"), "result_data", result, "digest.txt");
            checks.same(
                    stage.texts().say("nights_after"),
                    nights,
                    stage.jobs().schedules().next(name, 2));
        } finally {
            stage.jobs().schedules().delete(name);
        }
    }
}
