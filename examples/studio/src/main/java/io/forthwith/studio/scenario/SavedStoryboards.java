package io.forthwith.studio.scenario;

import io.forthwith.Enqueued;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.SavedStoryboard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** W: a storyboard that is saved three times in a row, and is kept once. */
final class SavedStoryboards implements Scenario {
    private static final int SAVES = 3;
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        String title = stage.storyboard().title();
        UniqueKey key = UniqueKey.of(stage.projectId()).untilStarted().debounce(LONGEST);
        List<Enqueued> answers = new ArrayList<>();
        for (int version = 1; version <= SAVES; version++) {
            NewJob saved = NewJob.of(StudioJobs.STORYBOARD_SAVED, new SavedStoryboard(title, version))
                    .delay(QUIET)
                    .uniqueKey(key);
            answers.addAll(stage.jobs().enqueueAll(List.of(stage.owned(saved, Stage.ADA))));
        }
        checks.same(
                stage.texts().say("saves"),
                List.of("new", "replaced", "replaced"),
                answers.stream()
                        .map(answer -> answer.isNew() ? "new" : answer.hasReplaced() ? "replaced" : "left")
                        .toList());
        UUID id = answers.get(SAVES - 1).id();
        checks.same(stage.texts().say("same_job"), answers.get(0).id(), id);

        JobRows.Row row = stage.ended(id);
        stage.checkLog(checks, row, List.of("▶️", "✅"));
        checks.same("status", "completed", row.status());
        String result = String.valueOf(row.result()).replace(" ", "");
        checks.that(result.contains("\"version\":" + SAVES), "result_data", result, "\"version\":" + SAVES);
    }
}
