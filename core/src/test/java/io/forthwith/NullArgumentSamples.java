package io.forthwith;

import io.forthwith.client.JobClient;
import io.forthwith.client.Limits;
import io.forthwith.client.ScheduleClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.internal.AttemptUndos;
import io.forthwith.internal.job.JobsToSpawn;
import io.forthwith.json.Jackson3Codec;
import io.forthwith.json.JobCodec;
import io.forthwith.json.internal.JobJson;
import io.forthwith.json.internal.ScheduleEncoder;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.CatchUp;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import io.forthwith.store.JoinedStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.lang.reflect.Array;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** One valid value of each type that a method of the library takes, and one object of each class. */
final class NullArgumentSamples {
    private static final JobType<String> TYPE = JobType.of("sample", String.class);
    private static final JobStore STORE = new InMemoryJobStore();

    private static final Map<Class<?>, Supplier<Object>> SAMPLES = Map.ofEntries(
            Map.entry(int.class, () -> 1),
            Map.entry(long.class, () -> 1L),
            Map.entry(double.class, () -> 0.5),
            Map.entry(boolean.class, () -> true),
            Map.entry(String.class, () -> "sample"),
            Map.entry(Object.class, () -> "sample"),
            Map.entry(UUID.class, UUID::randomUUID),
            Map.entry(Duration.class, () -> Duration.ofSeconds(1)),
            Map.entry(Instant.class, () -> Instant.EPOCH),
            Map.entry(Locale.class, () -> Locale.ENGLISH),
            Map.entry(Class.class, () -> String.class),
            Map.entry(Type.class, () -> String.class),
            Map.entry(JsonMapper.class, JsonMapper::new),
            Map.entry(Throwable.class, IllegalStateException::new),
            Map.entry(List.class, ArrayList::new),
            Map.entry(Collection.class, ArrayList::new),
            Map.entry(Set.class, HashSet::new),
            Map.entry(Map.class, HashMap::new),
            Map.entry(JobType.class, () -> TYPE),
            Map.entry(ReturningJobType.class, () -> TYPE.returning(String.class)),
            Map.entry(TypeRef.class, () -> TypeRef.of(String.class)),
            Map.entry(NewJob.class, () -> NewJob.of(TYPE, "x")),
            Map.entry(JobQuery.class, JobQuery::all),
            Map.entry(UniqueKey.class, () -> UniqueKey.of("key")),
            Map.entry(JobChange.class, () -> JobChange.of().priority(1)),
            Map.entry(
                    Job.class,
                    () -> Job.builder(new UUID(0, 1), "sample", Instant.EPOCH).build()),
            Map.entry(JobError.class, () -> JobError.permanent("sample", "Sample")),
            Map.entry(JobException.class, () -> JobException.user("sample", "Sample")),
            Map.entry(JobContext.class, () -> FakeJobContext.of("x")),
            Map.entry(JobsToSpawn.class, () -> new JobsToSpawn(new UUID(0, 1), job -> {})),
            Map.entry(AttemptUndos.class, AttemptUndos::new),
            Map.entry(ErrorClassifier.class, ErrorClassifier::standard),
            Map.entry(RetryPolicy.class, RetryPolicy::exponential),
            Map.entry(Step.class, () -> Step.of("sample", String.class)),
            Map.entry(Retention.class, () -> Retention.DEFAULT),
            Map.entry(CatchUp.class, () -> CatchUp.LATEST),
            Map.entry(Schedule.class, () -> Schedule.of("sample", TYPE, "x").cron("@daily")),
            Map.entry(
                    ScheduleDefinition.class,
                    () -> ScheduleEncoder.encode(
                            Schedule.of("sample", TYPE, "x").cron("@daily"), JobJson.standard())),
            Map.entry(
                    StoredSchedule.class,
                    () -> ReadModelFactory.storedSchedule(
                            "sample",
                            new UUID(0, 1),
                            Instant.EPOCH,
                            (ScheduleDefinition) of(ScheduleDefinition.class),
                            null,
                            null,
                            StoredSchedule.Progress.NONE)),
            Map.entry(StoredSchedule.Progress.class, () -> StoredSchedule.Progress.NONE),
            Map.entry(
                    StoredSchedule.Declaration.class,
                    () -> ReadModelFactory.scheduleDeclaration("sample", 1, Instant.EPOCH, null)),
            Map.entry(Pause.class, () -> ReadModelFactory.pause(Instant.EPOCH, null, null)),
            Map.entry(ZoneId.class, () -> ZoneId.of("UTC")),
            Map.entry(ScheduleClient.class, () -> JobClient.of(STORE).schedules()),
            Map.entry(Limits.class, () -> JobClient.of(STORE).limits()),
            Map.entry(JobCodec.class, JobCodec::standard),
            Map.entry(Jackson3Codec.class, () -> Jackson3Codec.of(new JsonMapper())),
            Map.entry(BaseProcessor.class, () -> new Processor(TYPE)),
            Map.entry(JobQuery.Label.class, () -> new JobQuery.Label("order", "4711")),
            Map.entry(LimitKey.class, () -> new LimitKey("tenant", "acme")),
            Map.entry(Limit.class, () -> Limit.of("tenant")),
            Map.entry(JobStore.class, () -> STORE),
            Map.entry(BatchProcessor.class, NullArgumentSamples::batches),
            Map.entry(
                    BatchJob.class,
                    () -> batches().process(List.of(FakeJobContext.of("x"))).get(0)),
            Map.entry(ProcessorRegistry.class, () -> ProcessorRegistry.of().with(TYPE, job -> null)),
            Map.entry(
                    WorkerBuilder.class,
                    () -> Worker.of(STORE, ProcessorRegistry.of().with(TYPE, job -> null))),
            Map.entry(JobClient.class, () -> JobClient.of(STORE)),
            Map.entry(TransactionJobs.class, () -> TransactionJobs.of((JoinedStore) stub(JoinedStore.class))));

    private NullArgumentSamples() {}

    static Object of(Class<?> type) {
        Supplier<Object> sample = SAMPLES.get(type);
        if (sample != null) {
            return sample.get();
        }
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), 0);
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type.isInterface()) {
            return stub(type);
        }
        throw new AssertionError("Add a sample of " + type);
    }

    private static BatchProcessor<String, Object> batches() {
        return BatchProcessor.of(TYPE, 2, jobs -> {});
    }

    private static Object stub(Class<?> type) {
        return Proxy.newProxyInstance(
                NullArgumentSamples.class.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> null);
    }

    /** Does nothing. */
    static final class Processor extends BaseProcessor<String, String> {
        Processor(JobType<String> type) {
            super(type);
        }

        @Override
        protected String process(String input, JobContext job) {
            return input;
        }
    }
}
