package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateExpiredException;
import java.sql.BatchUpdateException;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorClassifierTest {
    private final ErrorClassifier classifier = ErrorClassifier.standard();

    @Nested
    class TheStandardOne {
        @Test
        void retries_time_outs_and_failed_connections() {
            assertRetryable(new TimeoutException("t"), "timeout");
            assertRetryable(new SocketTimeoutException("t"), "timeout");
            assertRetryable(new InterruptedIOException("t"), "timeout");
            assertRetryable(new HttpTimeoutException("t"), "timeout");
            assertRetryable(new HttpConnectTimeoutException("t"), "timeout");
            assertRetryable(new ConnectException("refused"), "connection");
            assertRetryable(new NoRouteToHostException("nowhere"), "connection");
            assertRetryable(new UnknownHostException("nobody.example"), "connection");
            assertRetryable(new SocketException("Connection reset"), "connection");
            assertRetryable(new BindException("no port left"), "connection");
            assertRetryable(new ClosedChannelException(), "connection");
            assertRetryable(new AsynchronousCloseException(), "connection");
        }

        @Test
        void retries_transient_jdbc_exceptions() {
            assertRetryable(new SQLTimeoutException("t"), "timeout");
            assertRetryable(new SQLTransientConnectionException("c"), "connection");
            assertRetryable(new SQLNonTransientConnectionException("c"), "connection");
            assertRetryable(new SQLRecoverableException("c"), "connection");
            assertRetryable(new SQLTransactionRollbackException("deadlock"), "temporary");
        }

        @ParameterizedTest
        @CsvSource({
            "08000, connection",
            "08001, connection",
            "08006, connection",
            "40001, temporary",
            "40003, temporary",
            "40P01, temporary",
            "53100, temporary",
            "53300, temporary",
            "57014, timeout",
            "57033, temporary",
            "57P01, connection",
            "57P02, connection",
            "57P03, connection",
            "57P05, connection",
            "0A000, temporary",
            "26000, temporary",
            "42P05, temporary",
            "55P03, temporary",
            "25006, temporary",
            "58030, temporary",
            "HYT00, timeout",
            "HYT01, timeout"
        })
        void retries_temporary_sql_states(String state, String code) {
            assertRetryable(new SQLException("x", state), code);
            assertRetryable(new DriversOwn("x", state), code);
            assertRetryable(new BatchUpdateException("x", state, new int[0]), code);
        }

        @ParameterizedTest
        @ValueSource(ints = {1020, 1205, 1213, 3572, 1290, 1836, 1021, 1114, 1969, 3024})
        void retries_conflicts_that_mariadb_and_mysql_report_by_error_code_only(int vendorCode) {
            assertRetryable(new SQLException("x", "HY000", vendorCode), "temporary");
            assertPermanent(new SQLException("x", "42000", vendorCode));
            assertPermanent(new SQLException("x", "HY000", 1364));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "0A001", "21000", "22001", "22P02", "23505", "28P01", "40002", "42601", "42P01", "44000", "XX000",
                    "HY000", "", "08", "0800"
                })
        void retries_no_other_sql_state(String state) {
            assertPermanent(new SQLException("x", state));
            assertPermanent(new SQLException("x", (String) null));
        }

        @Test
        void a_wrong_statement_is_not_retried_whatever_its_cause() {
            assertPermanent(new SQLException("bad value", "22001", new SocketTimeoutException("t")));
            assertRetryable(new SQLException("i/o error", "72000", new SocketTimeoutException("t")), "timeout");
        }

        @Test
        void survives_a_driver_exception_whose_methods_throw() {
            assertPermanent(new SQLException("x", "40001") {
                private static final long serialVersionUID = 1;

                @Override
                public String getSQLState() {
                    throw new IllegalStateException("no state for you");
                }
            });
        }

        @Test
        void finds_known_exceptions_inside_wrappers() {
            assertRetryable(
                    new ExecutionException(new CompletionException(new SocketTimeoutException("t"))), "timeout");
            assertRetryable(new UncheckedIOException(new ConnectException("refused")), "connection");
            assertRetryable(new InvocationTargetException(new ConnectException("refused")), "connection");
            assertRetryable(new UndeclaredThrowableException(new ConnectException("refused")), "connection");
            assertRetryable(new RuntimeException(new SQLException("deadlock", "40P01")), "temporary");
            assertRetryable(new IllegalStateException("Cannot load", new ConnectException("refused")), "connection");
            assertRetryable(new SSLException("broken", new SocketException("Connection reset")), "connection");
        }

        @Test
        void takes_message_and_code_from_the_known_cause_and_class_and_trace_from_the_thrown_exception() {
            JobError error =
                    classify(new IllegalStateException("Cannot load", new SocketTimeoutException("Read timed out")));

            assertThat(error.message()).isEqualTo("Read timed out");
            assertThat(error.exceptionClass()).isEqualTo(IllegalStateException.class.getName());
            assertThat(error.trace()).contains("Cannot load").contains("Caused by: java.net.SocketTimeoutException");
        }

        @Test
        void a_job_exception_decides_also_inside_wrappers_and_whatever_its_cause() {
            for (Throwable wrapped : List.of(
                    new ExecutionException(JobException.user("no_credits", "No credits")),
                    new RuntimeException(new CompletionException(JobException.user("no_credits", "No credits"))))) {
                assertThat(classify(wrapped))
                        .returns(JobError.Kind.USER, JobError::kind)
                        .returns("no_credits", JobError::code)
                        .returns("No credits", JobError::message);
            }
            assertThat(classify(JobException.permanent("no").causedBy(new SocketTimeoutException()))
                            .retryable())
                    .isFalse();
        }

        @Test
        void fails_everything_else_at_once() {
            for (Throwable thrown : new Throwable[] {
                new IllegalStateException("boom"),
                new IOException("disk"),
                new EOFException(),
                new ProtocolException("x"),
                new SSLHandshakeException("bad certificate").initCause(new CertificateExpiredException()),
                new InterruptedException(),
                new SQLSyntaxErrorException("syntax", "42601"),
                new SQLDataException("x"),
                new SQLIntegrityConstraintViolationException("dup"),
                new OutOfMemoryError("heap"),
                new ExceptionInInitializerError(new ConnectException("once and for all")),
                new AssertionError("no", new SocketTimeoutException()),
                new Exception("connection timed out, deadlock detected, try again")
            }) {
                assertPermanent(thrown);
                assertThat(classify(thrown).exceptionClass())
                        .isEqualTo(thrown.getClass().getName());
            }
        }

        @Test
        void copes_with_causes_that_are_cyclic_endless_or_unreadable() {
            Exception a = new Exception("a");
            a.initCause(new Exception("b", a));
            assertPermanent(a);
            Throwable deep = new SocketTimeoutException("far down");
            for (int i = 0; i < 10_000; i++) {
                deep = new RuntimeException(deep);
            }
            assertPermanent(deep);
            assertPermanent(new Exception("x") {
                private static final long serialVersionUID = 1;

                @Override
                public synchronized Throwable getCause() {
                    throw new IllegalStateException("no cause for you");
                }
            });
        }

        @Test
        void names_an_exception_without_a_message() {
            assertThat(classify(new NullPointerException()).message()).isEqualTo("NullPointerException");
            assertThat(classify(new IllegalStateException("  ")).message()).isEqualTo("IllegalStateException");
            assertThat(classify(new CompletionException(new IllegalStateException("inner")))
                            .message())
                    .isEqualTo("inner");
        }
    }

    @Nested
    class ForHttp {
        private static final Set<Integer> MAY_PASS = Set.of(408, 429, 502, 503, 504);

        @Test
        void retries_exactly_five_http_statuses() {
            assertThat(IntStream.rangeClosed(100, 599)
                            .filter(status ->
                                    classify(JobException.http(status, "x")).retryable()))
                    .containsExactlyInAnyOrderElementsOf(MAY_PASS);
            assertThat(IntStream.rangeClosed(100, 599))
                    .allSatisfy(status -> assertThat(classify(JobException.http(status, "x")))
                            .returns("http_" + status, JobError::code)
                            .returns(JobError.Kind.SYSTEM, JobError::kind));
        }

        @Test
        void keeps_the_retry_after_of_a_server() {
            JobError error = classify(JobException.http(429, "slow down").after(Duration.ofSeconds(7)));

            assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(7));
            assertThat(error.retryable()).isTrue();
        }

        @Test
        void refuses_a_retry_after_that_no_store_can_keep() {
            JobError error = JobError.retryable("x", "x");

            assertThatThrownBy(() -> error.after(Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("out of range");
        }
    }

    @Nested
    class AHostsOwn {
        private final ErrorClassifier limits =
                ErrorClassifier.on(ArithmeticException.class, e -> JobError.retryable("limit", "At the limit"));
        private final ErrorClassifier indexes =
                ErrorClassifier.on(IndexOutOfBoundsException.class, e -> JobError.user("index", "No such shot"));

        @Test
        void describes_its_class_and_subclasses_also_as_a_cause_and_declines_the_rest() {
            assertThat(code(limits, new ArithmeticException())).isEqualTo("limit");
            assertThat(code(indexes, new ArrayIndexOutOfBoundsException())).isEqualTo("index");
            assertThat(code(limits, new RuntimeException(new ExecutionException(new ArithmeticException()))))
                    .isEqualTo("limit");
            assertThat(limits.classify(new IllegalStateException())).isNull();
        }

        @Test
        void does_not_overrule_what_a_job_exception_says() {
            assertThat(limits.classify(JobException.permanent("no").causedBy(new ArithmeticException())))
                    .isNull();
        }

        @Test
        void does_not_look_into_errors() {
            assertThat(limits.classify(new ExceptionInInitializerError(new ArithmeticException())))
                    .isNull();
            assertThat(code(
                            ErrorClassifier.on(LinkageError.class, e -> JobError.permanent("linkage", "x")),
                            new RuntimeException(new NoClassDefFoundError())))
                    .isEqualTo("linkage");
        }

        @Test
        void can_decline_an_exception_and_describe_its_cause() {
            ErrorClassifier byCode = ErrorClassifier.on(
                    SQLException.class, e -> e.getErrorCode() == 7 ? JobError.retryable("seven", "Seven") : null);

            assertThat(code(byCode, new SQLException("x", "y", 1, new SQLException("x", "y", 7))))
                    .isEqualTo("seven");
            assertThat(byCode.classify(new SQLException("x", "y", 1))).isNull();
        }

        @Test
        void the_next_classifier_is_asked_if_it_declines() {
            ErrorClassifier both = limits.orElse(indexes).orElse(ErrorClassifier.standard());

            assertThat(Map.of(
                            "limit", new ArithmeticException(),
                            "index", new IndexOutOfBoundsException(),
                            "timeout", new TimeoutException(),
                            "unexpected", new IllegalStateException()))
                    .allSatisfy((code, thrown) -> assertThat(code(both, thrown)).isEqualTo(code));
        }
    }

    private JobError classify(Throwable thrown) {
        return classifier.classify(thrown);
    }

    private static String code(ErrorClassifier asked, Throwable thrown) {
        return asked.classify(thrown).code();
    }

    private void assertRetryable(Throwable thrown, String code) {
        JobError error = classify(thrown);
        assertThat(error.retryable()).as(thrown.toString()).isTrue();
        assertThat(error.code()).as(thrown.toString()).isEqualTo(code);
        assertThat(error.kind()).isEqualTo(JobError.Kind.SYSTEM);
    }

    private void assertPermanent(Throwable thrown) {
        JobError error = classify(thrown);
        assertThat(error.retryable()).as(thrown.getClass().getName()).isFalse();
        assertThat(error.code()).isEqualTo("unexpected");
        assertThat(error.kind()).isEqualTo(JobError.Kind.SYSTEM);
    }

    /** Like the exception of the PostgreSQL driver: only its SQLState says what it is. */
    private static final class DriversOwn extends SQLException {
        private static final long serialVersionUID = 1;

        DriversOwn(String reason, String state) {
            super(reason, state);
        }
    }
}
