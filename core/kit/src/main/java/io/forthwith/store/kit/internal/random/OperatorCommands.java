package io.forthwith.store.kit.internal.random;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.JobQuery;
import io.forthwith.Retention;
import io.forthwith.internal.LibraryOnly;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** What operators do to jobs by hand. */
final class OperatorCommands {
    private OperatorCommands() {}

    record Cancelling(int which) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            String name = run.name(which, ModelJob::isOpen);
            run.check(
                    run.ask("cancel " + name, () -> run.store().cancel(run.cast.id(name), Locale.ENGLISH)),
                    run.model.cancel(name));
        }
    }

    record Retrying(int which) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            String name = run.name(
                    which / 2, which % 2 == 0 ? ModelJob::isRetryable : job -> isChildOfOpen(job, run.model.jobs()));
            run.checkAny(
                    run.ask("retry " + name, () -> {
                        ActResult result = run.store().retry(run.cast.id(name));
                        return result.conflictingId() == null
                                ? result.outcome().name()
                                : result.outcome() + " with " + run.cast.name(result.conflictingId());
                    }),
                    run.model.retry(name));
        }

        @Override
        public boolean isByHand() {
            return true;
        }

        /** Its parent goes on without it. */
        private static boolean isChildOfOpen(ModelJob job, ModelJobs jobs) {
            ModelJob parent = jobs.parentOf(job);
            return job.isRetryable() && parent != null && parent.isOpen();
        }
    }

    /** Retries what has failed or was cancelled, highest ids first. */
    record RetryingPage(int limit) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            List<ModelJob> bad = run.jobs(ModelJob::isRetryable).stream()
                    .sorted(Comparator.comparing((ModelJob job) -> job.id.toString())
                            .reversed())
                    .toList();
            BulkResult answer = run.ask(
                    "retry a page of " + limit,
                    () -> run.store().retryPage(JobQuery.all().atMost(limit)));
            long retried = 0;
            long conflicts = 0;
            for (ModelJob job : bad.subList(0, Math.min(limit, bad.size()))) {
                Set<String> outcomes = run.model.retry(job.name);
                retried += outcomes.contains("DONE") ? 1 : 0;
                conflicts += outcomes.toString().contains("KEY_TAKEN") ? 1 : 0;
            }
            UUID last = bad.size() < limit ? null : run.cast.id(bad.get(limit - 1).name);
            BulkResult all = BulkResult.ofDone(LibraryOnly.KEY, retried)
                    .and(LibraryOnly.KEY, ActResult.Outcome.KEY_TAKEN, conflicts);
            Set<BulkResult> wanted = new HashSet<>(Set.of(all.goingOnFrom(LibraryOnly.KEY, last)));
            if (bad.size() == limit) {
                wanted.add(all);
            }
            run.checkAny(answer, wanted);
        }

        @Override
        public boolean isByHand() {
            return true;
        }
    }

    record Purging() implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            Retention none = Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);
            run.check(
                    run.ask("purge", () -> run.store().purge(none, 1_000).jobs()), run.model.purge(0, 0, Command.NONE));
        }
    }
}
