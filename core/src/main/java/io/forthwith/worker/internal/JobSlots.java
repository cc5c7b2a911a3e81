package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import io.forthwith.worker.internal.attempt.BatchBuffer;
import io.forthwith.worker.internal.attempt.BatchRules;
import io.forthwith.worker.internal.attempt.RunningBatch;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SlotWork;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The slots in which jobs run, at most {@code concurrency} at a time, and the buffer of claimed jobs that wait for a
 * slot. A slot in use is a task on the executor, which runs one job, or one batch, after the other until the buffer is empty.
 * Thread-safe.
 */
public final class JobSlots {
    private static final GuardedLogger LOG = WorkerLogger.logger();

    /** Runs a job in a slot. */
    interface Runner {
        /** Runs the job from its start to its settlement. */
        void run(RunningJob run);

        /** Ends the attempt after {@link #run} has thrown. Throws nothing. */
        void brokeDown(RunningJob run, Throwable bug);
    }

    /** What happens when a slot becomes free. */
    private enum WhenFree {
        /** The claim loop looks for jobs. */
        WAKE,
        /** It is noted: the claim loop looks already, and may find fewer jobs than it has slots. */
        NOTE,
        /** A slot has become free during the look. */
        NOTED,
        /** The claim loop would find nothing before the store gives a hint. */
        NOTHING
    }

    private final JobThreads threads;
    private final Runner runner;
    private final WakeSignal freed;
    private final int concurrency;
    private final Set<RunningJob> running = ConcurrentHashMap.newKeySet();
    private final Deque<RunningJob> buffer = new ArrayDeque<>();
    /** Null if no type of job runs in batches. */
    private final @Nullable BatchBuffer batches;
    /** How many jobs run in slots that other jobs of their batches have. */
    private int company;

    private int free;
    /** Slots that have not taken their first job yet. */
    private int starting;

    private int zombies;
    private boolean closed;
    private final AtomicReference<WhenFree> whenFree = new AtomicReference<>(WhenFree.WAKE);

    JobSlots(int concurrency, JobThreads threads, Runner runner, WakeSignal freed) {
        this(concurrency, threads, runner, freed, null);
    }

    JobSlots(int concurrency, JobThreads threads, Runner runner, WakeSignal freed, @Nullable BatchBuffer batches) {
        this.concurrency = concurrency;
        this.threads = threads;
        this.runner = runner;
        this.freed = freed;
        this.free = concurrency;
        this.batches = batches;
    }

    /**
     * Puts claimed jobs into the buffer and starts as many as there are free slots. False, and nothing is taken, after
     * {@link #close}.
     */
    boolean offer(Collection<RunningJob> jobs) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            if (batches == null) {
                buffer.addAll(jobs);
            } else {
                jobs.stream().filter(run -> !batches.add(run)).forEach(buffer::add);
            }
        }
        serveBuffer();
        return true;
    }

    /** Starts the batches that have become ripe while slots were free. */
    void serveRipe() {
        if (batches != null) {
            serveBuffer();
        }
    }

    /** From now on, no job waits for others to run together with. */
    synchronized void lingerNoMore() {
        if (batches != null) {
            batches.lingerNoMore();
        }
    }

    private void serveBuffer() {
        int more;
        synchronized (this) {
            more = Math.min(free, buffer.size() + (batches == null ? 0 : batches.ripeCalls()) - starting);
        }
        for (int i = 0; i < more && reserve(); i++) {
            threads.execute(this::serve, refused -> {
                // The jobs stay in the buffer, and the claim loop gives them back in time.
                begun();
                release();
                LOG.warn("[Worker] The executor refused to run a job: {}", StackTraceText.line(refused));
            });
        }
    }

    private void serve() {
        boolean hasBegun = false;
        boolean isMine = true;
        boolean isReleased = false;
        try {
            JobThreads.Surroundings before = threads.enter();
            SlotWork work = first();
            hasBegun = true;
            while (work != null) {
                isMine = serve(work);
                before.restore();
                work = isMine ? next() : null;
                if (work != null) {
                    wakeIfWanted();
                }
            }
            isReleased = true;
        } finally {
            threads.leave();
            if (!hasBegun) {
                begun();
            }
            if (!isMine) {
                zombieReturned();
            } else if (isReleased) {
                threads.inFlight().done(1);
            } else {
                release();
            }
            // Not before the slot is free: otherwise the claim loop could see no free slot, and would not look again.
            wakeIfWanted();
        }
    }

    private void wakeIfWanted() {
        WhenFree before = whenFree.getAndUpdate(now -> now == WhenFree.NOTE ? WhenFree.NOTED : now);
        if (before == WhenFree.WAKE) {
            freed.wake();
        }
    }

    /** The claim loop counts the free slots now, and looks for jobs. */
    void lookBegins() {
        whenFree.set(WhenFree.NOTE);
    }

    /** With more free slots, the look would have found no more, and the store tells of what comes later. */
    void sated() {
        whenFree.set(WhenFree.NOTHING);
    }

    /** The look has ended. Unless it was {@linkplain #sated sated}, there is another one if a slot has become free meanwhile. */
    void lookEnds() {
        WhenFree before = whenFree.getAndUpdate(now -> now == WhenFree.NOTHING ? now : WhenFree.WAKE);
        if (before == WhenFree.NOTED) {
            freed.wake();
        }
    }

    /** Runs one job or batch; false if another thread has got the slot meanwhile. */
    private boolean serve(SlotWork work) {
        if (work instanceof RunningJob run) {
            serveJob(run);
        } else if (work instanceof RunningBatch batch && batches != null) {
            serveBatch(batch, batches);
        } else {
            throw new AssertionError("Unknown work " + work);
        }
        return !work.isAbandoned();
    }

    private void serveJob(RunningJob run) {
        try {
            running.add(run);
            runner.run(run);
        } catch (Throwable bug) {
            runner.brokeDown(run, bug);
        } finally {
            running.remove(run);
        }
    }

    private void serveBatch(RunningBatch batch, BatchBuffer from) {
        try {
            running.addAll(batch.jobs());
            from.run(batch);
        } catch (Throwable bug) {
            batch.jobs().forEach(run -> runner.brokeDown(run, bug));
        } finally {
            batch.jobs().forEach(running::remove);
            synchronized (this) {
                company -= batch.jobs().size() - 1;
            }
        }
    }

    /** What a slot runs first. At no moment is its job both waiting and not the one of a slot that starts: the claim loop would count it twice. */
    private synchronized @Nullable SlotWork first() {
        SlotWork work = next();
        begun();
        return work;
    }

    /** What a slot runs next; null, and the slot is free, if there is nothing. */
    private synchronized @Nullable SlotWork next() {
        if (batches != null) {
            RunningBatch batch = batches.takeBefore(buffer.peek());
            if (batch != null) {
                company += batch.jobs().size() - 1;
                return batch;
            }
        }
        RunningJob next = buffer.poll();
        free += next == null ? 1 : 0;
        return next;
    }

    private synchronized boolean reserve() {
        if (free == 0) {
            return false;
        }
        free--;
        starting++;
        threads.inFlight().add(1);
        return true;
    }

    private synchronized void begun() {
        starting--;
    }

    private void release() {
        synchronized (this) {
            free++;
        }
        threads.inFlight().done(1);
    }

    /**
     * Gives the slot of a job whose thread does not return to a new thread, unless there are as many such threads as
     * slots.
     */
    void replace(RunningJob stuck) {
        int now;
        synchronized (this) {
            if (zombies >= concurrency || !stuck.abandonThread()) {
                return;
            }
            now = ++zombies;
            free++;
        }
        threads.inFlight().done(1);
        freed.wake();
        LOG.warn(
                "[Worker] The thread of job {} ({}) does not yield; its slot goes to a new thread, {} such threads now",
                stuck.job().id(),
                SafeText.line(stuck.job().type(), 128),
                now);
        serveBuffer();
    }

    private synchronized void zombieReturned() {
        zombies--;
    }

    /** How many threads still run jobs that were settled without them. */
    public synchronized int zombies() {
        return zombies;
    }

    public synchronized int free() {
        return free;
    }

    /** How many jobs wait for a slot. */
    public synchronized int buffered() {
        return buffer.size() + (batches == null ? 0 : batches.size());
    }

    /**
     * How many slots are free, less those that the waiting jobs need; below zero if they need more. A slot that starts takes one of these jobs, so neither counts.
     */
    synchronized int spare() {
        int waiting = buffer.size() + (batches == null ? 0 : batches.calls());
        return free - Math.max(0, waiting - starting);
    }

    /** How many jobs run in slots that other jobs have. */
    synchronized int company() {
        return company;
    }

    /** How many jobs need no slot of their own, because they run or wait in a call with another one. */
    synchronized int withoutSlot() {
        return company + (batches == null ? 0 : batches.size() - batches.calls());
    }

    /** As {@link BatchBuffer#roomFor}. */
    synchronized int roomFor(BatchRules rules, int more) {
        return batches == null ? 0 : batches.roomFor(rules, more);
    }

    /** All jobs that have a thread, also those that were settled without it. */
    public Collection<RunningJob> running() {
        return running;
    }

    /** Removes and returns the buffered jobs that were claimed before that time; of batches, those that have been ripe since before. */
    public synchronized List<RunningJob> takeClaimedBefore(long nanos) {
        List<RunningJob> stale = new ArrayList<>();
        for (RunningJob oldest = buffer.peek();
                oldest != null && oldest.claimedNanos() - nanos < 0;
                oldest = buffer.peek()) {
            stale.add(buffer.remove());
        }
        if (batches != null) {
            stale.addAll(batches.takeRipeBefore(nanos));
        }
        return stale;
    }

    /**
     * How long until the oldest job in the buffer has been there for {@code patienceNanos}, or a batch becomes ripe;
     * {@link LoopRound#UNTIL_WOKEN} if the buffer is empty.
     */
    synchronized Duration untilStale(long nowNanos, long patienceNanos) {
        RunningJob oldest = buffer.peek();
        // Plus one, because takeClaimedBefore does not return a job that was claimed exactly then.
        Duration untilStale = oldest == null
                ? LoopRound.UNTIL_WOKEN
                : Duration.ofNanos(Math.max(0, oldest.claimedNanos() + patienceNanos + 1 - nowNanos));
        Duration untilNext = batches == null ? untilStale : batches.untilNext(nowNanos, patienceNanos);
        return untilNext.compareTo(untilStale) < 0 ? untilNext : untilStale;
    }

    /** Removes a job from the buffer; false if it is not there. */
    synchronized boolean takeUnstarted(RunningJob run) {
        return buffer.remove(run) || (batches != null && batches.remove(run));
    }

    /** Takes no more jobs. Removes and returns those in the buffer. */
    public synchronized List<RunningJob> close() {
        closed = true;
        List<RunningJob> all = new ArrayList<>(buffer);
        buffer.clear();
        if (batches != null) {
            all.addAll(batches.removeAll());
        }
        return all;
    }
}
