package io.forthwith.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.forthwith.Job;
import io.forthwith.UniqueKey;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.kit.internal.keys.RandomKeysContract;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRowAccess;
import io.forthwith.store.rows.TimedUniqueKey;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Random commands about unique keys and deadlines")
class PlantedKeyBugsTest {
    private static final int MOST_TRIES = 20;

    /** A bug in how rows are kept or found. */
    private enum Plant {
        NONE,
        /** A key until the start is never taken. */
        NO_START_KEY,
        /** A key until the start is still taken after the start, as one until the end is. */
        START_KEY_UNTIL_THE_END,
        /** A key for a period is free when its job has ended. */
        PERIOD_UNTIL_THE_END,
        /** A key for a period is free when its job is deleted. */
        PERIOD_UNTIL_THE_PURGE,
        /** Purge deletes keys whose period is not over. */
        PURGES_LIVE_KEYS,
        /** The input of a job is never replaced. */
        KEEPS_INPUT,
        /** A job never becomes due later. */
        KEEPS_DUE_TIME,
        /** No job expires. */
        NO_EXPIRY,
        /** A job that is retried by hand keeps its deadline. */
        KEEPS_DEADLINE
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    @DisplayName("find out a bug in the rows of a store:")
    void foundOut(Plant plant) {
        Throwable found = null;
        for (int i = 0; i < MOST_TRIES && found == null; i++) {
            found = catchThrowable(() -> play(plant));
        }
        assertThat(found).as("what they say of %s", plant).isInstanceOf(AssertionError.class);
    }

    @Test
    @DisplayName("find nothing where there is no bug")
    void nothing() {
        play(Plant.NONE);
    }

    private static void play(Plant plant) {
        PlantedStore store = new PlantedStore(plant);
        StoreFixture fixture = new StoreFixture(store, store::age);
        new RandomKeysContract() {
            @Override
            public StoreFixture fixture() {
                return fixture;
            }
        }.equalsTheModel();
    }

    private static final class PlantedStore extends AbstractJobStore {
        private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
        private final InMemoryRows rows = new InMemoryRows(() -> Instant.now().plus(moved.get()));
        private final Plant plant;
        private final JobRowAccess planted;

        PlantedStore(Plant plant) {
            this.plant = plant;
            this.planted = (JobRowAccess) Proxy.newProxyInstance(
                    JobRowAccess.class.getClassLoader(), new Class<?>[] {JobRowAccess.class}, this::call);
        }

        void age(Duration by) {
            moved.updateAndGet(before -> before.plus(by));
        }

        @Override
        protected synchronized <T> T atomically(Function<? super JobRowAccess, T> work) {
            return work.apply(planted);
        }

        private @Nullable Object call(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            Object[] given = arguments == null ? new Object[0] : arguments.clone();
            Object answer = instead(method.getName(), given);
            if (answer != null) {
                return answer == this ? null : answer;
            }
            try {
                return method.invoke(rows, given);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        }

        /** What is answered, or this store for null; null if the call goes on, perhaps with other arguments. */
        private @Nullable Object instead(String method, Object[] given) {
            return switch (plant) {
                case NONE -> null;
                case NO_START_KEY ->
                    method.equals("holderOf") && given[2] == UniqueKey.Scope.UNTIL_STARTED ? Optional.empty() : null;
                case START_KEY_UNTIL_THE_END ->
                    method.equals("holderOf") && given[2] == UniqueKey.Scope.UNTIL_STARTED
                            ? rows.newestFirst(null)
                                    .filter(job -> job.status().isOpen()
                                            && job.keyScope() == UniqueKey.Scope.UNTIL_STARTED
                                            && given[1].equals(job.uniqueKey()))
                                    .map(Job::id)
                                    .findFirst()
                            : null;
                case PERIOD_UNTIL_THE_END ->
                    periodUntil(
                            method, given, job -> job == null || job.status().isFinal());
                case PERIOD_UNTIL_THE_PURGE -> periodUntil(method, given, job -> job == null);
                case PURGES_LIVE_KEYS -> method.equals("endedPeriodKeys") ? rows.endedPeriodKeys(Instant.MAX) : null;
                case KEEPS_INPUT ->
                    changed(method, given, (before, job) -> job.toBuilder().input(before.input()));
                case KEEPS_DUE_TIME ->
                    changed(
                            method,
                            given,
                            (before, job) -> job.claim() == 0 && job.runAt().isAfter(before.runAt())
                                    ? job.toBuilder().runAt(before.runAt())
                                    : job.toBuilder());
                case NO_EXPIRY -> method.equals("expiring") ? Stream.empty() : null;
                case KEEPS_DEADLINE ->
                    changed(method, given, (before, job) -> job.toBuilder().expiresAt(before.expiresAt()));
            };
        }

        private @Nullable Object periodUntil(String method, Object[] given, Function<@Nullable Job, Boolean> isFree) {
            if (!method.equals("periodKey")) {
                return null;
            }
            TimedUniqueKey key = rows.periodKey((String) given[0], (String) given[1]);
            return key == null || isFree.apply(rows.get(key.jobId())) ? this : key;
        }

        private @Nullable Object changed(
                String method, Object[] given, java.util.function.BiFunction<Job, Job, Job.Builder> change) {
            if (method.equals("put") && given[0] instanceof Job job) {
                Job before = rows.get(job.id());
                given[0] = before == null ? job : change.apply(before, job).build();
            }
            return null;
        }
    }
}
