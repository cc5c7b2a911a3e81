package io.forthwith.studio.scenario;

import io.forthwith.studio.Texts;
import java.util.List;
import java.util.Locale;

/** 3: a row that was inserted by plain SQL, of a type that has no processor. */
final class UnknownType implements Scenario {
    private static final String TYPE = "unknown_task_type";

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        JobRows.Row row = stage.ended(stage.rows().insertByHand(Stage.ADA, stage.projectId(), TYPE));

        // The worker logs its ordinary last line, because the layer below has recorded the failure without an
        // exception.
        stage.checkFailedAtOnce(checks, row, message(stage.texts()), List.of("▶️", "✅"));
    }

    /** The message of the library. */
    private static String message(Texts texts) {
        return (texts.locale().equals(Locale.CHINESE) ? "未知的任务类型: " : "Unknown job type: ") + TYPE;
    }
}
