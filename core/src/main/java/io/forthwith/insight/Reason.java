package io.forthwith.insight;

import io.forthwith.JobStatus;
import io.forthwith.internal.ReasonTexts;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitPause;
import io.forthwith.limit.LimitState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A reason why a job does not run, with its evidence. Immutable. {@link Diagnosis} has them in the order in which they matter, which is the
 * order of the records below.
 */
public sealed interface Reason {
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
    record NotFound() implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of();
        }
    }

    /**
     * The job has ended.
     *
     * @param at when
     * @param message what its user is told; null if it completed
     */
    record Ended(
            JobStatus status,
            @Nullable Instant at,
            @Nullable String message) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(status, at == null ? "?" : at, message == null ? "" : message);
        }
    }

    /**
     * A worker runs the job.
     *
     * @param worker its name
     * @param since for how long
     * @param sinceChange how long ago its row last changed: by the claim, its progress, the beginning of a durable step that can be undone, or a request to cancel
     * @param leaseLeft how long its lease lasts without another heartbeat
     * @param cancelRequested whether the job is to be cancelled
     */
    record Running(String worker, Duration since, Duration sinceChange, Duration leaseLeft, boolean cancelRequested)
            implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(worker, since, leaseLeft, cancelRequested, sinceChange);
        }
    }

    /**
     * The worker that holds the job is dead, and another one takes the job over soon.
     *
     * @param worker its name, or its id if it is not registered any more
     * @param since for how long its lease has been over; null if it is not registered
     */
    record WorkerDead(String worker, @Nullable Duration since) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(worker, since == null ? "?" : since);
        }
    }

    /** The job is a group to which children can still be added: it waits until it is sealed. */
    record GroupUnsealed() implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of();
        }
    }

    /**
     * The job waits for its children, its finisher included.
     *
     * @param open how many of the first {@link JobSituation#MOST_CHILDREN} are open, at least 1
     * @param children how many it has, up to {@link JobSituation#MOST_CHILDREN}
     */
    record ChildrenOpen(int open, int children) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(open, children);
        }
    }

    /**
     * The job is the finisher of its parent, and waits for the other children.
     *
     * @param parent its parent
     */
    record SiblingsOpen(UUID parent) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(parent);
        }
    }

    /**
     * The job waits for predecessors.
     *
     * @param open those that are open, up to ten
     * @param count how many are open
     */
    record PredecessorsOpen(List<UUID> open, int count) implements Reason {
        /** Copies. */
        public PredecessorsOpen {
            open = List.copyOf(open);
        }

        @Override
        public List<Object> evidence() {
            List<Object> named = new ArrayList<>(open);
            if (open.size() < count) {
                named.add("…");
            }
            return List.of(count, named);
        }
    }

    /**
     * The job is not due yet, by the clock of the store.
     *
     * @param cause why
     * @param times how many attempts have failed, or how often it was postponed; or how many workers were lost; 0 for {@link Cause#DELAYED}
     * @param detail the error of the last attempt, or what was missing
     */
    record NotDue(Instant until, Duration left, Cause cause, int times, String detail) implements Reason {
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
    }

    /** Its queue is paused. */
    record QueuePaused(PausedQueue pause) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(
                    pause.queue(),
                    pause.pausedAt(),
                    pause.by() == null ? "?" : pause.by(),
                    pause.reason() == null ? "" : pause.reason());
        }
    }

    /** A limit lets no other job of its key start. */
    record Limited(LimitState state) implements Reason {
        @Override
        public List<Object> evidence() {
            Limit limit = state.limit();
            LimitPause pause = state.pause();
            Instant next = state.nextStart();
            Instant rests = state.restsUntil();
            return List.of(
                    state.key().text(),
                    state.running().size(),
                    limit == null || limit.concurrency() == null ? 0 : limit.concurrency(),
                    pause == null ? "" : pause.pausedAt(),
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
    }

    /**
     * Another job comes before it in its sequence.
     *
     * @param sequence the key of the sequence
     * @param first the job that comes first
     */
    record BehindInSequence(String sequence, UUID first) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(sequence, first);
        }
    }

    /**
     * No living worker serves its queue.
     *
     * @param similar names of queues that are served, similar ones
     */
    record QueueUnserved(String queue, List<String> similar) implements Reason {
        /** Copies. */
        public QueueUnserved {
            similar = List.copyOf(similar);
        }

        @Override
        public List<Object> evidence() {
            return List.of(queue, similar);
        }
    }

    /** The workers that serve its queue leave jobs of this type to others: none has a processor for it. */
    record TypeSkipped(String type, String queue) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(type, queue);
        }
    }

    /** No worker that takes the job has a processor for its type; the next one that claims it fails it. */
    record TypeUnknown(String type) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(type);
        }
    }

    /**
     * All workers that take it are stopping.
     *
     * @param workers how many
     */
    record WorkersStopping(int workers) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(workers);
        }
    }

    /**
     * No worker says that it takes the job, and some do not say what they serve, as workers of an older version of the library.
     *
     * @param workers how many do not say
     */
    record WorkersSilent(int workers) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(workers);
        }
    }

    /**
     * The job has cost workers their lives. A worker holds at most one job that is at its last try, and all that take this one hold one.
     *
     * @param lostWorkers how many workers were lost while they ran it
     */
    record LastTry(int lostWorkers) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(lostWorkers);
        }
    }

    /**
     * All workers that take it are busy.
     *
     * @param workers how many take it
     * @param slots how many jobs they run at a time, all together
     * @param longest what they run, the jobs that began first at the front, up to five
     */
    record SlotsBusy(int workers, int slots, List<JobSituation.Running> longest) implements Reason {
        /** Copies. */
        public SlotsBusy {
            longest = List.copyOf(longest);
        }

        @Override
        public List<Object> evidence() {
            return List.of(
                    workers,
                    slots,
                    longest.stream().map(each -> each.type() + " " + each.id()).toList());
        }
    }

    /** Another transaction has locked its row. */
    record RowLocked() implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of();
        }
    }

    /**
     * Other jobs of its queue go first, and there are no more free slots than jobs before it.
     *
     * @param jobs how many are due and go first, up to {@link JobSituation#MOST}; among them may be jobs that no worker takes
     * @param estimate about how long they take, if attempts of the queue go on ending as in the last ten minutes; null if that is not known
     */
    record Behind(int jobs, @Nullable Duration estimate) implements Reason {
        /** Without an estimate. */
        public Behind(int jobs) {
            this(jobs, null);
        }

        @Override
        public List<Object> evidence() {
            return estimate == null ? List.of(jobs) : List.of(jobs, estimate);
        }
    }

    /**
     * Jobs of other keys {@linkplain io.forthwith.NewJob#fairBy take turns} with those of its key, and more jobs of its key wait than there are free slots.
     *
     * @param key what it is fair by
     * @param waiting how many jobs of the key wait, up to {@link LimitState#MOST}
     */
    record TakesTurns(String key, int waiting) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(key, waiting);
        }
    }

    /**
     * All workers that take it say that something is wrong with them; their health and their log say what.
     *
     * @param workers how many
     */
    record WorkersDegraded(int workers) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(workers);
        }
    }

    /**
     * Nothing keeps it: a worker that takes it has a free slot, and finds it when it next looks.
     *
     * @param due for how long it has been due
     */
    record AboutToStart(Duration due) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(due);
        }
    }

    /**
     * Nothing keeps it, and it has not started for long, or waits for nothing that is still there.
     *
     * @param due for how long it has been due; null if it is waiting
     */
    record NothingFound(@Nullable Duration due) implements Reason {
        @Override
        public List<Object> evidence() {
            return due == null ? List.of() : List.of(due);
        }
    }

    /**
     * Workers that serve its queue and do not know its type leave it to those that do, as in a roll-out. Listed beside the reasons why it does not start.
     *
     * @param workers how many living workers serve the queue and the type, those that are stopping included
     */
    record TypeLeft(String type, int workers) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(type, workers);
        }
    }

    /**
     * It has a deadline and has not started: if it has not started by then, it fails. Listed beside the reasons why it does not start; if
     * the deadline has passed and the store has not failed it yet, before them.
     *
     * @param deadline when it fails
     * @param left how long that is from now; zero if it has passed
     */
    record Expires(Instant deadline, Duration left) implements Reason {
        @Override
        public List<Object> evidence() {
            return List.of(deadline, left);
        }
    }
}
