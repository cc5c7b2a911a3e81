package io.forthwith.studio.show;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The output of the studio: lines that stay, and below them, on a terminal, lines that change in place. Without a
 * terminal, a line that changes is printed again each time. Thread-safe.
 */
public final class Console {
    private static final String ESCAPE = "\u001b[";
    private static final int WIDTH = 79;

    private final PrintStream out;
    private final boolean terminal;
    private List<String> live = List.of();

    /** A console that writes to {@code out}, in colour and with moving lines if that is a terminal. */
    public Console(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** The console of this process. */
    public static Console standard() {
        // Not System.out: without a locale, as in many containers, it would print question marks instead of Chinese
        // characters.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, charset());
        return new Console(out, canMoveUp());
    }

    /** Prints a line that stays. */
    public synchronized void line(String text) {
        erase();
        out.println(text);
        draw();
    }

    /** Prints lines that stay. */
    public void lines(List<String> texts) {
        texts.forEach(this::line);
    }

    /** Replaces the lines that change. */
    public synchronized void live(List<String> texts) {
        if (texts.equals(live)) {
            return;
        }
        erase();
        if (!terminal) {
            texts.stream().filter(text -> !live.contains(text)).forEach(out::println);
        }
        live = List.copyOf(texts);
        draw();
    }

    /** The text, bold on a terminal. */
    public String bold(String text) {
        return styled("1", text);
    }

    /** The text, dim on a terminal. */
    public String dim(String text) {
        return styled("2", text);
    }

    /** A tick, or a cross if the check failed. */
    public String mark(boolean well) {
        return well ? styled("32", "✔") : styled("1;31", "✘");
    }

    /** The text, followed by spaces up to this width. */
    public static String padded(String text, int width) {
        return Columns.left(text, width);
    }

    private String styled(String style, String text) {
        return terminal ? ESCAPE + style + "m" + text + ESCAPE + "0m" : text;
    }

    private void draw() {
        if (terminal) {
            live.forEach(text -> out.println(dim(Columns.cut(text, WIDTH))));
        }
    }

    /** Moves up to the first line that changes, and clears from there to the end of the screen. */
    private void erase() {
        if (terminal && !live.isEmpty()) {
            out.print(ESCAPE + live.size() + "F" + ESCAPE + "J");
        }
    }

    /** UTF-8, except for the consoles of Windows, which have their own code page. */
    private static Charset charset() {
        boolean windows =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
        java.io.@Nullable Console terminal = terminal();
        return windows && terminal != null ? terminal.charset() : StandardCharsets.UTF_8;
    }

    private static boolean canMoveUp() {
        String term = System.getenv("TERM");
        return terminal() != null && System.getenv("CI") == null && term != null && !term.equals("dumb");
    }

    @SuppressWarnings("SystemConsoleNull") // up to Java 21 it is null without a terminal; later Java is asked below
    private static java.io.@Nullable Console terminal() {
        java.io.Console console = System.console();
        if (console == null) {
            return null;
        }
        try {
            return (Boolean) java.io.Console.class.getMethod("isTerminal").invoke(console) ? console : null;
        } catch (ReflectiveOperationException upToJava21) {
            return console;
        }
    }
}
