package io.forthwith.store.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Retention;
import io.forthwith.store.WorkerInfo;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is told of a step, and when. */
class AbstractJobStoreTest {
    private static final JobType<Integer> TYPE = JobType.of("work", Integer.class);

    private final Engine engine = new Engine();
    private final EngineJobStore store = new EngineJobStore(engine);
    private final List<String> told = new ArrayList<>();

    AbstractJobStoreTest() {
        store.onAdded(() -> told.add("added, " + engine.state));
        store.onCancelRequested(claim -> told.add("to be cancelled, " + engine.state));
    }

    @Test
    void tells_of_what_is_durable() {
        add();
        assertThat(told).containsExactly("added, committed");

        told.clear();
        Claim claim = Claim.of(claim());
        assertThat(told).isEmpty();
        store.cancel(claim.jobId(), Locale.ENGLISH);
        assertThat(told).containsExactly("to be cancelled, committed");
    }

    @Test
    void tells_nothing_of_what_the_engine_refuses() {
        add();
        UUID running = claim().id();
        told.clear();
        engine.refuses = true;

        assertThatThrownBy(this::add).isInstanceOf(JobStoreException.class);
        assertThatThrownBy(() -> store.cancel(running, Locale.ENGLISH)).isInstanceOf(JobStoreException.class);

        assertThat(told).isEmpty();
        assertThat(engine.state).isEqualTo("refused");
    }

    @Test
    void begins_no_step_for_what_makes_no_sense() {
        EncodedJob job = new EncodedJob(NewJob.of(TYPE, 1), "1");

        assertThatThrownBy(() -> store.add(List.of(job, job))).isInstanceOf(IllegalArgumentException.class);

        assertThat(engine.state).isEqualTo("new");
    }

    @Test
    void purges_nothing_that_is_kept_for_ever() {
        Duration forEver = ChronoUnit.FOREVER.getDuration();

        assertThat(store.purge(new Retention(forEver, forEver), 10)).isZero();
    }

    private void add() {
        store.add(List.of(new EncodedJob(NewJob.of(TYPE, 1), "1")));
    }

    private Job claim() {
        UUID worker = UUID.randomUUID();
        store.register(new WorkerInfo(worker, "w", "host", 1), Duration.ofMinutes(1));
        return store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(TYPE.name()), 3))
                .get(0);
    }

    private static final class EngineJobStore extends AbstractJobStore {
        private final Engine engine;

        private EngineJobStore(Engine engine) {
            super(InstantSource.system(), new Random(1));
            this.engine = engine;
        }

        @Override
        protected synchronized <T> T atomically(Function<? super JobRows, T> step) {
            T answer;
            try {
                answer = step.apply(engine.rows());
            } catch (RuntimeException | Error refused) {
                engine.rollback();
                throw refused;
            }
            engine.commit();
            return answer;
        }
    }

    /** Undoes nothing in truth. */
    private static final class Engine {
        private final JobTable rows = new JobTable();
        private String state = "new";
        private boolean refuses;

        private JobRows rows() {
            state = "in a step";
            return rows;
        }

        private void commit() {
            if (refuses) {
                state = "refused";
                throw new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "Disk full", null);
            }
            state = "committed";
        }

        private void rollback() {
            state = "rolled back";
        }
    }
}
