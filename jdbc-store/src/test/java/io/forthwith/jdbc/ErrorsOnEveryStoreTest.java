package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("When an error of any kind is thrown anywhere")
@Timeout(Patience.SECONDS_OF_A_TEST)
class ErrorsOnEveryStoreTest {
    private static final JobType<String> TYPE = JobType.of("hostile", String.class);

    private static final List<Supplier<Throwable>> THROWN = List.of(
            OutOfMemoryError::new,
            StackOverflowError::new,
            () -> new NoClassDefFoundError("com/example/Gone"),
            () -> new AssertionError("not so"),
            () -> new IOException("checked"));

    /** Where it is thrown. */
    private enum Place {
        VALIDATE,
        PROCESS,
        ACTION,
        UNDO,
        DURABLE_UNDO
    }

    /** Throws what the input says, where it says. */
    private static final class Hostile extends BaseProcessor<String, String> {
        private final Step<String> charge = step("charge", String.class).undo((receipt, key) -> {
            if (receipt != null && receipt.startsWith(Place.DURABLE_UNDO.name())) {
                Hostile.<RuntimeException>sneak(of(receipt));
            }
        });

        Hostile() {
            super(TYPE);
        }

        private static Throwable of(String input) {
            return THROWN.get(Integer.parseInt(input.substring(input.indexOf(' ') + 1)))
                    .get();
        }

        private static void throwAt(Place place, String input) {
            if (input.startsWith(place.name() + " ")) {
                Hostile.<RuntimeException>sneak(of(input));
            }
        }

        @SuppressWarnings("unchecked") // how a lambda throws what it does not declare
        private static <T extends Throwable> void sneak(Throwable thrown) throws T {
            throw (T) thrown;
        }

        @Override
        protected void validate(String input) {
            throwAt(Place.VALIDATE, input);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            if (input.equals("fine")) {
                return input;
            }
            job.onFailure(() -> throwAt(Place.UNDO, input));
            throwAt(Place.PROCESS, input);
            job.run(charge, key -> {
                throwAt(Place.ACTION, input);
                return input;
            });
            throw new IllegalStateException("after all");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("the failure is recorded, and the one slot serves the next job")
    void recorded(AnyStore kind) {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        List<UUID> hostile = new ArrayList<>();
        List<UUID> fine = new ArrayList<>();
        for (Place place : Place.values()) {
            for (int which = 0; which < THROWN.size(); which++) {
                hostile.add(jobs.enqueue(NewJob.of(TYPE, place + " " + which)).id());
                fine.add(jobs.enqueue(NewJob.of(TYPE, "fine")).id());
            }
        }

        Worker.of(store, ProcessorRegistry.of(new Hostile())).build().drain();

        assertThat(hostile).allSatisfy(id -> {
            assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
            assertThat(jobs.failures(id)).singleElement().satisfies(failure -> {
                assertThat(failure.exceptionClass()).isNotNull();
                assertThat(failure.trace()).isNotNull();
                assertThat(failure.workerId()).isNotNull();
                assertThat(failure.startedAt()).isNotNull();
            });
        });
        assertThat(fine)
                .allSatisfy(
                        id -> assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED));
        // An undo that throws comes back; the others are done.
        assertThat(jobs.scan(JobQuery.all().undos().status(JobStatus.PENDING)))
                .hasSize(THROWN.size())
                .allMatch(undo -> undo.errorMessage() != null
                        && undo.attempt() >= 1
                        && jobs.failures(undo.id()).size() == undo.attempt());
        assertThat(jobs.countByScan(JobQuery.all().undos().status(JobStatus.COMPLETED)))
                .isEqualTo(2L * THROWN.size());
    }
}
