package io.forthwith.worker.internal;

import io.forthwith.event.JobInterceptor;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.BatchJobAnswer;
import io.forthwith.worker.internal.attempt.RunningBatch;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.report.JobMdc;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Runs the attempts of a batch in one call. What begins and ends each of them is that of {@link JobRunner}: an error with one job does not
 * reach the others. Thread-safe.
 */
final class BatchRunner {
    private final JobRunner runner;
    private final JobInterceptor interceptor;

    BatchRunner(JobRunner runner, JobInterceptor interceptor) {
        this.runner = runner;
        this.interceptor = interceptor;
    }

    /** Runs a batch on the current thread. */
    void run(RunningBatch batch) {
        List<RunningJob> begun = begin(batch);
        if (begun.isEmpty()) {
            return;
        }
        UUID first = begun.get(0).job().id();
        begun.forEach(run -> runner.announce(run, first));
        JobMdc.putType(begun.get(0).job());
        List<BatchJobAnswer> answers = batch.call(begun, interceptor);
        // An interrupt is meant for the call, and must not reach the undo action of another job.
        List<AttemptOutcome> outcomes = batch.shielded(() -> outcomes(begun, answers));
        runner.end(begun);
        runner.rest(begun, outcomes);
        for (int i = 0; i < begun.size(); i++) {
            record(begun.get(i), outcomes.get(i));
        }
    }

    private List<RunningJob> begin(RunningBatch batch) {
        List<RunningJob> begun = new ArrayList<>();
        for (RunningJob run : batch.jobs()) {
            if (runner.begin(now -> batch.begin(run, now))) {
                if (!runner.failsUnstarted(run)) {
                    begun.add(run);
                }
            } else {
                runner.giveBack(run);
            }
        }
        batch.begun(begun);
        return begun;
    }

    private List<AttemptOutcome> outcomes(List<RunningJob> begun, List<BatchJobAnswer> answers) {
        List<AttemptOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < begun.size(); i++) {
            JobMdc.put(begun.get(i).job());
            outcomes.add(outcome(begun.get(i), answers.get(i)));
        }
        return outcomes;
    }

    private AttemptOutcome outcome(RunningJob run, BatchJobAnswer answer) {
        Throwable failure = answer.failure();
        try {
            if (failure == null) {
                return runner.returned(run, answer.result());
            }
            run.undoActions().run(failure);
            return JobRunner.threw(run, failure);
        } finally {
            run.spawning().close();
        }
    }

    private void record(RunningJob run, AttemptOutcome outcome) {
        try {
            JobMdc.put(run.job());
            runner.record(run, outcome);
            runner.lookForFatalError(run.job(), outcome);
        } catch (Throwable bug) {
            runner.brokeDown(run, bug);
        }
    }
}
