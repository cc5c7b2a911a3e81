package evolution;

import io.forthwith.BaseProcessor;
import io.forthwith.BulkResult;
import io.forthwith.Enqueued;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobRelations;
import io.forthwith.JobStep;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.JobException;
import io.forthwith.ActResult;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.client.ScheduleClient;
import io.forthwith.event.JobEvent;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.LabelName;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.Reason;
import io.forthwith.insight.RunningJob;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Uses what users read. It writes down what does not depend on ids, times and hosts. */
public final class Program {
    private static final JobType<String> GREET = JobType.of("greet", String.class);
    private static final JobType<String> BREAK = JobType.of("break", String.class);
    private static final StringBuilder SAID = new StringBuilder();

    private Program() {}

    /** Greets, in a step. */
    private static final class Greeter extends BaseProcessor<String, String> {
        private final Step<String> compose = step("compose", String.class);

        Greeter() {
            super(GREET);
        }

        @Override
        protected String process(String name, JobContext job) throws Exception {
            job.progress(50, "half");
            return job.run(compose, key -> "Hello, " + name);
        }
    }

    public static void main(String[] arguments) throws Exception {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        jobs.limits().put(Limit.of("tenant").concurrency(1).rate(5, Duration.ofSeconds(1)));
        jobs.schedules().put(Schedule.of("nightly", GREET, "Grace").cron("0 3 * * *").ifRunning(IfRunning.ALLOW));
        ProcessorRegistry processors = ProcessorRegistry.of(new Greeter())
                .with(BREAK, job -> {
                    throw JobException.permanent("broken", "It broke");
                });
        Enqueued greeted = jobs.enqueue(NewJob.of(GREET, "Ada").user("u1").limit("tenant", "acme"));
        say("new", greeted.isNew(), greeted.hasReplaced());
        Enqueued broken = jobs.enqueue(NewJob.of(BREAK, "x").sequence("s", SequenceFailurePolicy.BLOCK));
        Enqueued behind = jobs.enqueue(NewJob.of(GREET, "Bob").sequence("s", SequenceFailurePolicy.BLOCK));
        jobs.pauseQueue("slow", Pause.by("ada").because("a test"));
        Enqueued paused = jobs.enqueue(NewJob.of(GREET, "Cyd").queue("slow"));
        Worker worker = Worker.of(store, processors).name("one").listener(Program::event).build();
        worker.drain();
        WorkerHealth health = worker.health();
        say("health", health.status(), health.reasons());
        worker.close();

        Job job = jobs.find(greeted.id()).orElseThrow();
        JobProgress progress = job.progress();
        JobRelations relations = job.relations();
        say("job", job.type(), job.status(), job.result(), job.userId(), job.attempt(), job.priority(), job.queue());
        say("progress", progress.percent(), progress.message(), progress.currentStep(), progress.totalSteps());
        say("relations", relations.isParent(), relations.position(), relations.onChildFailure());
        for (FailedAttempt failure : jobs.failures(broken.id())) {
            say("failure", failure.attempt(), failure.kind(), failure.code(), failure.message());
        }
        JobError error = JobError.permanent("code", "message");
        say("error", error.kind(), error.code(), error.message(), error.retryable());
        for (JobStep step : jobs.steps(greeted.id())) {
            say("step", step.name(), step.isFinished(), step.result(), step.position());
        }
        for (PausedQueue queue : jobs.pausedQueues()) {
            say("paused", queue.queue(), queue.pause().by(), queue.pause().reason());
        }
        for (QueueState queue : jobs.queues()) {
            say("queue", queue.queue(), queue.due(), queue.scheduled(), queue.running(), queue.pause() != null);
        }
        JobPage page = jobs.search(JobQuery.all().user("u1"));
        say("page", page.jobs().size(), page.next());
        for (LabelName label : List.<LabelName>of()) {
            say("label", label.name(), label.since());
        }
        for (RunningJob running : List.<RunningJob>of()) {
            say("running", running.type(), running.lostWorkers());
        }
        for (JobOutcomes outcomes : jobs.outcomes(Instant.EPOCH, Instant.parse("2100-01-01T00:00:00Z"))) {
            say("outcomes", outcomes.type(), outcomes.outcome(), outcomes.jobs(), outcomes.waits().total());
        }
        for (RegisteredWorker state : jobs.workers()) {
            WorkerInfo info = state.info();
            WorkerInfo.Serves serves = info.serves();
            WorkerInfo.Schedules schedules = info.schedules();
            WorkerLoad load = state.load();
            say("worker", state.isAlive(), info.pid() > 0, serves.queues(), serves.concurrency(), schedules, load.isStopping());
        }
        LimitState state = jobs.limits().state(new LimitKey("tenant", "acme"));
        LimitChangeResult change = jobs.limits().pause(new LimitKey("tenant", "acme"), Pause.by("ada").because("no paper"));
        say("change", change.key(), change.wasPaused(), change.pause().by());
        change = jobs.limits().resume(change.key());
        say("change", change.wasPaused(), change.pause());
        say("limit", state.key(), state.limit(), state.isOverridden(), state.pause(), state.running(), state.waiting());
        WaitingJobs waiting = jobs.limits().waitingJobs(new LimitKey("tenant", "acme"), 10);
        say("waiting", waiting.first(), waiting.areAll(), waiting.parts().size());
        for (WaitingJobs.Part part : waiting.parts()) {
            say("part", part.queue(), part.type(), part.jobs());
        }
        for (BlockedSequence blocked : jobs.limits().blocked(null, 10)) {
            say("blocked", blocked.key(), blocked.type(), blocked.message());
        }
        StoredSchedule schedule = jobs.schedules().find("nightly").orElseThrow();
        StoredSchedule.Declaration declaration = schedule.declaration();
        StoredSchedule.Progress fired = schedule.progress();
        say("schedule", schedule.name(), schedule.definition(), declaration, schedule.pause(), fired.fired(), fired.error());
        ScheduleDefinition definition = schedule.definition();
        say("definition", definition.type(), definition.cron(), definition.queue());
        ScheduleClient.Backfilled backfilled = jobs.schedules().backfill("nightly", Instant.EPOCH, Instant.EPOCH);
        say("backfilled", backfilled.times(), backfilled.next());
        Diagnosis diagnosis = jobs.why(behind.id());
        say("first", diagnosis.first().name(), diagnosis.checked());
        for (Reason reason : jobs.why(paused.id()).reasons()) {
            reason(reason);
        }
        ActResult retried = jobs.retry(broken.id());
        say("retried", retried.outcome(), retried.conflictingId());
        BulkResult cancelled = jobs.cancelAll(JobQuery.all().open());
        say("cancelled", cancelled.done(), cancelled.skipped(), cancelled.next());
        UUID none = new UUID(0, 9);
        say("none", jobs.find(none).isPresent(), jobs.cancel(none), jobs.retry(none));
        Files.writeString(Path.of(arguments[0]), SAID);
    }

    /** A program has a way out for kinds that it does not know: the compiler asks for it. */
    private static void reason(Reason reason) {
        if (reason instanceof Reason.QueuePaused paused) {
            say("a reason", paused.queue(), paused.pause().by());
        } else {
            say("another reason", reason.name());
        }
    }

    private static void event(JobEvent event) {
        if (event instanceof JobEvent.Completed completed) {
            say("an event", completed.job().type());
        } else if (event instanceof JobEvent.Failed failed) {
            say("a failure", failed.job().type(), failed.error().code());
        } else {
            say("another event", event.getClass().getSimpleName());
        }
    }

    private static synchronized void say(Object... parts) {
        SAID.append(Arrays.deepToString(parts)).append('\n');
    }
}
