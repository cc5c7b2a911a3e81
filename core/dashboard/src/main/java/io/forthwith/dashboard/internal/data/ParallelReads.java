package io.forthwith.dashboard.internal.data;

import io.forthwith.dashboard.internal.data.Answer.Problem;
import io.forthwith.internal.LoggedException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads from the store, on two threads. So a dashboard takes at most two connections, for any number of viewers. It reads only when a page is asked
 * for, in the order in which it is asked, except that {@link #later} lets others pass. Thread-safe.
 */
public final class ParallelReads {
    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard");
    private static final int CONNECTIONS = 2;
    private static final int MOST_WAITING = 200;
    /** How many that are asked after it a read may let pass: more than one page asks, and not so many that it waits for a crowd of viewers. */
    private static final int LETS_PASS = 20;

    private static final int MOST_SAMPLES = 200;
    private static final Duration IDLE = Duration.ofSeconds(5);
    /** What is left of the patience of a page for showing what was read. */
    private static final Duration REST = Duration.ofMillis(100);

    private static final Duration EVERY_MINUTE = Duration.ofMinutes(1);

    private final Line line;
    private final Clock clock;
    private final UnaryOperator<String> redactor;
    private final Duration patience;
    private final int letsPass;

    /** What waits for the two threads, and what they have read. */
    private static final class Line {
        final ThreadPoolExecutor threads = new ThreadPoolExecutor(
                CONNECTIONS,
                CONNECTIONS,
                IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new PriorityBlockingQueue<>(),
                work -> {
                    Thread thread = new Thread(work, "forthwith-dashboard");
                    thread.setDaemon(true);
                    return thread;
                });
        final Semaphore room = new Semaphore(MOST_WAITING);
        final AtomicLong asked = new AtomicLong();
        final AtomicLong lastLogged = new AtomicLong(System.nanoTime() - EVERY_MINUTE.toNanos());

        /** Values that all viewers share, those used last at the end. Guarded by itself. */
        final Map<Object, Sample> samples = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, Sample> eldest) {
                return size() > MOST_SAMPLES;
            }
        };

        Line() {
            threads.allowCoreThreadTimeOut(true);
        }

        /** Returns whether it has a turn, now or later. */
        boolean add(Runnable work, int letsPass) {
            if (!room.tryAcquire()) {
                return false;
            }
            long number = asked.getAndIncrement();
            threads.execute(new Turn(number, number + letsPass, () -> {
                room.release();
                work.run();
            }));
            return true;
        }
    }

    /**
     * What is done when those before it have begun.
     *
     * @param number in the order in which they were asked
     * @param last number that it lets pass, or its own
     */
    private record Turn(long number, long last, Runnable work) implements Runnable, Comparable<Turn> {
        @Override
        public void run() {
            work.run();
        }

        @Override
        public int compareTo(Turn other) {
            // Of two that end at one number, that with the number is let pass by the other.
            return last != other.last ? Long.compare(last, other.last) : Long.compare(other.number, number);
        }
    }

    private record Sample(Asked<Object> newest, @Nullable Answer<Object> before) {}

    /**
     * Reads that are timed by this clock.
     *
     * @param redactor of the messages that are logged; it does not throw
     * @param patience how long a page waits for all that it reads
     */
    public ParallelReads(Clock clock, UnaryOperator<String> redactor, Duration patience) {
        this(new Line(), clock, redactor, patience, 0);
    }

    private ParallelReads(Line line, Clock clock, UnaryOperator<String> redactor, Duration patience, int letsPass) {
        this.line = line;
        this.clock = clock;
        this.redactor = redactor;
        this.patience = patience;
        this.letsPass = letsPass;
    }

    /** Returns a view of these reads, on the same threads and with the same values, whose reads let those pass that are asked soon after them. */
    ParallelReads later() {
        return new ParallelReads(line, clock, redactor, patience, LETS_PASS);
    }

    /** A read that has begun. */
    public static final class Asked<T> {
        private final CompletableFuture<Answer<T>> future;
        private final @Nullable Answer<T> before;

        /** Set by the thread that reads, or by a viewer who gives up before: then it is not read any more. Null if others may wait for it too. */
        private final @Nullable AtomicBoolean taken;

        /** When it ended, by {@link System#nanoTime}. */
        private volatile long ended;

        private Asked(CompletableFuture<Answer<T>> future, @Nullable Answer<T> before, @Nullable AtomicBoolean taken) {
            this.future = future;
            this.before = before;
            this.taken = taken;
        }

        /** Takes from the read what is wanted of it. */
        public <R> Asked<R> map(Function<? super T, ? extends R> change) {
            return new Asked<>(
                    future.thenApply(answer -> answer.changed(change)),
                    before == null ? null : before.changed(change),
                    taken);
        }

        /** Makes one of this read and of another one that others may wait for too. */
        public <U, R> Asked<R> with(Asked<U> other, BiFunction<? super T, ? super U, ? extends R> join) {
            return new Asked<>(
                    future.thenCombine(other.future, (one, two) -> one.with(two, join)),
                    before == null || other.before == null ? null : before.with(other.before, join),
                    taken);
        }

        /** Waits for the answer until the deadline, by {@link System#nanoTime}. An old value, if there is one, stands in for one that is late. */
        public Answer<T> await(long deadline) {
            Answer<T> answer = answer(deadline);
            return answer.value() == null && before != null && answer.problem() != null
                    ? before.old(answer.problem())
                    : answer;
        }

        private Answer<T> answer(long deadline) {
            try {
                return future.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return Answer.none(gaveUp() ? Problem.NOT_BEGUN : Problem.TOO_SLOW);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Answer.none(Problem.TOO_SLOW);
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Whether it had not begun, and now never does. */
        private boolean gaveUp() {
            return taken != null && taken.compareAndSet(false, true);
        }
    }

    /** How long a page waits for all that it reads. */
    public Duration patience() {
        return patience;
    }

    /** Begins to read. */
    public <T> Asked<T> ask(Callable<T> read) {
        return begin(read, null, new AtomicBoolean());
    }

    /**
     * Begins to read, unless a value with this key was read lately, or is just being read.
     *
     * @param key of the value; equal keys have values of one class
     */
    @SuppressWarnings("unchecked") // equal keys have values of one class
    public <T> Asked<T> sample(Object key, Duration freshFor, Callable<T> read) {
        Map<Object, Sample> samples = line.samples;
        synchronized (samples) {
            Sample known = samples.get(key);
            if (known != null) {
                Answer<Object> answer = known.newest.future.getNow(null);
                if (answer == null || isFresh(known.newest, answer, freshFor)) {
                    return (Asked<T>) known.newest;
                }
                Answer<Object> before = answer.value() == null ? known.before : answer;
                Asked<T> asked = begin(read, (Answer<T>) before, null);
                samples.put(key, new Sample((Asked<Object>) asked, before));
                return asked;
            }
            Asked<T> asked = begin(read, null, null);
            samples.put(key, new Sample((Asked<Object>) asked, null));
            return asked;
        }
    }

    /** A store that could not be read is not asked again at once either. */
    private boolean isFresh(Asked<?> asked, Answer<?> answer, Duration freshFor) {
        Instant at = answer.at();
        if (at == null) {
            return System.nanoTime() - asked.ended < freshFor.toNanos();
        }
        Duration age = Duration.between(at, clock.instant());
        return !age.isNegative() && age.compareTo(freshFor) < 0;
    }

    /** Does something that no viewer waits for. What it throws is logged. Returns whether it has a turn, now or later. */
    boolean run(Runnable work) {
        return line.add(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException | Error e) {
                        log(e);
                    }
                },
                letsPass);
    }

    private <T> Asked<T> begin(Callable<T> read, @Nullable Answer<T> before, @Nullable AtomicBoolean taken) {
        Asked<T> asked = new Asked<>(new CompletableFuture<>(), before, taken);
        boolean hasTurn = line.add(
                () -> {
                    if (taken == null || taken.compareAndSet(false, true)) {
                        end(asked, answer(read));
                    }
                },
                letsPass);
        if (!hasTurn) {
            end(asked, Answer.none(Problem.NOT_BEGUN));
        }
        return asked;
    }

    private static <T> void end(Asked<T> asked, Answer<T> answer) {
        asked.ended = System.nanoTime();
        asked.future.complete(answer);
    }

    private <T> Answer<T> answer(Callable<T> read) {
        long begun = System.nanoTime();
        try {
            Instant at = clock.instant();
            return Answer.of(read.call(), at);
        } catch (UnsupportedOperationException e) {
            return Answer.none(Problem.NOT_KEPT);
        } catch (Exception | Error e) {
            log(e);
            // A statement that was cancelled because it took too long ends in an error, each driver's own.
            boolean isSlow = System.nanoTime() - begun >= patience.minus(REST).toNanos();
            return Answer.none(isSlow ? Problem.TOO_SLOW : Problem.FAILED);
        }
    }

    /** With the trace once a minute: while the store is away, every page of every viewer fails. */
    private void log(Throwable failure) {
        long now = System.nanoTime();
        long last = line.lastLogged.get();
        if (now - last >= EVERY_MINUTE.toNanos() && line.lastLogged.compareAndSet(last, now)) {
            LOG.warn("The dashboard cannot read from the store", LoggedException.of(failure, redactor));
        } else if (LOG.isDebugEnabled()) {
            LOG.debug("The dashboard cannot read from the store", LoggedException.of(failure, redactor));
        }
    }
}
