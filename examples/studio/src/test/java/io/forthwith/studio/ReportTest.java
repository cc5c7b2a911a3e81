package io.forthwith.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.show.Console;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The report")
class ReportTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Report report =
            new Report(new Console(new PrintStream(bytes, true, StandardCharsets.UTF_8), false), Texts.in("en"));

    @Test
    @DisplayName("ends with an exception, and so with a failed build, if a scenario failed its checks")
    void wrong() {
        assertThatThrownBy(() -> report.conclusion(2, 8, true, 1))
                .hasMessage("2 of 8 scenarios did not come out as expected.");
    }

    @Test
    @DisplayName("ends with an exception if the credits do not balance")
    void unbalanced() {
        assertThat(report.credits(List.of(new AccountStatement("ada", 100, 10, 0, 95))))
                .isFalse();
        assertThatThrownBy(() -> report.conclusion(0, 8, false, 1)).hasMessage("The credits do not balance.");
    }

    @Test
    @DisplayName("ends with one friendly line otherwise")
    void right() {
        report.conclusion(0, 8, true, 4.56);

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("✔ All 8 scenarios came out as expected, in 4.6 s.");
    }
}
