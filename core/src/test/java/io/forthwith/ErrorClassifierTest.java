package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorClassifierTest {
    private final ErrorClassifier classifier = ErrorClassifier.standard();

    @Test
    void time_outs_and_failed_connections_may_pass() {
        assertRetryable(new TimeoutException("t"), "timeout");
        assertRetryable(new SocketTimeoutException("t"), "timeout");
        assertRetryable(new HttpTimeoutException("t"), "timeout");
        assertRetryable(new HttpConnectTimeoutException("t"), "timeout");
        assertRetryable(new SQLTimeoutException("t"), "timeout");
        assertRetryable(new ConnectException("refused"), "connection");
        assertRetryable(new SQLTransientConnectionException("c"), "connection");
        assertRetryable(new SQLTransactionRollbackException("deadlock"), "temporary");
    }

    @Test
    void looks_through_wrappers() {
        assertRetryable(new ExecutionException(new CompletionException(new SocketTimeoutException("t"))), "timeout");
        assertRetryable(new UncheckedIOException(new ConnectException("refused")), "connection");
        assertThat(classifier.classify(new ExecutionException(JobException.user("no_credits", "No credits"))))
                .returns(JobError.Kind.USER, JobError::kind)
                .returns("no_credits", JobError::code)
                .returns("No credits", JobError::message);
    }

    @Test
    void everything_else_fails_at_once() {
        for (Throwable thrown : new Throwable[] {
            new IllegalStateException("boom"),
            new IOException("disk"),
            new SQLException("syntax", "42601"),
            new SQLIntegrityConstraintViolationException("dup"),
            new OutOfMemoryError("heap"),
            new RuntimeException(new SocketTimeoutException("wrapped by who knows whom")),
            new Exception("connection timed out, try again")
        }) {
            JobError error = classifier.classify(thrown);
            assertThat(error.retryable()).as(thrown.toString()).isFalse();
            assertThat(error.kind()).isEqualTo(JobError.Kind.SYSTEM);
            assertThat(error.code()).isEqualTo("unexpected");
            assertThat(error.exceptionClass()).isEqualTo(thrown.getClass().getName());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 502, 503, 504})
    void these_http_statuses_may_pass(int status) {
        assertRetryable(JobException.http(status, "later"), "http_" + status);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 409, 500, 501, 505})
    void other_http_statuses_do_not(int status) {
        assertThat(classifier.classify(JobException.http(status, "no")).retryable())
                .isFalse();
    }

    @Test
    void a_servers_retry_after_is_kept() {
        JobError error = classifier.classify(JobException.http(429, "slow down").after(Duration.ofSeconds(7)));

        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(7));
        assertThat(error.retryable()).isTrue();
    }

    @Test
    void an_exception_without_a_message_is_named() {
        assertThat(classifier.classify(new NullPointerException()).message()).isEqualTo("NullPointerException");
        assertThat(classifier.classify(new IllegalStateException("  ")).message())
                .isEqualTo("IllegalStateException");
    }

    private void assertRetryable(Throwable thrown, String code) {
        JobError error = classifier.classify(thrown);
        assertThat(error.retryable()).as(thrown.toString()).isTrue();
        assertThat(error.code()).as(thrown.toString()).isEqualTo(code);
        assertThat(error.kind()).isEqualTo(JobError.Kind.SYSTEM);
    }
}
