package io.forthwith.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRowAccess;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which hints a transaction gives, and when; and what happens when transactions conflict. */
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
    void begins_no_transaction_for_a_call_that_contradicts_itself() {
        EncodedJob job = new EncodedJob(NewJob.of(TYPE, 1), "1");

        assertThatThrownBy(() -> store.add(List.of(job, job))).isInstanceOf(IllegalArgumentException.class);

        assertThat(engine.state).isEqualTo("new");
    }

    @Test
    void purges_nothing_that_is_kept_for_ever() {
        Duration forEver = ChronoUnit.FOREVER.getDuration();

        assertThat(store.purge(Retention.DEFAULT.completed(forEver).failed(forEver), 10)
                        .jobs())
                .isZero();
    }

    @Test
    void repeats_a_transaction_that_another_one_was_in_the_way_of_and_tells_once() {
        engine.conflicts = 5;

        add();

        assertThat(engine.conflicts).isZero();
        assertThat(told).containsExactly("added, committed");
    }

    @Test
    void repeats_nothing_that_failed_for_another_reason() {
        engine.refuses = true;
        engine.conflicts = 1;

        assertThatThrownBy(this::add).isInstanceOf(JobStoreException.class).hasMessage("Disk full");
        assertThat(engine.commits).isEqualTo(2);
    }

    @Test
    void takes_over_each_dead_worker_in_a_transaction_of_its_own_and_orphans_too() {
        add();
        add();
        Job first = claim();
        Job second = claim();
        store.deregister(second.workerId());
        store.register(ReadModelFactory.workerInfo(first.workerId(), "w", "host", 1), Duration.ZERO);
        int before = engine.commits;

        assertThat(store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .extracting(TakenOver::jobId)
                .containsExactly(first.id(), second.id());

        assertThat(engine.commits - before)
                .as("three that look for dead workers, and one for each")
                .isEqualTo(5);
        assertThat(store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .isEmpty();
    }

    @Test
    void takes_over_more_dead_workers_than_it_reads_at_a_time() {
        List<UUID> jobs = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            add();
            Job job = claim();
            jobs.add(job.id());
            if (i % 2 == 0) {
                store.deregister(job.workerId());
            } else {
                store.register(ReadModelFactory.workerInfo(job.workerId(), "w", "host", 1), Duration.ZERO);
            }
        }
        add();
        Job alive = claim();

        assertThat(store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .extracting(TakenOver::jobId)
                .containsExactlyInAnyOrderElementsOf(jobs)
                .doesNotContain(alive.id());
    }

    private void add() {
        store.add(List.of(new EncodedJob(NewJob.of(TYPE, 1), "1")));
    }

    private Job claim() {
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "w", "host", 1), Duration.ofMinutes(1));
        return store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(TYPE.name()), 3))
                .get(0);
    }

    @Test
    void a_schedule_whose_job_the_engine_cannot_keep_stops_no_other() {
        JobClient jobs = JobClient.of(store);
        for (String name : List.of("a", "b", "c")) {
            jobs.schedules()
                    .put(Schedule.of(name, TYPE, 1)
                            .every(Duration.ofMinutes(10))
                            .job(job -> job.queue("queue-" + name)));
        }
        store.schedules().orElseThrow().fireDue(10);
        engine.later(Duration.ofMinutes(11));
        engine.refusedQueue = "queue-b";

        store.schedules().orElseThrow().fireDue(10);

        assertThat(jobs.scan(JobQuery.all())).extracting(Job::queue).containsExactlyInAnyOrder("queue-a", "queue-c");
        assertThat(store.schedules().orElseThrow().failing(10)).containsOnly(entry("b", "Too large for queue-b"));
        assertThat(store.schedules().orElseThrow().fireDue(10).schedules()).isZero();
    }

    @Test
    void schedules_stay_due_while_the_engine_is_out_of_order() {
        JobClient.of(store).schedules().put(Schedule.of("a", TYPE, 1).every(Duration.ofMinutes(10)));
        store.schedules().orElseThrow().fireDue(10);
        engine.later(Duration.ofMinutes(11));
        engine.refuses = true;

        assertThatThrownBy(() -> store.schedules().orElseThrow().fireDue(10))
                .isInstanceOf(JobStoreException.class)
                .hasMessage("Disk full");
    }

    private static final class EngineJobStore extends AbstractJobStore {
        private final Engine engine;

        private EngineJobStore(Engine engine) {
            super(new Random(1));
            this.engine = engine;
        }

        @Override
        protected synchronized <T> T atomically(Function<? super JobRowAccess, T> work) {
            engine.collide();
            T answer;
            try {
                answer = work.apply(engine.rows());
            } catch (RuntimeException | Error refused) {
                engine.rollback();
                throw refused;
            }
            engine.commit();
            return answer;
        }

        @Override
        protected boolean isConflict(RuntimeException thrown) {
            return thrown instanceof ConcurrentModificationException;
        }
    }

    /** Its rollback does nothing. */
    private static final class Engine {
        private Instant now = Instant.parse("2026-03-04T05:06:07Z");
        private final InMemoryRows rows = new InMemoryRows(() -> now);
        private @Nullable String refusedQueue;
        private String state = "new";
        private boolean refuses;
        private int conflicts;
        private int commits;

        private JobRowAccess rows() {
            state = "in a transaction";
            return refusedQueue == null ? rows : Refusing.rows(rows, refusedQueue);
        }

        private void later(Duration time) {
            now = now.plus(time);
        }

        private void collide() {
            if (conflicts > 0) {
                conflicts--;
                commits++;
                throw new ConcurrentModificationException("Another transaction was in the way");
            }
        }

        private void commit() {
            commits++;
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

    /** Rows that cannot keep the jobs of a queue. */
    private record Refusing(JobRowAccess rows, String queue) implements InvocationHandler {
        private static JobRowAccess rows(JobRowAccess rows, String queue) {
            return (JobRowAccess) Proxy.newProxyInstance(
                    Refusing.class.getClassLoader(), new Class<?>[] {JobRowAccess.class}, new Refusing(rows, queue));
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            if (arguments != null
                    && arguments[0] instanceof Job job
                    && job.queue().equals(queue)) {
                throw new JobStoreException(JobStoreException.Kind.PERMANENT, "Too large for " + queue, null);
            }
            try {
                return method.invoke(rows, arguments);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        }
    }
}
