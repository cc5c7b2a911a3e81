package io.forthwith.worker;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.json.JobCodec;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import io.forthwith.worker.PlugInFault.PlugIn;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** The jobs of {@link PlugInScenario}. */
final class PlugInProcessors {
    /** What happens to a job. */
    enum Kind {
        OK(JobStatus.COMPLETED),
        PROGRESS(JobStatus.COMPLETED),
        RESULT(JobStatus.COMPLETED),
        FAIL(JobStatus.FAILED),
        CRASH(JobStatus.FAILED),
        SECRET(JobStatus.FAILED),
        RETRY(JobStatus.COMPLETED),
        BAD_BACK_OFF(JobStatus.FAILED),
        LATER(JobStatus.COMPLETED),
        RATE_LIMITED(JobStatus.COMPLETED),
        CANCELLED(JobStatus.CANCELLED),
        CANCELLED_BAD_UNDO(JobStatus.CANCELLED),
        CHILDREN(JobStatus.COMPLETED),
        CONFLICT(JobStatus.FAILED),
        UNSTORABLE(JobStatus.FAILED),
        TOO_LARGE(JobStatus.FAILED),
        IN_TRANSACTION(JobStatus.COMPLETED),
        HANGS(JobStatus.FAILED),
        LOST(JobStatus.COMPLETED),
        LOCKED(JobStatus.COMPLETED),
        STEP(JobStatus.FAILED);

        final JobStatus end;

        Kind(JobStatus end) {
            this.end = end;
        }

        JobType<String> type() {
            return JobType.of("kind_" + name().toLowerCase(Locale.ROOT), String.class);
        }
    }

    /** How often the undo action of each attempt has run. */
    final Map<Claim, Integer> undone = new LinkedHashMap<>();
    /** Whether the step of the job with a durable step has run and is not undone. */
    boolean isPaid;

    private boolean isFirstUndo = true;
    private final Consumer<PlugIn> hit;
    private final JobStore memory;
    private final JobClient jobs;
    private final Runnable hang;
    private final Runnable loseLease;

    PlugInProcessors(Consumer<PlugIn> hit, JobStore memory, Runnable hang, Runnable loseLease) {
        this.hit = hit;
        this.memory = memory;
        this.jobs = JobClient.of(memory);
        this.hang = hang;
        this.loseLease = loseLease;
    }

    ProcessorRegistry registry() {
        ProcessorRegistry registry = ProcessorRegistry.of(new Stepping());
        for (Kind kind : Kind.values()) {
            if (kind != Kind.STEP) {
                registry = registry.with(kind.type(), new Doing(kind));
            }
        }
        return registry;
    }

    private final class Stepping extends BaseProcessor<String, String> {
        private final Step<String> pay = step("pay", String.class).undo((receipt, key) -> {
            if (isFirstUndo) {
                isFirstUndo = false;
                throw new IllegalStateException("the first undo fails");
            }
            isPaid = false;
        });

        Stepping() {
            super(Kind.STEP.type());
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            registerUndo(job);
            job.run(pay, key -> {
                isPaid = true;
                return "paid";
            });
            throw JobException.permanent("sold out");
        }
    }

    private void registerUndo(JobContext job) {
        Claim claim = Claim.of(job.job());
        undone.put(claim, 0);
        job.onFailure(() -> undone.merge(claim, 1, Integer::sum));
    }

    private final class Doing implements Processor {
        private final Kind kind;

        Doing(Kind kind) {
            this.kind = kind;
        }

        @Override
        public Object process(JobContext job) throws Exception {
            registerUndo(job);
            boolean isFirst = job.job().claim() == 1;
            switch (kind) {
                case PROGRESS -> job.progress(50, "half");
                case RESULT -> {
                    return new Result();
                }
                case FAIL -> throw JobException.permanent("broken");
                case CRASH -> throw new ArithmeticException("crash");
                case SECRET -> throw JobException.permanent("the secret");
                case RETRY, BAD_BACK_OFF -> {
                    if (isFirst) {
                        throw JobException.retryable("not this time");
                    }
                }
                case LATER -> {
                    if (isFirst) {
                        throw new NotReadyException(Duration.ofSeconds(1), "not yet");
                    }
                }
                case RATE_LIMITED -> {
                    if (isFirst) {
                        throw JobException.rateLimited("another-limit", Duration.ofSeconds(1));
                    } else if (job.job().claim() == 2) {
                        throw JobException.rateLimited(Duration.ofSeconds(1));
                    }
                }
                case CANCELLED -> jobs.cancel(job.id());
                case CANCELLED_BAD_UNDO -> {
                    job.onFailure(() -> {
                        throw new IllegalStateException("an undo that fails");
                    });
                    jobs.cancel(job.id());
                }
                case CHILDREN -> job.spawn(NewJob.of(Kind.OK.type(), "child"));
                case CONFLICT -> job.spawn(NewJob.of(Kind.OK.type(), "child").uniqueKey("taken"));
                case UNSTORABLE -> {
                    return "unstorable";
                }
                case TOO_LARGE -> {
                    return "x".repeat(JobCodec.DEFAULT_MAX_BYTES);
                }
                case IN_TRANSACTION -> completeAndThrow(job);
                case HANGS -> hang.run();
                case LOST -> {
                    if (isFirst) {
                        loseLease.run();
                    }
                }
                default -> {}
            }
            return "done";
        }

        @Override
        public RetryPolicy retryPolicy() {
            return RetryPolicy.custom(attempt -> {
                hit.accept(PlugIn.BACK_OFF);
                if (kind == Kind.BAD_BACK_OFF) {
                    throw new IllegalStateException("a back-off that always throws");
                }
                return Duration.ofSeconds(1);
            });
        }
    }

    /** A result whose reading throws. */
    private final class Result {
        @SuppressWarnings({"unused", "EffectivelyPrivate"}) // Jackson reads it, and only if it is public
        public String getText() {
            hit.accept(PlugIn.RESULT);
            return "text";
        }
    }

    private void completeAndThrow(JobContext job) {
        TransactionalCompletion completion = AttemptParts.of(job).completion();
        String result = completion.begin("written");
        memory.settle(List.of(Settlement.complete(Claim.of(job.job()), result).in(Locale.ENGLISH)));
        completion.committed();
        throw new IllegalStateException("after the commit");
    }
}
