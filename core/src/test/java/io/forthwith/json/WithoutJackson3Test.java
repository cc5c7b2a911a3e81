package io.forthwith.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.File;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What happens in a process that has no Jackson 3, or one that is incomplete. */
class WithoutJackson3Test {
    /** Jackson 3.1 needs 2.21. The POM copies it here. */
    private static final Path OLD_ANNOTATIONS = Path.of("target/old/jackson-annotations-2.19.2.jar");

    /** A codec for texts without special characters. */
    static final class Quotes implements JobCodec {
        @Override
        public String write(Object value) {
            return "\"" + value + "\"";
        }

        @Override
        public Object read(String json, Type type) {
            return json.substring(1, json.length() - 1);
        }
    }

    /** Runs a job with a codec of its own. */
    static final class OwnCodec {
        public static void main(String[] arguments) throws Exception {
            JobType<String> type = JobType.of("mail", String.class);
            InMemoryJobStore store = new InMemoryJobStore();
            JobClient jobs = JobClient.of(store).codec(new Quotes());
            UUID id = jobs.enqueue(NewJob.of(type, "ada")).id();
            ProcessorRegistry processors = ProcessorRegistry.of().with(type, job -> job.input(String.class) + "!");
            Worker.of(store, processors).codec(new Quotes()).build().drain();
            Object fake = FakeJobContext.of("bob").codec(new Quotes()).run(job -> job.input(String.class));
            System.out.println("done: " + jobs.find(id).orElseThrow().result() + " " + fake);
        }
    }

    /** Starts a worker with the standard codec, twice. */
    static final class StandardCodec {
        public static void main(String[] arguments) {
            ProcessorRegistry processors = ProcessorRegistry.of().with(JobType.of("mail"), job -> null);
            for (int i = 0; i < 2; i++) {
                try {
                    Worker.of(new InMemoryJobStore(), processors).start();
                } catch (IllegalStateException said) {
                    System.out.println("said: " + said.getMessage());
                }
            }
        }
    }

    /** Only enqueues, with the standard codec, twice. */
    static final class OnlyEnqueues {
        public static void main(String[] arguments) {
            JobClient jobs = JobClient.of(new InMemoryJobStore());
            for (int i = 0; i < 2; i++) {
                try {
                    jobs.enqueue(NewJob.of(JobType.of("mail", String.class), "ada"));
                } catch (IllegalStateException said) {
                    System.out.println("said: " + said.getMessage());
                }
            }
        }
    }

    @Test
    void a_codec_of_its_own_is_enough() throws Exception {
        assertThat(run(OwnCodec.class, jar -> !jar.contains("jackson"))).contains("done: \"ada!\" bob");
    }

    @Test
    void a_worker_that_needs_jackson_3_says_what_to_add() throws Exception {
        assertThat(run(StandardCodec.class, jar -> !jar.contains("jackson")))
                .contains("said: Jackson 3 is not on the class path; add to your POM <dependency>"
                        + "<groupId>tools.jackson.core</groupId><artifactId>jackson-databind</artifactId><version>3.");
    }

    @Test
    void a_client_says_each_time_what_to_add() throws Exception {
        assertThat(run(OnlyEnqueues.class, jar -> !jar.contains("jackson"))
                        .lines()
                        .filter(line -> line.startsWith("said: Jackson 3 is not on the class path; add to your POM")))
                .hasSize(2);
    }

    @Test
    void too_old_annotations_are_told_with_the_lines_that_mend_it() throws Exception {
        assertThat(OLD_ANNOTATIONS).exists();
        String sentence =
                "said: Jackson 3.1.7 needs jackson-annotations 2.21 or newer, but the class path has 2.19.2; add to"
                        + " your POM <dependency><groupId>com.fasterxml.jackson.core</groupId><artifactId>jackson-annotations"
                        + "</artifactId><version>2.21</version></dependency>, or give the client and the workers a codec of their own,"
                        + " such as Jackson2Codec of forthwith-jackson2";

        assertThat(run(StandardCodec.class, jar -> !jar.contains("jackson-annotations"), OLD_ANNOTATIONS.toString())
                        .lines()
                        .filter(line -> line.startsWith("said: ")))
                .containsExactly(sentence, sentence);
    }

    @Test
    void the_versions_of_later_releases_are_known() {
        assertThat(Jackson3OnPath.why("3.2.0", "2.21")).contains("needs jackson-annotations 2.22 or newer");
        assertThat(Jackson3OnPath.why("3.1.7", null)).contains("but the class path has none");
        assertThat(Jackson3OnPath.why("3.1.7", "2.21"))
                .isEqualTo("Jackson 3.1.7 with jackson-annotations 2.21 could not be loaded");
    }

    /** Runs a main class of this test in a process with a part of this class path, and returns what it printed. */
    private static String run(Class<?> main, Predicate<String> kept, String... more) throws Exception {
        List<String> path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(kept)
                .toList();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        String.join(File.pathSeparator, path)
                                + File.pathSeparator
                                + String.join(File.pathSeparator, more),
                        main.getName())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }
}
