package io.forthwith.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.worker.LogCapture;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class LoggedExceptionTest {
    private static final String FORGED = "x\r\n10:00 INFO ada: retry job 1: RETRIED\u001b[2J\u202e\u2028\0";

    private static String printed(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void a_throwable_without_control_characters_stays_as_it_is() {
        Throwable plain = new IllegalStateException("the store is away: 队列", new RuntimeException("cause"));
        plain.addSuppressed(new IllegalArgumentException((String) null));

        assertThat(LoggedException.of(plain)).isSameAs(plain);
    }

    @Test
    void no_message_begins_a_line_and_the_traces_stay() {
        Throwable cause = new IllegalArgumentException(FORGED);
        Throwable hostile = new IllegalStateException("outer", cause);
        hostile.addSuppressed(new RuntimeException(FORGED));
        cause.addSuppressed(hostile);

        Throwable logged = LoggedException.of(hostile);

        String text = printed(logged);
        assertThat(text)
                .startsWith("java.lang.IllegalStateException: outer")
                .contains("Caused by: java.lang.IllegalArgumentException: x  10:00 INFO")
                .contains("Suppressed: java.lang.RuntimeException: x  10:00 INFO")
                .doesNotContain("\u001b", "\u202e", "\u2028", "\0", "\r")
                .doesNotContain("\n10:00");
        assertThat(logged.getStackTrace()).isEqualTo(hostile.getStackTrace());
        assertThat(logged.getCause().getStackTrace()).isEqualTo(cause.getStackTrace());
    }

    @Test
    void a_redactor_changes_the_messages_of_all() {
        Throwable thrown = new IllegalStateException("key k-17", new RuntimeException("key k-17"));

        Throwable logged = LoggedException.of(thrown, text -> text.replace("k-17", "***"));

        assertThat(printed(logged)).contains("key ***").doesNotContain("k-17");
    }

    @Test
    @SuppressWarnings("serial") // is thrown away
    void a_throwable_whose_methods_throw_is_named() {
        Throwable broken = new RuntimeException() {
            @Override
            public String getMessage() {
                throw new IllegalStateException("broken");
            }
        };

        assertThat(LoggedException.of(broken)).hasMessageContaining("its getMessage() threw");
    }

    @Test
    void what_a_throwable_says_otherwise_is_not_logged_either() {
        @SuppressWarnings({"serial", "OverrideThrowableToString"}) // is thrown away; the test is about this override
        Throwable says = new RuntimeException("fine") {
            @Override
            public String toString() {
                return FORGED;
            }
        };

        assertThat(LoggedException.of(says).toString()).endsWith(": fine");
    }

    @Test
    void a_thousand_causes_are_cut() {
        Throwable all = new RuntimeException(FORGED);
        for (int i = 0; i < 1_000; i++) {
            all = new RuntimeException("outer", all);
        }

        int count = 0;
        for (Throwable each = LoggedException.of(all); each != null; each = each.getCause()) {
            count++;
        }

        assertThat(count).isEqualTo(50);
    }

    @Test
    void the_logger_of_the_library_uses_it() {
        try (LogCapture log = new LogCapture()) {
            GuardedLogger.of("io.forthwith.worker.Worker").warn(new IllegalStateException(FORGED), "It broke");

            assertThat(log.events())
                    .singleElement()
                    .satisfies(event -> assertThat(event.getThrowableProxy().getMessage())
                            .contains("IllegalStateException: x  10:00")
                            .doesNotContain("\n", "\r", "\0"));
        }
    }
}
