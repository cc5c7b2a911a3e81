package io.forthwith.studio.show;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The console")
class ConsoleTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    @DisplayName("prints a live line only when it changes, if there is no terminal")
    void plain() {
        Console console = console(false);

        console.live(List.of("a 10 %", "b 0 %"));
        console.live(List.of("a 10 %", "b 50 %"));
        console.live(List.of("a 10 %", "b 50 %"));
        console.line(console.bold("done ") + console.mark(true));
        console.live(List.of());

        assertThat(printed()).containsExactly("a 10 %", "b 0 %", "b 50 %", "done ✔");
    }

    @Test
    @DisplayName("moves up and overwrites the live lines on a terminal")
    void terminal() {
        Console console = console(true);

        console.live(List.of("a 10 %", "b 0 %"));
        console.line("a line that stays");
        console.live(List.of());

        assertThat(printed())
                .containsExactly(
                        dim("a 10 %"),
                        dim("b 0 %"),
                        "\u001b[2F\u001b[Ja line that stays",
                        dim("a 10 %"),
                        dim("b 0 %"),
                        "\u001b[2F\u001b[J");
    }

    private static String dim(String text) {
        return "\u001b[2m" + text + "\u001b[0m";
    }

    private Console console(boolean terminal) {
        return new Console(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
    }

    private List<String> printed() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
