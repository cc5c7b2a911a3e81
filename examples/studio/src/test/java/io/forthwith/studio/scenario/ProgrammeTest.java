package io.forthwith.studio.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.studio.Texts;
import io.forthwith.studio.show.Console;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The programme")
class ProgrammeTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Console console = new Console(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
    private final Stage stage = new Stage("project", null, null, null, null, null, null, null, null, Texts.in("en"));

    @Test
    @DisplayName("counts scenarios that fail their checks or throw, and still plays the others")
    void counts_the_wrong_ones() throws Exception {
        Map<String, Scenario> scenarios = new LinkedHashMap<>();
        scenarios.put("1", (stage, checks) -> checks.same("status", "failed", "processing"));
        scenarios.put("2", (stage, checks) -> {
            throw new IllegalArgumentException("no such job");
        });
        scenarios.put("3", (stage, checks) -> checks.same("status", "failed", "failed"));

        assertThat(new Programme(scenarios).play(stage, console)).isEqualTo(2);
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("✘ status         processing  (expected: failed)")
                .contains("✘ scenario       java.lang.IllegalArgumentException: no such job")
                .contains("✔ status         failed");
    }
}
