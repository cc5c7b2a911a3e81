package io.forthwith;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.client.JobClient;
import io.forthwith.client.JobNotCompletedException;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Types of jobs that name their result, and the processors and clients that the compiler compares with them. */
class TypedProcessorsTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final ReturningJobType<Greeting, String> GREET =
            JobType.of("greet", Greeting.class).returning(String.class);

    record Greeting(String name) {}

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);

    @Test
    void a_lambda_gets_its_input_and_a_client_its_result() throws InterruptedException {
        try (Worker worker =
                started(ProcessorRegistry.of().with(GREET, (greeting, job) -> "Hello, " + greeting.name()))) {
            assertThat(worker).isNotNull();
            assertThat(jobs.run(GREET, new Greeting("Ada"), SOON)).contains("Hello, Ada");
            UUID id = jobs.enqueue(NewJob.of(GREET, new Greeting("Grace"))).id();
            assertThat(jobs.awaitResult(id, GREET, SOON)).contains("Hello, Grace");
            assertThat(jobs.resultOf(jobs.find(id).orElseThrow(), GREET)).contains("Hello, Grace");
        }
    }

    @Test
    void a_lambda_without_a_result_gets_its_input() throws InterruptedException {
        List<String> greeted = new ArrayList<>();
        JobType<Greeting> type = JobType.of("wave", Greeting.class);
        try (Worker worker =
                started(ProcessorRegistry.of().with(type, (greeting, job) -> greeted.add(greeting.name())))) {
            assertThat(worker).isNotNull();
            UUID id = jobs.enqueue(NewJob.of(type, new Greeting("Ada"))).id();
            assertThat(jobs.await(id, SOON)).isPresent();
            assertThat(greeted).containsExactly("Ada");
        }
    }

    @Test
    void a_job_without_a_result_has_an_empty_one() throws InterruptedException {
        try (Worker worker = started(ProcessorRegistry.of().with(GREET, (greeting, job) -> null))) {
            assertThat(worker).isNotNull();
            assertThat(jobs.run(GREET, new Greeting("Ada"), SOON)).isEmpty();
        }
    }

    @Test
    void a_job_without_input_is_run_by_its_type_alone() throws InterruptedException {
        ReturningJobType<Void, Integer> tick = JobType.of("tick").returning(Integer.class);
        try (Worker worker = started(ProcessorRegistry.of().with(tick, (none, job) -> 1))) {
            assertThat(worker).isNotNull();
            assertThat(jobs.run(tick, SOON)).contains(1);
        }
    }

    @Test
    void a_typed_lambda_that_throws_undoes_what_it_has_registered() {
        List<String> undone = new ArrayList<>();
        // The job of a fake context has the type "test".
        JobType<Greeting> type = JobType.of("test", Greeting.class);
        ProcessorRegistry registry = ProcessorRegistry.of().with(type, (greeting, job) -> {
            job.onFailure(() -> undone.add(greeting.name()));
            throw new IllegalStateException("no voice");
        });

        assertThatThrownBy(() -> registry.process(FakeJobContext.of(new Greeting("Ada"))))
                .hasMessage("no voice");
        assertThat(undone).containsExactly("Ada");
    }

    @Test
    void running_a_job_that_fails_says_which_job_and_why() {
        try (Worker worker = started(ProcessorRegistry.of().with(GREET, (greeting, job) -> {
            throw JobException.user("shy", "Ada does not want to be greeted");
        }))) {
            assertThat(worker).isNotNull();
            assertThatThrownBy(() -> jobs.run(GREET, new Greeting("Ada"), SOON))
                    .isInstanceOfSatisfying(
                            JobNotCompletedException.class,
                            thrown -> assertThat(jobs.find(thrown.jobId()))
                                    .hasValueSatisfying(
                                            job -> assertThat(job.status()).isEqualTo(JobStatus.FAILED)))
                    .hasMessageContaining("Ada does not want to be greeted");
        }
    }

    @Test
    void a_job_of_another_type_is_not_read_as_this_type() {
        UUID id = jobs.enqueue(NewJob.of(JobType.of("wave", Greeting.class), new Greeting("Ada")))
                .id();
        Worker.of(store, ProcessorRegistry.of().with(JobType.of("wave", Greeting.class), job -> "waved"))
                .build()
                .drain();

        assertThatThrownBy(() -> jobs.awaitResult(id, GREET, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Job " + id + " is of type wave, not greet: give its own type, or the class of its result");
        assertThat(jobs.resultOf(jobs.find(id).orElseThrow(), GREET.formerly("wave")))
                .contains("waved");
    }

    @Test
    void a_processor_returns_what_its_type_names() throws Exception {
        BaseProcessor<Greeting, String> processor = new BaseProcessor<>(GREET) {
            @Override
            protected String process(Greeting greeting, JobContext job) {
                return "Hello, " + greeting.name();
            }
        };

        assertThat(processor.process(FakeJobContext.of(new Greeting("Ada")))).isEqualTo("Hello, Ada");
    }

    @Test
    void a_processor_with_another_result_than_its_type_is_refused_when_it_is_made() {
        class Wrong extends BaseProcessor<Greeting, Integer> {
            Wrong() {
                super(GREET);
            }

            @Override
            protected Integer process(Greeting greeting, JobContext job) {
                return 1;
            }
        }

        assertThatThrownBy(Wrong::new)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Wrong.class.getName())
                .hasMessageContaining("greet(Greeting): String");
    }

    @Test
    void a_method_with_another_result_than_its_type_is_refused_when_it_is_registered() {
        assertThatThrownBy(() -> ProcessorRegistry.of().with(GREET, TypedProcessorsTest::lengthOf))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The processor of job type greet(Greeting): String does not return String: "
                        + "let both have the same result");
    }

    private static int lengthOf(Greeting greeting, JobContext job) {
        return greeting.name().length();
    }

    @Test
    void types_are_equal_if_all_that_they_say_is() {
        assertThat(GREET)
                .isEqualTo(JobType.of("greet", Greeting.class).returning(String.class))
                .hasSameHashCodeAs(JobType.of("greet", Greeting.class).returning(String.class))
                .isNotEqualTo(JobType.of("greet", Greeting.class))
                .isNotEqualTo(JobType.of("greet", Greeting.class).returning(Integer.class))
                .isNotEqualTo(GREET.formerly("salute"));
        assertThat(JobType.of("greet", Greeting.class))
                .isEqualTo(JobType.of("greet", Greeting.class))
                .hasSameHashCodeAs(JobType.of("greet", Greeting.class))
                .isNotEqualTo(GREET)
                .isNotEqualTo(JobType.of("greet", String.class))
                .isNotEqualTo(JobType.of("wave", Greeting.class));
        assertThat(GREET.formerly("salute").formerNames()).containsExactly("salute");
        assertThat(GREET).hasToString("greet(Greeting): String");
        assertThat(JobType.of("tick")).hasToString("tick()");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "registry.with(GREET, (in, job) -> \"Hello, \" + in.length())",
                "registry.with(GREET, (in, job) -> null)",
                "registry.with(GREET, (in, job) -> { throw new IllegalStateException(); })",
                "registry.with(GREET, job -> job.input(String.class))",
                "registry.with(PLAIN, (in, job) -> in.length())",
                "registry.with(PLAIN, Fit::work)",
                "registry.with(GREET, Fit::greet)",
                "registry.with(JobType.of(\"tick\"), (none, job) -> null)",
                "java.util.Optional<String> result = jobs.run(GREET, \"Ada\", SOON)",
                "java.util.Optional<String> result = jobs.awaitResult(id, GREET, SOON)",
                "java.util.Optional<Integer> result = jobs.awaitResult(id, Integer.class, SOON)",
            })
    void what_fits_compiles(String statement) {
        assertThat(errorsOf(statement)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "registry.with(GREET, (in, job) -> 42)",
                "registry.with(GREET, (in, job) -> in.intValue())",
                "registry.with(PLAIN, (in, job) -> in.intValue())",
                "java.util.Optional<Integer> result = jobs.run(GREET, \"Ada\", SOON)",
                "java.util.Optional<String> result = jobs.run(GREET, 42, SOON)",
                "java.util.Optional<Integer> result = jobs.awaitResult(id, GREET, SOON)",
                "java.util.Optional<String> result = jobs.awaitResult(id, PLAIN, SOON)",
            })
    void what_does_not_fit_does_not_compile(String statement) {
        assertThat(errorsOf(statement)).hasSize(1);
    }

    private static List<String> errorsOf(String statement) {
        String program = """
                import io.forthwith.*;
                import io.forthwith.client.JobClient;
                import io.forthwith.worker.ProcessorRegistry;

                class Fit {
                    static final JobType<String> PLAIN = JobType.of("plain", String.class);
                    static final ReturningJobType<String, String> GREET = JobType.of("greet", String.class).returning(String.class);
                    static final java.time.Duration SOON = java.time.Duration.ofSeconds(1);

                    static Integer work(String in, JobContext job) { return in.length(); }

                    static String greet(String in, JobContext job) { return in; }

                    void check(ProcessorRegistry registry, JobClient jobs, java.util.UUID id) throws Exception {
                        %s;
                    }
                }
                """.formatted(statement);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        JavaFileObject source = new SimpleJavaFileObject(URI.create("string:///Fit.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return program;
            }
        };
        try (var files = compiler.getStandardFileManager(found, null, UTF_8)) {
            compiler.getTask(
                            null,
                            files,
                            found,
                            List.of(
                                    "-proc:none",
                                    "-implicit:none",
                                    "-d",
                                    System.getProperty("java.io.tmpdir"),
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            null,
                            List.of(source))
                    .call();
        } catch (java.io.IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
        return found.getDiagnostics().stream()
                .filter(each -> each.getKind() == javax.tools.Diagnostic.Kind.ERROR)
                .map(each -> each.getMessage(java.util.Locale.ENGLISH))
                .toList();
    }

    private Worker started(ProcessorRegistry processors) {
        return Worker.of(store, processors).pollInterval(Duration.ofMillis(20)).start();
    }
}
