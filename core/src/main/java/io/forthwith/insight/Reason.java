package io.forthwith.insight;

import io.forthwith.JobStatus;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.ReasonTexts;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A reason why a job does not run, with its evidence. Immutable. {@link Diagnosis} has them in the order in which they matter, which is the
 * order of the records below.
 */
public interface Reason {
    /** What is so, in one sentence for a person; in Chinese if the language is {@code zh}, otherwise in English. */
    default String text(Locale locale) {
        return ReasonTexts.in(locale).what(key(this), evidence());
    }

    /** What to do about it, for a person; empty if there is nothing to do. */
    default String remedy(Locale locale) {
        return ReasonTexts.in(locale).remedy(key(this), evidence());
    }

    /** Its name, as in {@link Diagnosis#checked}. */
    default String name() {
        return getClass().getSimpleName();
    }

    /** The values of its sentences, in their order. */
    List<Object> evidence();

    /** Which sentences say it. */
    private static String key(Reason reason) {
        String variant = "";
        if (reason instanceof NotDue notDue) {
            variant = "." + notDue.cause;
        } else if (reason instanceof QueuePaused paused && paused.pause.by() == null) {
            variant = ".nobody";
        } else if (reason instanceof QueueUnserved unserved && unserved.similar.isEmpty()) {
            variant = ".none";
        } else if (reason instanceof Behind behind && behind.estimate != null) {
            variant = ".rate";
        } else if (reason instanceof NothingFound found && found.due == null) {
            variant = ".waiting";
        } else if (reason instanceof Limited limited) {
            variant = limited.variant();
        } else if (reason instanceof Expires expires && expires.left.isZero()) {
            variant = ".passed";
        }
        return reason.name() + variant;
    }

    /** There is no such job: it was not committed yet, or was rolled back, purged, or deleted when it completed. */
    final class NotFound implements Reason {
        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public NotFound(LibraryOnly by) {
            Objects.requireNonNull(by, "by");
        }

        @Override
        public List<Object> evidence() {
            return List.of();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof NotFound;
        }

        @Override
        public int hashCode() {
            return NotFound.class.hashCode();
        }

        @Override
        public String toString() {
            return "NotFound[]";
        }
    }

    /** The job has ended. */
    final class Ended implements Reason {
        private final JobStatus status;
        private final @Nullable Instant at;
        private final @Nullable String message;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Ended(LibraryOnly by, JobStatus status, @Nullable Instant at, @Nullable String message) {
            Objects.requireNonNull(by, "by");
            this.status = status;
            this.at = at;
            this.message = message;
        }

        public JobStatus status() {
            return status;
        }

        /** When. */
        public @Nullable Instant at() {
            return at;
        }

        /** What its user is told; null if it completed. */
        public @Nullable String message() {
            return message;
        }

        @Override
        public List<Object> evidence() {
            return List.of(status, at == null ? "?" : at, message == null ? "" : message);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Ended that
                    && Objects.equals(status, that.status)
                    && Objects.equals(at, that.at)
                    && Objects.equals(message, that.message);
        }

        @Override
        public int hashCode() {
            return Objects.hash(status, at, message);
        }

        @Override
        public String toString() {
            return "Ended[status=" + status + ", at=" + at + ", message=" + message + "]";
        }
    }

    /** A worker runs the job. */
    final class Running implements Reason {
        private final String worker;
        private final Duration since;
        private final Duration sinceChange;
        private final Duration leaseLeft;
        private final boolean cancelRequested;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Running(
                LibraryOnly by,
                String worker,
                Duration since,
                Duration sinceChange,
                Duration leaseLeft,
                boolean cancelRequested) {
            Objects.requireNonNull(by, "by");
            this.worker = worker;
            this.since = since;
            this.sinceChange = sinceChange;
            this.leaseLeft = leaseLeft;
            this.cancelRequested = cancelRequested;
        }

        /** Its name. */
        public String worker() {
            return worker;
        }

        /** For how long. */
        public Duration since() {
            return since;
        }

        /**
         * How long ago its row last changed: by the claim, its progress, the beginning of a durable step that can be undone, or a request to cancel.
         */
        public Duration sinceChange() {
            return sinceChange;
        }

        /** How long its lease lasts without another heartbeat. */
        public Duration leaseLeft() {
            return leaseLeft;
        }

        /** Whether the job is to be cancelled. */
        public boolean cancelRequested() {
            return cancelRequested;
        }

        @Override
        public List<Object> evidence() {
            return List.of(worker, since, leaseLeft, cancelRequested, sinceChange);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Running that
                    && Objects.equals(worker, that.worker)
                    && Objects.equals(since, that.since)
                    && Objects.equals(sinceChange, that.sinceChange)
                    && Objects.equals(leaseLeft, that.leaseLeft)
                    && cancelRequested == that.cancelRequested;
        }

        @Override
        public int hashCode() {
            return Objects.hash(worker, since, sinceChange, leaseLeft, cancelRequested);
        }

        @Override
        public String toString() {
            return "Running[worker=" + worker + ", since=" + since + ", sinceChange=" + sinceChange + ", leaseLeft="
                    + leaseLeft + ", cancelRequested=" + cancelRequested + "]";
        }
    }

    /** The worker that holds the job is dead, and another one takes the job over soon. */
    final class WorkerDead implements Reason {
        private final String worker;
        private final @Nullable Duration since;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public WorkerDead(LibraryOnly by, String worker, @Nullable Duration since) {
            Objects.requireNonNull(by, "by");
            this.worker = worker;
            this.since = since;
        }

        /** Its name, or its id if it is not registered any more. */
        public String worker() {
            return worker;
        }

        /** For how long its lease has been over; null if it is not registered. */
        public @Nullable Duration since() {
            return since;
        }

        @Override
        public List<Object> evidence() {
            return List.of(worker, since == null ? "?" : since);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof WorkerDead that
                    && Objects.equals(worker, that.worker)
                    && Objects.equals(since, that.since);
        }

        @Override
        public int hashCode() {
            return Objects.hash(worker, since);
        }

        @Override
        public String toString() {
            return "WorkerDead[worker=" + worker + ", since=" + since + "]";
        }
    }

    /** The job is a group to which children can still be added: it waits until it is sealed. */
    final class GroupUnsealed implements Reason {
        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public GroupUnsealed(LibraryOnly by) {
            Objects.requireNonNull(by, "by");
        }

        @Override
        public List<Object> evidence() {
            return List.of();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof GroupUnsealed;
        }

        @Override
        public int hashCode() {
            return GroupUnsealed.class.hashCode();
        }

        @Override
        public String toString() {
            return "GroupUnsealed[]";
        }
    }

    /** The job waits for its children, its finisher included. */
    final class ChildrenOpen implements Reason {
        private final int open;
        private final int children;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public ChildrenOpen(LibraryOnly by, int open, int children) {
            Objects.requireNonNull(by, "by");
            this.open = open;
            this.children = children;
        }

        /** How many of the first 5,000 are open, at least 1. */
        public int open() {
            return open;
        }

        /** How many it has, up to 5,000. */
        public int children() {
            return children;
        }

        @Override
        public List<Object> evidence() {
            return List.of(open, children);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof ChildrenOpen that && open == that.open && children == that.children;
        }

        @Override
        public int hashCode() {
            return Objects.hash(open, children);
        }

        @Override
        public String toString() {
            return "ChildrenOpen[open=" + open + ", children=" + children + "]";
        }
    }

    /** The job is the finisher of its parent, and waits for the other children. */
    final class SiblingsOpen implements Reason {
        private final UUID parent;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public SiblingsOpen(LibraryOnly by, UUID parent) {
            Objects.requireNonNull(by, "by");
            this.parent = parent;
        }

        /** Its parent. */
        public UUID parent() {
            return parent;
        }

        @Override
        public List<Object> evidence() {
            return List.of(parent);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof SiblingsOpen that && Objects.equals(parent, that.parent);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(parent);
        }

        @Override
        public String toString() {
            return "SiblingsOpen[parent=" + parent + "]";
        }
    }

    /** The job waits for predecessors. */
    final class PredecessorsOpen implements Reason {
        private final List<UUID> open;
        private final int count;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public PredecessorsOpen(LibraryOnly by, List<UUID> open, int count) {
            Objects.requireNonNull(by, "by");
            this.open = List.copyOf(open);
            this.count = count;
        }

        /** The ids of jobs that are open, up to ten. */
        public List<UUID> open() {
            return open;
        }

        /** How many are open. */
        public int count() {
            return count;
        }

        @Override
        public List<Object> evidence() {
            List<Object> named = new ArrayList<>(open);
            if (open.size() < count) {
                named.add("…");
            }
            return List.of(count, named);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof PredecessorsOpen that && Objects.equals(open, that.open) && count == that.count;
        }

        @Override
        public int hashCode() {
            return Objects.hash(open, count);
        }

        @Override
        public String toString() {
            return "PredecessorsOpen[open=" + open + ", count=" + count + "]";
        }
    }

    /** The job is not due yet, by the clock of the store. */
    final class NotDue implements Reason {
        private final Instant until;
        private final Duration left;
        private final Cause cause;
        private final int times;
        private final String detail;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public NotDue(LibraryOnly by, Instant until, Duration left, Cause cause, int times, String detail) {
            Objects.requireNonNull(by, "by");
            this.until = until;
            this.left = left;
            this.cause = cause;
            this.times = times;
            this.detail = detail;
        }

        public Instant until() {
            return until;
        }

        public Duration left() {
            return left;
        }

        /** Why. */
        public Cause cause() {
            return cause;
        }

        /** How many attempts have failed, or how often it was postponed; or how many workers were lost; 0 for {@link Cause#DELAYED}. */
        public int times() {
            return times;
        }

        /** The error of the last attempt, or what was missing. */
        public String detail() {
            return detail;
        }

        /** Why a job is not due. */
        public enum Cause {
            /** It was enqueued for later. */
            DELAYED,
            /** It is tried again after a failure. */
            RETRY,
            /** It was not ready. */
            POSTPONED,
            /** A worker was lost while it ran the job. */
            LOST
        }

        @Override
        public List<Object> evidence() {
            return List.of(until, left, times, detail);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof NotDue that
                    && Objects.equals(until, that.until)
                    && Objects.equals(left, that.left)
                    && Objects.equals(cause, that.cause)
                    && times == that.times
                    && Objects.equals(detail, that.detail);
        }

        @Override
        public int hashCode() {
            return Objects.hash(until, left, cause, times, detail);
        }

        @Override
        public String toString() {
            return "NotDue[until=" + until + ", left=" + left + ", cause=" + cause + ", times=" + times + ", detail="
                    + detail + "]";
        }
    }

    /** Its queue is paused. */
    final class QueuePaused implements Reason {
        private final String queue;
        private final Pause pause;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public QueuePaused(LibraryOnly by, String queue, Pause pause) {
            Objects.requireNonNull(by, "by");
            this.queue = queue;
            this.pause = pause;
        }

        /** The name of the queue. */
        public String queue() {
            return queue;
        }

        /** Since when, who, why. */
        public Pause pause() {
            return pause;
        }

        @Override
        public List<Object> evidence() {
            return List.of(
                    queue,
                    pause.since(),
                    pause.by() == null ? "?" : pause.by(),
                    pause.reason() == null ? "" : pause.reason());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof QueuePaused that && queue.equals(that.queue) && pause.equals(that.pause);
        }

        @Override
        public int hashCode() {
            return Objects.hash(queue, pause);
        }

        @Override
        public String toString() {
            return "QueuePaused[queue=" + queue + ", pause=" + pause + "]";
        }
    }

    /** A limit lets no other job of its key start. */
    final class Limited implements Reason {
        private final LimitState state;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Limited(LibraryOnly by, LimitState state) {
            Objects.requireNonNull(by, "by");
            this.state = state;
        }

        public LimitState state() {
            return state;
        }

        @Override
        public List<Object> evidence() {
            Limit limit = state.limit();
            Pause pause = state.pause();
            Instant next = state.nextStart();
            Instant rests = state.restsUntil();
            return List.of(
                    state.key().text(),
                    state.running().size(),
                    limit == null || limit.concurrency() == null ? 0 : limit.concurrency(),
                    pause == null ? "" : pause.since(),
                    pause == null || pause.by() == null ? "?" : pause.by(),
                    pause == null || pause.reason() == null ? "" : pause.reason(),
                    next == null ? "" : next,
                    rests == null ? "" : rests);
        }

        private String variant() {
            Integer concurrency = state.limit() == null ? null : state.limit().concurrency();
            if (state.limit() == null) {
                return ".undeclared";
            } else if (state.pause() != null) {
                return ".paused";
            } else if (state.restsUntil() != null) {
                return ".rests";
            }
            return concurrency != null && state.running().size() >= concurrency ? "" : ".rate";
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Limited that && Objects.equals(state, that.state);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(state);
        }

        @Override
        public String toString() {
            return "Limited[state=" + state + "]";
        }
    }

    /** Another job comes before it in its sequence. */
    final class BehindInSequence implements Reason {
        private final String sequence;
        private final UUID first;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public BehindInSequence(LibraryOnly by, String sequence, UUID first) {
            Objects.requireNonNull(by, "by");
            this.sequence = sequence;
            this.first = first;
        }

        /** The key of the sequence. */
        public String sequence() {
            return sequence;
        }

        /** The job that comes first. */
        public UUID first() {
            return first;
        }

        @Override
        public List<Object> evidence() {
            return List.of(sequence, first);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof BehindInSequence that
                    && Objects.equals(sequence, that.sequence)
                    && Objects.equals(first, that.first);
        }

        @Override
        public int hashCode() {
            return Objects.hash(sequence, first);
        }

        @Override
        public String toString() {
            return "BehindInSequence[sequence=" + sequence + ", first=" + first + "]";
        }
    }

    /** No living worker serves its queue. */
    final class QueueUnserved implements Reason {
        private final String queue;
        private final List<String> similar;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public QueueUnserved(LibraryOnly by, String queue, List<String> similar) {
            Objects.requireNonNull(by, "by");
            this.queue = queue;
            this.similar = List.copyOf(similar);
        }

        public String queue() {
            return queue;
        }

        /** Names of queues that are served, similar ones. */
        public List<String> similar() {
            return similar;
        }

        @Override
        public List<Object> evidence() {
            return List.of(queue, similar);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof QueueUnserved that
                    && Objects.equals(queue, that.queue)
                    && Objects.equals(similar, that.similar);
        }

        @Override
        public int hashCode() {
            return Objects.hash(queue, similar);
        }

        @Override
        public String toString() {
            return "QueueUnserved[queue=" + queue + ", similar=" + similar + "]";
        }
    }

    /** The workers that serve its queue leave jobs of this type to others: none has a processor for it. */
    final class TypeSkipped implements Reason {
        private final String type;
        private final String queue;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public TypeSkipped(LibraryOnly by, String type, String queue) {
            Objects.requireNonNull(by, "by");
            this.type = type;
            this.queue = queue;
        }

        public String type() {
            return type;
        }

        public String queue() {
            return queue;
        }

        @Override
        public List<Object> evidence() {
            return List.of(type, queue);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof TypeSkipped that
                    && Objects.equals(type, that.type)
                    && Objects.equals(queue, that.queue);
        }

        @Override
        public int hashCode() {
            return Objects.hash(type, queue);
        }

        @Override
        public String toString() {
            return "TypeSkipped[type=" + type + ", queue=" + queue + "]";
        }
    }

    /** No worker that takes the job has a processor for its type; the next one that claims it fails it. */
    final class TypeUnknown implements Reason {
        private final String type;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public TypeUnknown(LibraryOnly by, String type) {
            Objects.requireNonNull(by, "by");
            this.type = type;
        }

        public String type() {
            return type;
        }

        @Override
        public List<Object> evidence() {
            return List.of(type);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof TypeUnknown that && Objects.equals(type, that.type);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(type);
        }

        @Override
        public String toString() {
            return "TypeUnknown[type=" + type + "]";
        }
    }

    /** All workers that take it are stopping. */
    final class WorkersStopping implements Reason {
        private final int workers;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public WorkersStopping(LibraryOnly by, int workers) {
            Objects.requireNonNull(by, "by");
            this.workers = workers;
        }

        /** How many. */
        public int workers() {
            return workers;
        }

        @Override
        public List<Object> evidence() {
            return List.of(workers);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof WorkersStopping that && workers == that.workers;
        }

        @Override
        public int hashCode() {
            return Integer.hashCode(workers);
        }

        @Override
        public String toString() {
            return "WorkersStopping[workers=" + workers + "]";
        }
    }

    /** No worker says that it takes the job, and some do not say what they serve, as workers of an older version of the library. */
    final class WorkersSilent implements Reason {
        private final int workers;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public WorkersSilent(LibraryOnly by, int workers) {
            Objects.requireNonNull(by, "by");
            this.workers = workers;
        }

        /** How many do not say. */
        public int workers() {
            return workers;
        }

        @Override
        public List<Object> evidence() {
            return List.of(workers);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof WorkersSilent that && workers == that.workers;
        }

        @Override
        public int hashCode() {
            return Integer.hashCode(workers);
        }

        @Override
        public String toString() {
            return "WorkersSilent[workers=" + workers + "]";
        }
    }

    /** The job has cost workers their lives. A worker holds at most one job that is at its last try, and all that take this one hold one. */
    final class LastTry implements Reason {
        private final int lostWorkers;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public LastTry(LibraryOnly by, int lostWorkers) {
            Objects.requireNonNull(by, "by");
            this.lostWorkers = lostWorkers;
        }

        /** How many workers were lost while they ran it. */
        public int lostWorkers() {
            return lostWorkers;
        }

        @Override
        public List<Object> evidence() {
            return List.of(lostWorkers);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof LastTry that && lostWorkers == that.lostWorkers;
        }

        @Override
        public int hashCode() {
            return Integer.hashCode(lostWorkers);
        }

        @Override
        public String toString() {
            return "LastTry[lostWorkers=" + lostWorkers + "]";
        }
    }

    /** All workers that take it are busy. */
    final class SlotsBusy implements Reason {
        private final int workers;
        private final int slots;
        private final List<RunningJob> longest;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public SlotsBusy(LibraryOnly by, int workers, int slots, List<RunningJob> longest) {
            Objects.requireNonNull(by, "by");
            this.workers = workers;
            this.slots = slots;
            this.longest = List.copyOf(longest);
        }

        /** How many take it. */
        public int workers() {
            return workers;
        }

        /** How many jobs they run at a time, all together. */
        public int slots() {
            return slots;
        }

        /** What they run, the jobs that began first at the front, up to five. */
        public List<RunningJob> longest() {
            return longest;
        }

        @Override
        public List<Object> evidence() {
            return List.of(
                    workers,
                    slots,
                    longest.stream().map(each -> each.type() + " " + each.id()).toList());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof SlotsBusy that
                    && workers == that.workers
                    && slots == that.slots
                    && Objects.equals(longest, that.longest);
        }

        @Override
        public int hashCode() {
            return Objects.hash(workers, slots, longest);
        }

        @Override
        public String toString() {
            return "SlotsBusy[workers=" + workers + ", slots=" + slots + ", longest=" + longest + "]";
        }
    }

    /** Another transaction has locked its row. */
    final class RowLocked implements Reason {
        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public RowLocked(LibraryOnly by) {
            Objects.requireNonNull(by, "by");
        }

        @Override
        public List<Object> evidence() {
            return List.of();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof RowLocked;
        }

        @Override
        public int hashCode() {
            return RowLocked.class.hashCode();
        }

        @Override
        public String toString() {
            return "RowLocked[]";
        }
    }

    /** Other jobs of its queue go first, and there are no more free slots than jobs before it. */
    final class Behind implements Reason {
        private final int jobs;
        private final @Nullable Duration estimate;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Behind(LibraryOnly by, int jobs, @Nullable Duration estimate) {
            Objects.requireNonNull(by, "by");
            this.jobs = jobs;
            this.estimate = estimate;
        }

        /** How many are due and go first, up to 1,000; among them may be jobs that no worker takes. */
        public int jobs() {
            return jobs;
        }

        /** About how long they take, if attempts of the queue go on ending as in the last ten minutes; null if that is not known. */
        public @Nullable Duration estimate() {
            return estimate;
        }

        /** Without an estimate. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Behind(LibraryOnly by, int jobs) {
            this(by, jobs, null);
        }

        @Override
        public List<Object> evidence() {
            return estimate == null ? List.of(jobs) : List.of(jobs, estimate);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Behind that && jobs == that.jobs && Objects.equals(estimate, that.estimate);
        }

        @Override
        public int hashCode() {
            return Objects.hash(jobs, estimate);
        }

        @Override
        public String toString() {
            return "Behind[jobs=" + jobs + ", estimate=" + estimate + "]";
        }
    }

    /**
     * Jobs of other keys {@linkplain io.forthwith.NewJob#fairBy take turns} with those of its key, and more jobs of its key wait than there are free slots.
     */
    final class TakesTurns implements Reason {
        private final String key;
        private final int waiting;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public TakesTurns(LibraryOnly by, String key, int waiting) {
            Objects.requireNonNull(by, "by");
            this.key = key;
            this.waiting = waiting;
        }

        /** What it is fair by. */
        public String key() {
            return key;
        }

        /** How many jobs of the key wait, up to {@link LimitState#MOST}. */
        public int waiting() {
            return waiting;
        }

        @Override
        public List<Object> evidence() {
            return List.of(key, waiting);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof TakesTurns that && Objects.equals(key, that.key) && waiting == that.waiting;
        }

        @Override
        public int hashCode() {
            return Objects.hash(key, waiting);
        }

        @Override
        public String toString() {
            return "TakesTurns[key=" + key + ", waiting=" + waiting + "]";
        }
    }

    /** All workers that take it say that something is wrong with them; their health and their log say what. */
    final class WorkersDegraded implements Reason {
        private final int workers;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public WorkersDegraded(LibraryOnly by, int workers) {
            Objects.requireNonNull(by, "by");
            this.workers = workers;
        }

        /** How many. */
        public int workers() {
            return workers;
        }

        @Override
        public List<Object> evidence() {
            return List.of(workers);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof WorkersDegraded that && workers == that.workers;
        }

        @Override
        public int hashCode() {
            return Integer.hashCode(workers);
        }

        @Override
        public String toString() {
            return "WorkersDegraded[workers=" + workers + "]";
        }
    }

    /** Nothing keeps it: a worker that takes it has a free slot, and finds it when it next looks. */
    final class AboutToStart implements Reason {
        private final Duration due;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public AboutToStart(LibraryOnly by, Duration due) {
            Objects.requireNonNull(by, "by");
            this.due = due;
        }

        /** For how long it has been due. */
        public Duration due() {
            return due;
        }

        @Override
        public List<Object> evidence() {
            return List.of(due);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof AboutToStart that && Objects.equals(due, that.due);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(due);
        }

        @Override
        public String toString() {
            return "AboutToStart[due=" + due + "]";
        }
    }

    /** Nothing keeps it, and it has not started for long, or waits for nothing that is still there. */
    final class NothingFound implements Reason {
        private final @Nullable Duration due;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public NothingFound(LibraryOnly by, @Nullable Duration due) {
            Objects.requireNonNull(by, "by");
            this.due = due;
        }

        /** For how long it has been due; null if it is waiting. */
        public @Nullable Duration due() {
            return due;
        }

        @Override
        public List<Object> evidence() {
            return due == null ? List.of() : List.of(due);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof NothingFound that && Objects.equals(due, that.due);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(due);
        }

        @Override
        public String toString() {
            return "NothingFound[due=" + due + "]";
        }
    }

    /**
     * Workers that serve its queue and do not know its type leave it to those that do, as in a roll-out. Listed beside the reasons why it does not start.
     */
    final class TypeLeft implements Reason {
        private final String type;
        private final int workers;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public TypeLeft(LibraryOnly by, String type, int workers) {
            Objects.requireNonNull(by, "by");
            this.type = type;
            this.workers = workers;
        }

        public String type() {
            return type;
        }

        /** How many living workers serve the queue and the type, those that are stopping included. */
        public int workers() {
            return workers;
        }

        @Override
        public List<Object> evidence() {
            return List.of(type, workers);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof TypeLeft that && Objects.equals(type, that.type) && workers == that.workers;
        }

        @Override
        public int hashCode() {
            return Objects.hash(type, workers);
        }

        @Override
        public String toString() {
            return "TypeLeft[type=" + type + ", workers=" + workers + "]";
        }
    }

    /**
     * It has a deadline and has not started: if it has not started by then, it fails. Listed beside the reasons why it does not start; if
     * the deadline has passed and the store has not failed it yet, before them.
     */
    final class Expires implements Reason {
        private final Instant deadline;
        private final Duration left;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Expires(LibraryOnly by, Instant deadline, Duration left) {
            Objects.requireNonNull(by, "by");
            this.deadline = deadline;
            this.left = left;
        }

        /** When it fails. */
        public Instant deadline() {
            return deadline;
        }

        /** How long that is from now; zero if it has passed. */
        public Duration left() {
            return left;
        }

        @Override
        public List<Object> evidence() {
            return List.of(deadline, left);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Expires that
                    && Objects.equals(deadline, that.deadline)
                    && Objects.equals(left, that.left);
        }

        @Override
        public int hashCode() {
            return Objects.hash(deadline, left);
        }

        @Override
        public String toString() {
            return "Expires[deadline=" + deadline + ", left=" + left + "]";
        }
    }
}
