package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobError;
import io.forthwith.store.count.JobFailures;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The fingerprint of a failure")
class FailureFingerprintTest {
    private static final Instant NOON = Instant.parse("2026-05-04T12:00:00Z");

    private static JobFailures of(String type, JobError error) {
        return FailureFingerprint.of(new UUID(0, 1), type, error, true, NOON);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    The bank does not answer | The bank does not answer
                    Attempt 17 of 25 failed after 3.5 s | Attempt # of # failed after #.# s
                    No user 0198c0de-0000-7000-8000-000000000000 | No user #
                    No row for order-4711 | No row for order-#
                    Token a1b2c3d4e5f6a7b8c9 has expired | Token # has expired
                    At 2026-11-30T10:00:00.123Z: no route | At #:#:#.#Z: no route
                    用户 42 不存在 | 用户 # 不存在""")
    @DisplayName("leaves out numbers and ids of the message")
    void masks(String message, String masked) {
        assertThat(FailureFingerprint.masked(message)).isEqualTo(masked);
    }

    @Test
    @DisplayName("is the same for one cause, and another one for another type, code, class or message")
    void distinguishes() {
        JobError error = JobError.retryable("http_503", "Bank 1 is away");
        String fingerprint = of("pay", error).fingerprint();

        assertThat(fingerprint).matches("[0-9a-f]{16}");
        assertThat(of("pay", JobError.retryable("http_503", "Bank 22 is away")).fingerprint())
                .isEqualTo(fingerprint);
        assertThat(of("refund", error).fingerprint()).isNotEqualTo(fingerprint);
        assertThat(of("pay", JobError.retryable("http_502", "Bank 1 is away")).fingerprint())
                .isNotEqualTo(fingerprint);
        assertThat(of("pay", JobError.retryable("http_503", "Bank is away")).fingerprint())
                .isNotEqualTo(fingerprint);
        assertThat(of("pay", error.causedBy(new IllegalStateException("x"))).fingerprint())
                .isNotEqualTo(fingerprint);
    }

    @Test
    @DisplayName("cuts long messages, whatever they are")
    void cuts() {
        assertThat(FailureFingerprint.masked("x".repeat(10_000))).hasSize(201);
        assertThat(FailureFingerprint.masked("1 ".repeat(10_000))).hasSizeLessThanOrEqualTo(201);
        assertThat(FailureFingerprint.masked("")).isEmpty();
    }
}
