package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.JobMoves;
import io.forthwith.store.RetryResult;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people do to jobs: cancel and retry. */
final class ByHand {
    private final Dialect dialect;
    private final Kin kin;
    private final String holder;
    private final String openUndo;

    ByHand(Dialect dialect, Kin kin) {
        this.dialect = dialect;
        this.kin = kin;
        this.holder = dialect.sql("""
                SELECT id FROM {job} WHERE type = ? AND {open_key} = ? AND {open_key} IS NOT NULL
                  AND status IN ('pending', 'processing', 'waiting')""");
        this.openUndo = dialect.sql(
                "SELECT id FROM {job} WHERE undoes = ANY(?) AND undoes IS NOT NULL AND status <> 'completed' LIMIT 1");
    }

    Cancellation cancel(Session session, UUID id, Locale locale) throws SQLException {
        Changes changes = kin.lock(session, kin.withAncestors(session, Set.of(id)));
        Job job = changes.get(id);
        if (job == null) {
            return Cancellation.of(CancelResult.NOT_FOUND);
        }
        if (job.status().isFinal()) {
            return Cancellation.of(CancelResult.ALREADY_ENDED);
        }
        if (job.isUndo()) {
            return Cancellation.of(CancelResult.NOT_CANCELLABLE);
        }
        Cancellation cancelled = Cancellation.of(CancelResult.CANCELLED);
        if (job.status() == JobStatus.PROCESSING) {
            cancelled = Cancellation.requested(job);
            if (job.cancelRequestedAt() == null) {
                changes.put(changes.moves().requestCancel(job), locale);
            }
        } else {
            changes.put(changes.moves().cancel(job), locale);
        }
        kin.finish(session, changes);
        return cancelled;
    }

    /**
     * Locks all descendants, also those that stay as they are: none of them may end while we decide. A key that someone
     * takes between our look and our write is refused by the unique index, and all of this is done again.
     */
    RetryResult retry(Session session, UUID id) throws SQLException {
        return retry(session, id, kin.lock(session, kinship(session, id)));
    }

    /** The same, but empty if the job has no relatives and others have locked it. */
    Optional<RetryResult> retryUnlessLocked(Session session, UUID id) throws SQLException {
        Set<UUID> kinship = kinship(session, id);
        Changes changes = kinship.size() > 1 ? kin.lock(session, kinship) : kin.lockFree(session, kinship);
        return changes.get(id) == null ? Optional.empty() : Optional.of(retry(session, id, changes));
    }

    private Set<UUID> kinship(Session session, UUID id) throws SQLException {
        Set<UUID> kinship = new HashSet<>(kin.withDescendants(session, Set.of(id)));
        kinship.addAll(kin.withAncestors(session, Set.of(id)));
        return kinship;
    }

    private RetryResult retry(Session session, UUID id, Changes changes) throws SQLException {
        Job job = changes.get(id);
        if (job == null) {
            return RetryResult.of(RetryResult.Outcome.NOT_FOUND);
        }
        if (!JobMoves.isRetryable(job)) {
            return RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE);
        }
        Map<UUID, List<Job>> childrenOf = childrenOf(changes);
        List<Job> family = new ArrayList<>();
        collectEnded(job, childrenOf, family);
        Optional<UUID> undo = openUndo(session, family);
        if (undo.isPresent()) {
            return RetryResult.undoOpen(undo.get());
        }
        UUID conflict = conflict(session, family);
        if (conflict != null) {
            return RetryResult.conflict(conflict);
        }
        family.forEach(member ->
                changes.put(changes.moves().retry(member, childrenOf.containsKey(member.id())), Locale.ENGLISH));
        kin.finish(session, changes);
        return RetryResult.of(RetryResult.Outcome.RETRIED);
    }

    private Optional<UUID> openUndo(Session session, List<Job> family) throws SQLException {
        return session.first(
                openUndo, binder -> binder.ids(family.stream().map(Job::id).toList()), row -> dialect.readId(row, 1));
    }

    private static Map<UUID, List<Job>> childrenOf(Changes changes) {
        Map<UUID, List<Job>> childrenOf = new HashMap<>();
        for (UUID id : IdOrder.sorted(changes.ids())) {
            Job child = changes.get(id);
            if (child != null && child.parentId() != null) {
                childrenOf
                        .computeIfAbsent(child.parentId(), parent -> new ArrayList<>())
                        .add(child);
            }
        }
        return childrenOf;
    }

    private static void collectEnded(Job job, Map<UUID, List<Job>> childrenOf, List<Job> into) {
        into.add(job);
        for (Job child : childrenOf.getOrDefault(job.id(), List.of())) {
            if (JobMoves.isRetryable(child)) {
                collectEnded(child, childrenOf, into);
            }
        }
    }

    /** The open job that holds the key of a member, or the second member with the same key. */
    private @Nullable UUID conflict(Session session, List<Job> family) throws SQLException {
        Set<List<String>> own = new HashSet<>();
        for (Job member : family) {
            String key = member.uniqueKey();
            if (key == null) {
                continue;
            }
            List<UUID> holders = session.query(
                    holder, binder -> binder.text(member.type()).text(key), row -> dialect.readId(row, 1));
            if (!holders.isEmpty() || !own.add(List.of(member.type(), key))) {
                return holders.isEmpty() ? member.id() : holders.get(0);
            }
        }
        return null;
    }

    /** What became of a cancellation, and the claim whose worker has to be asked, if there is one. */
    record Cancellation(CancelResult result, @Nullable Claim running) {
        static Cancellation of(CancelResult result) {
            return new Cancellation(result, null);
        }

        /** Whoever wrote that a job is processing may have left out who does it. */
        static Cancellation requested(Job job) {
            return new Cancellation(CancelResult.REQUESTED, job.workerId() == null ? null : Claim.of(job));
        }
    }
}
