package io.forthwith.studio.scenario;

import io.forthwith.NewJob;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.jobs.ShotVideoProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.Episode;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** 6a: an episode of three videos, two of which fail; the third one goes on. */
final class FailingEpisode implements Scenario {
    private static final double SAME_MOMENT_SECONDS = 0.1;

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);
        NewJob episode = stage.job(StudioJobs.EPISODE, new Episode("A failing one"), Stage.ADA);
        List<NewJob> family = new ArrayList<>(List.of(episode));
        for (String config : List.of("pan-right", "fly-over", "dive-in")) {
            family.add(stage.job(StudioJobs.SHOT_VIDEO, new ShotVideo("dawn", config), Stage.ADA)
                    .parent(episode));
        }
        stage.jobs().enqueueAll(family);

        List<JobRows.Row> children = new ArrayList<>();
        for (NewJob child : family.subList(1, family.size())) {
            children.add(stage.ended(child.id()));
        }
        JobRows.Row parent = stage.ended(episode.id());

        checks.same(
                stage.texts().say("children"),
                "completed, failed, failed",
                String.join(", ", children.stream().map(JobRows.Row::status).toList()));
        checks.same(stage.texts().say("episode"), "failed", parent.status());
        String cause = stage.texts().say("video_config_missing");
        String message = String.valueOf(parent.errorMessage());
        checks.that(message.contains("3") && message.endsWith(cause), "error_message", message, cause);
        checkEndedTogether(stage, checks, parent, children);
        stage.checkCredits(checks, before, ShotVideoProcessor.PRICE, 0);
    }

    private static void checkEndedTogether(Stage stage, Checks checks, JobRows.Row parent, List<JobRows.Row> children) {
        double childFailed = children.stream()
                .filter(child -> child.status().equals("failed"))
                .map(JobRows.Row::endedAt)
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(Double.NaN);
        Double parentFailed = parent.endedAt();
        double apart = parentFailed == null ? Double.NaN : parentFailed - childFailed;
        checks.that(
                apart >= 0 && apart < SAME_MOMENT_SECONDS,
                stage.texts().say("at_once"),
                stage.texts().say("with_child_value", Math.round(apart * 1000)),
                "< " + Math.round(SAME_MOMENT_SECONDS * 1000));
    }
}
