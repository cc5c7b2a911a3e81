package io.forthwith.dashboard.internal.http;

import io.forthwith.internal.LoggedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for connections of HTTP/1, each of which has a thread. There is a bound on them, and a new one always finds a place: the one whose client has been silent longest
 * goes. So nobody can lock others out by connections that say nothing, or that do not read. Thread-safe.
 */
public final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard");
    private static final int BACKLOG = 200;
    private static final int IDLE_SECONDS = 10;
    private static final Duration GRACE = Duration.ofSeconds(1);

    /** Makes the answers. */
    public interface Handler {
        /**
         * The answer to a request; null if nobody waits for it any more.
         *
         * @param isGone whether nobody waits for it any more
         */
        @Nullable
        Reply answer(Exchange exchange, BooleanSupplier isGone);

        /** Somebody may have gone: whoever waits looks again. */
        void look();
    }

    private final ServerSocket socket;
    private final Handler handler;
    private final int most;
    private final ExecutorService threads = threads();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Guarded by this, as what follows. */
    private final Set<Connection> connections = new LinkedHashSet<>();

    /** How many answers are being made or sent. */
    private int answers;

    private HttpListener(ServerSocket socket, int most, Handler handler) {
        this.socket = socket;
        this.most = most;
        this.handler = handler;
    }

    /**
     * Listens at an address.
     *
     * @param most how many connections there may be
     */
    public static HttpListener start(InetSocketAddress address, int most, Handler handler) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(address, BACKLOG);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        HttpListener listener = new HttpListener(socket, most, handler);
        // The process lives as long as it listens.
        new Thread(listener::accept, "forthwith-dashboard-accept").start();
        Thread limits = new Thread(listener::watch, "forthwith-dashboard-limits");
        limits.setDaemon(true);
        limits.start();
        return listener;
    }

    private static ExecutorService threads() {
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                    Thread thread = new Thread(work, "forthwith-dashboard-http");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }

    private void accept() {
        while (!isClosed()) {
            try {
                add(new Connection(socket.accept(), this));
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                // The latter says also that there can be no more threads.
                pause(e);
            }
        }
    }

    /** Waits a little, because what kept a connection away may last: there may be no file handle left. */
    private void pause(Throwable why) {
        if (!isClosed()) {
            LOG.debug("A connection cannot be taken", LoggedException.of(why));
            awaitClosed(Duration.ofMillis(100));
        }
    }

    private void add(Connection connection) {
        Connection dropped;
        synchronized (this) {
            dropped = connections.size() < most ? null : mostSilent(System.nanoTime());
            if (dropped != null) {
                connections.remove(dropped);
            }
            connections.add(connection);
        }
        if (dropped != null) {
            drop(dropped);
        }
        boolean isRun = false;
        try {
            threads.execute(connection);
            isRun = true;
        } finally {
            if (!isRun) {
                connection.close();
                ended(connection);
            }
        }
    }

    /** The one whose client has been silent longest; one that waits for us only if there is no other. */
    private synchronized @Nullable Connection mostSilent(long now) {
        return connections.stream()
                .max(Comparator.comparing((Connection each) -> !each.isAnswering())
                        .thenComparing(each -> each.silentFor(now)))
                .orElse(null);
    }

    private void drop(Connection connection) {
        connection.close();
        handler.look();
    }

    private void watch() {
        while (!awaitClosed(GRACE)) {
            giveUp(System.nanoTime());
        }
    }

    /** Ends the connections whose clients have taken longer than they may, at a time by {@link System#nanoTime}. */
    void giveUp(long now) {
        List<Connection> overdue;
        synchronized (this) {
            overdue = connections.stream().filter(each -> each.isOverdue(now)).toList();
        }
        overdue.forEach(this::drop);
    }

    @Nullable
    Reply answer(Exchange exchange, Connection connection) {
        return handler.answer(exchange, connection::isClosed);
    }

    /** An answer is about to be made; false if that makes no sense any more. */
    synchronized boolean begin(Connection connection) {
        if (isClosed() || connection.isClosed()) {
            return false;
        }
        answers++;
        return true;
    }

    /** An answer was sent, or will not be. */
    synchronized void done() {
        answers--;
        notifyAll();
    }

    synchronized void ended(Connection connection) {
        connections.remove(connection);
    }

    /** How many connections there are. */
    synchronized int open() {
        return connections.size();
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private boolean awaitClosed(Duration patience) {
        try {
            return closed.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Ends it; answers that are being sent are cut off after a second. */
    @Override
    public void close() {
        closed.countDown();
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("The port cannot be closed", LoggedException.of(e));
        }
        awaitAnswers();
        List<Connection> left;
        synchronized (this) {
            left = List.copyOf(connections);
        }
        left.forEach(this::drop);
        threads.shutdownNow();
    }

    private synchronized void awaitAnswers() {
        long end = System.nanoTime() + GRACE.toNanos();
        try {
            for (long left = GRACE.toMillis(); answers > 0 && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (answers > 0) {
            LOG.debug("{} answers of the dashboard are cut off", answers);
        }
    }
}
