package io.forthwith.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The stored form of the limits of a job")
class JobLimitTest {
    private static final JobLimit ACME = new JobLimit(LimitKey.parse("tenant:acme"), 1);
    private static final JobLimit API = new JobLimit(LimitKey.parse("video-api:_k/1.a:b"), 300);

    static Stream<String> unreadable() {
        return Stream.of(
                "{\"tenant\":\"acme\"}",
                "acme",
                ":acme",
                "tenant:",
                "ten ant:acme",
                "+tenant:acme",
                "+tenant:acme=",
                "+tenant:acme=x",
                "+tenant:acme=0",
                "+tenant:acme=1  api:k=1",
                "+tenant:acme=1 tenant:acme=1",
                "+",
                "unreadable:limits",
                "x".repeat(1_000));
    }

    @Test
    @DisplayName("is read as it was written")
    void read() {
        for (List<JobLimit> limits : List.of(List.<JobLimit>of(), List.of(ACME), List.of(API), List.of(ACME, API))) {
            assertThat(JobLimit.parse(JobLimit.text(limits))).isEqualTo(limits);
        }
        assertThat(JobLimit.parse("")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    @DisplayName("is not read if it is another text, or has a key twice, or stands for limits that cannot be read")
    void refused(String text) {
        assertThatThrownBy(() -> JobLimit.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("has no key that a job holds if it stands for limits that cannot be read")
    void held() {
        assertThat(JobLimit.held(List.of(JobLimit.UNREADABLE))).isEmpty();
        assertThat(JobLimit.held(List.of(ACME, API))).containsExactly(ACME, API);
    }
}
