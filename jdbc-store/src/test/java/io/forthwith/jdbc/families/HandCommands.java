package io.forthwith.jdbc.families;

import io.forthwith.BulkRetry;
import io.forthwith.JobQuery;
import io.forthwith.RetryResult;
import io.forthwith.store.Retention;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** What people do to jobs by hand. */
final class HandCommands {
    private HandCommands() {}

    record Cancelling(int which) implements Command {
        @Override
        public void issue(Duel duel) {
            String name = duel.name(which, Node::isOpen);
            duel.check(
                    duel.ask("cancel " + name, () -> duel.store().cancel(duel.cast.id(name), Locale.ENGLISH)),
                    duel.model.cancel(name));
        }
    }

    record Retrying(int which) implements Command {
        @Override
        public void issue(Duel duel) {
            String name =
                    duel.name(which / 2, which % 2 == 0 ? Node::isBad : job -> isChildOfOpen(job, duel.model.jobs()));
            duel.checkAny(
                    duel.ask("retry " + name, () -> {
                        RetryResult result = duel.store().retry(duel.cast.id(name));
                        return result.conflictingId() == null
                                ? result.outcome().name()
                                : result.outcome() + " " + duel.cast.name(result.conflictingId());
                    }),
                    duel.model.retry(name));
        }

        @Override
        public boolean isByHand() {
            return true;
        }

        /** Its parent goes on without it, perhaps to be overtaken by it. */
        private static boolean isChildOfOpen(Node job, Nodes jobs) {
            Node parent = jobs.parentOf(job);
            return job.isBad() && parent != null && parent.isOpen();
        }
    }

    /** Retries what has failed or was cancelled, highest ids first. */
    record RetryingPage(int limit) implements Command {
        @Override
        public void issue(Duel duel) {
            List<Node> bad = duel.jobs(Node::isBad).stream()
                    .sorted((one, other) -> duel.cast.id(other.name).compareTo(duel.cast.id(one.name)))
                    .toList();
            BulkRetry answer = duel.ask(
                    "retry a page of " + limit,
                    () -> duel.store().retryPage(JobQuery.all().limit(limit)));
            long retried = 0;
            long conflicts = 0;
            for (Node job : bad.subList(0, Math.min(limit, bad.size()))) {
                Set<String> outcomes = duel.model.retry(job.name);
                retried += outcomes.contains("RETRIED") ? 1 : 0;
                conflicts += outcomes.toString().contains("CONFLICT") ? 1 : 0;
            }
            UUID last = bad.size() < limit ? null : duel.cast.id(bad.get(limit - 1).name);
            Set<BulkRetry> wanted = new HashSet<>(Set.of(new BulkRetry(retried, 0, conflicts, 0, last)));
            if (bad.size() == limit) {
                wanted.add(new BulkRetry(retried, 0, conflicts, 0, null));
            }
            duel.checkAny(answer, wanted);
        }

        @Override
        public boolean isByHand() {
            return true;
        }
    }

    record Purging() implements Command {
        @Override
        public void issue(Duel duel) {
            Retention none = new Retention(Duration.ZERO, Duration.ZERO);
            duel.check(duel.ask("purge", () -> duel.store().purge(none, 1_000)), duel.model.purge());
        }
    }
}
