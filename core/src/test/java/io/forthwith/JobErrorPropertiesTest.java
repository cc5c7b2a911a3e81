package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.internal.SafeText;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

class JobErrorPropertiesTest {
    /** Any characters: NUL, control characters, lone surrogates, pairs. */
    @Provide
    Arbitrary<String> hostile() {
        return Arbitraries.strings()
                .withChars('\0', '\r', '\n', '\u001b', '\u202e', '\ud83d', '\ude00', '\u2028', 'a', '积')
                .ofMaxLength(3_000);
    }

    @Property
    void the_text_of_any_throwable_can_be_stored_and_logged(@ForAll("hostile") String text) {
        JobError error = ErrorClassifier.standard().classify(new IllegalStateException(text, new Exception(text)));

        for (String safe : new String[] {error.message(), error.trace()}) {
            assertThat(SafeText.isStorable(safe)).isTrue();
            assertThat(new String(safe.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .isEqualTo(safe);
        }
        assertThat(error.message()).doesNotContain("\n", "\r", "\u001b", "\u202e", "\u2028");
        assertThat(error.message().codePointCount(0, error.message().length())).isLessThanOrEqualTo(1_001);
    }

    @Property
    void safe_text_is_not_changed(@ForAll("plain") String text) {
        assertThat(SafeText.line(text, 10_000)).isEqualTo(text);
    }

    @Provide
    Arbitrary<String> plain() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withChars("积分不足 éß!\"'\\{}")
                .ofMaxLength(200);
    }

    @Example
    void a_message_of_ten_megabytes_is_cut() {
        JobError error = ErrorClassifier.standard().classify(new Exception("x".repeat(10_000_000)));

        assertThat(error.message()).hasSize(1_001).endsWith("…");
        assertThat(error.trace()).hasSizeLessThan(8_100);
    }

    @Example
    void cyclic_causes_end() {
        Exception a = new Exception("a");
        Exception b = new Exception("b", a);
        a.initCause(b);

        assertThat(ErrorClassifier.standard().classify(a).trace()).contains("already shown above");
    }

    @Example
    void describes_a_throwable_whose_methods_throw() {
        JobError error = ErrorClassifier.standard().classify(new Spiteful());

        assertThat(error.exceptionClass()).isEqualTo(Spiteful.class.getName());
        assertThat(error.message()).contains("IllegalStateException");
        assertThat(error.trace()).contains("could not be read");
    }

    @Example
    void a_throwable_without_a_trace_still_shows_its_cause() {
        Exception without = new Exception("outer", new Exception("inner")) {
            private static final long serialVersionUID = 1;

            @Override
            public StackTraceElement @Nullable [] getStackTrace() {
                return null;
            }
        };

        assertThat(ErrorClassifier.standard().classify(without).trace())
                .contains("Caused by: java.lang.Exception: inner");
    }

    @Example
    void an_error_with_a_blank_message_shows_its_code() {
        assertThat(JobError.user("no_credits", " \0\u2028").message()).isEqualTo("no_credits");
        assertThat(ErrorClassifier.standard()
                        .classify(new IllegalStateException("\0"))
                        .message())
                .isEqualTo("IllegalStateException");
    }

    @Example
    void a_thousand_causes_are_cut() {
        Throwable chain = new Exception("root");
        for (int i = 0; i < 1_000; i++) {
            chain = new Exception("cause " + i, chain);
        }

        assertThat(ErrorClassifier.standard().classify(chain).trace()).hasSizeLessThan(8_100);
    }

    @Example
    void a_message_cannot_fake_lines_of_the_trace() {
        JobError error = ErrorClassifier.standard().classify(new Exception("x\n[Worker] ✅ Job 1 done in 0.01 s"));

        assertThat(error.trace()).doesNotContain("\n[Worker]");
    }

    /** All its methods throw. */
    private static final class Spiteful extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no message for you");
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            throw new IllegalStateException("no trace for you");
        }

        @Override
        public String toString() {
            throw new IllegalStateException("no text for you");
        }
    }
}
