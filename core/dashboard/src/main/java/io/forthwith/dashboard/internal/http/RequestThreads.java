package io.forthwith.dashboard.internal.http;

import io.forthwith.internal.LoggedException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of an HTTP server: each reads a request, has it answered and sends the answer. There is a bound on them. A new request above it takes the thread that has waited
 * longest for its client: that thread is interrupted, which ends its connection. While no thread waits for its client, the new request waits. So nobody can lock others out by
 * requests of which only a part comes, or by answers that are not read. A thread whose request is being answered is never interrupted. Thread-safe.
 */
public final class RequestThreads implements Executor, AutoCloseable {
    public static final String NAME = "forthwith-dashboard-http";
    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard");
    private static final int IDLE_SECONDS = 5;

    private final ThreadPoolExecutor threads;
    private final int most;
    /** The threads that wait for their clients, the one that has waited longest at the front. This object guards them and the number below. */
    private final Set<Thread> onClients = new LinkedHashSet<>();
    /** How many requests have a thread, or wait for one. */
    private int requests;

    /** At most so many. */
    public RequestThreads(int most) {
        this.most = most;
        this.threads = new ThreadPoolExecutor(
                most, most, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, NAME);
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** Runs what reads a request and sends its answer. If it throws, the server ends the connection. */
    @Override
    public void execute(Runnable work) {
        begin();
        boolean isBegun = false;
        try {
            threads.execute(() -> run(work));
            isBegun = true;
        } finally {
            if (!isBegun) {
                notBegun();
            }
        }
    }

    private synchronized void begin() {
        requests++;
        if (requests > most) {
            giveUpLongest();
        }
    }

    /** The machine has no more threads, or this is closed. */
    private synchronized void notBegun() {
        requests--;
        giveUpLongest();
    }

    private synchronized void giveUpLongest() {
        Iterator<Thread> longest = onClients.iterator();
        if (longest.hasNext()) {
            // The server of the JDK reads and writes by a channel, which an interrupt closes.
            longest.next().interrupt();
            longest.remove();
        }
    }

    private void run(Runnable work) {
        waitForClient();
        try {
            work.run();
        } catch (RuntimeException e) {
            // Some requests that make no sense are a failure of the JDK's server, which would be printed.
            LOG.debug("A request cannot be read", LoggedException.of(e));
        } finally {
            end();
        }
    }

    private synchronized void end() {
        requests--;
        // From here on nobody interrupts it, and the pool clears an interrupt before the next request.
        onClients.remove(Thread.currentThread());
    }

    /** This thread has read its request, and is not interrupted until {@link #waitForClient}; false if it was given up before. */
    public synchronized boolean beginAnswer() {
        return onClients.remove(Thread.currentThread());
    }

    /** This thread waits for its client from now on. */
    public synchronized void waitForClient() {
        onClients.add(Thread.currentThread());
    }

    /** How many wait for their clients. */
    synchronized int waiting() {
        return onClients.size();
    }

    /** How many requests have a thread, or wait for one. */
    synchronized int requests() {
        return requests;
    }

    /** Interrupts all of them. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
