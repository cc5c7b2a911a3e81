package io.forthwith.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between the driver and PostgreSQL or MariaDB. On demand it lets one statement through, waits until the server has done it, and
 * then resets the connection instead of passing on the answer: the client cannot know whether it was done. Or it leaves connections
 * half open.
 */
public final class AnswerSwallowingProxy implements AutoCloseable {
    /** ReadyForQuery: the server has done everything it was sent. Its last byte, the transaction status, varies. */
    private static final byte[] READY = {'Z', 0, 0, 0, 5};

    private static final byte[] LISTEN = "LISTEN".getBytes(StandardCharsets.UTF_8);

    private final ServerSocket listener;
    private final int serverPort;
    private final Done done;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Crossing> crossings = ConcurrentHashMap.newKeySet();
    private volatile Duration delay = Duration.ZERO;
    private final AtomicReference<Trap> trap = new AtomicReference<>();
    private final AtomicReference<byte[]> deafening = new AtomicReference<>();

    private AnswerSwallowingProxy(ServerSocket listener, int serverPort, Done done) {
        this.listener = listener;
        this.serverPort = serverPort;
        this.done = done;
    }

    /** Opens a way to a PostgreSQL server on that port. */
    public static AnswerSwallowingProxy to(int serverPort) throws IOException {
        return to(serverPort, AnswerSwallowingProxy::endsReady);
    }

    /** Opens a way to a MariaDB server on that port, which answers once it has done what it was sent. */
    public static AnswerSwallowingProxy toMariaDb(int serverPort) throws IOException {
        return to(serverPort, (sent, length) -> true);
    }

    private static AnswerSwallowingProxy to(int serverPort, Done done) throws IOException {
        AnswerSwallowingProxy proxy =
                new AnswerSwallowingProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), serverPort, done);
        daemon(proxy::accept);
        return proxy;
    }

    /** Where to connect to instead. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Swallows the answer to the next thing that a client sends which contains {@code text}. */
    public Trap swallowAnswerTo(String text) {
        Trap set = new Trap(text);
        trap.set(set);
        return set;
    }

    /** From the next thing that a client sends which contains {@code text} on nothing passes on its connection, which stays open. */
    void deafenAt(String text) {
        deafening.set(text.getBytes(StandardCharsets.UTF_8));
    }

    /** From now on nothing passes on the connections that listen; they stay open. */
    public void deafenListeners() {
        List<Crossing> listening =
                crossings.stream().filter(each -> each.isListening).toList();
        if (listening.isEmpty()) {
            throw new AssertionError("Nobody listens");
        }
        listening.forEach(each -> each.isDeaf = true);
    }

    /** Whether one of the connections that are there listens. */
    public boolean isListening() {
        return crossings.stream().anyMatch(each -> each.isListening);
    }

    /** From now on nothing passes on the connections that are there; they stay open. */
    public void deafen() {
        crossings.forEach(each -> each.isDeaf = true);
    }

    /** From now on no answer passes on one of the connections that are there, which stays open. What its client sends still passes. False if there is none. */
    public boolean deafenOneToAnswers(Random random) {
        List<Crossing> all = List.copyOf(crossings);
        if (all.isEmpty()) {
            return false;
        }
        all.get(random.nextInt(all.size())).answersAreLost = true;
        return true;
    }

    /** Ends all connections that are there, and says so to both sides. */
    public void cut() {
        open.forEach(this::close);
    }

    /** Resets all connections that are there, whatever is on its way; says how many there were. */
    public int reset() {
        List<Crossing> all = List.copyOf(crossings);
        return (int) all.stream().filter(Crossing::tryReset).count();
    }

    /** From now on all traffic takes so much longer. */
    public void delay(Duration time) {
        delay = time;
    }

    /** Whether what a server has sent says that it has done what it was sent. */
    private interface Done {
        boolean isSaid(byte[] sent, int length);
    }

    /** One answer to be swallowed. */
    public static final class Trap {
        private final String text;
        private final byte[] bytes;
        private final CountDownLatch sprung = new CountDownLatch(1);

        private Trap(String text) {
            this.text = text;
            this.bytes = text.getBytes(StandardCharsets.UTF_8);
        }

        /** Whether it has happened. */
        public boolean hasSprung() {
            return sprung.getCount() == 0;
        }

        void awaitSprung() throws InterruptedException {
            if (!sprung.await(Patience.SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("No client sent " + text);
            }
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                cross(listener.accept());
            } catch (IOException closing) {
                return;
            }
        }
    }

    /** A server that is away refuses its clients. */
    private void cross(Socket client) throws IOException {
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
            open.add(client);
            open.add(server);
            new Crossing(client, server).start();
        } catch (ConnectException away) {
            client.close();
        }
    }

    /** One connection through the proxy. */
    private final class Crossing {
        private final Socket client;
        private final Socket server;
        private final AtomicReference<Trap> caught = new AtomicReference<>();
        private volatile boolean isListening;
        private volatile boolean isDeaf;
        private volatile boolean answersAreLost;

        Crossing(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void start() {
            crossings.add(this);
            daemon(() -> pump(client, server, true));
            daemon(() -> pump(server, client, false));
        }

        private void pump(Socket from, Socket to, boolean fromClient) {
            byte[] buffer = new byte[1 << 16];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    if (fromClient) {
                        isDeaf |= isToBeDeaf(buffer, read);
                    }
                    if (isDeaf || (answersAreLost && !fromClient)) {
                        continue;
                    }
                    if (fromClient && !delay.isZero()) {
                        LockSupport.parkNanos(delay.toNanos());
                    }
                    if (fromClient) {
                        isListening |= contains(buffer, read, LISTEN);
                        look(buffer, read);
                    } else if (caught.get() != null) {
                        if (done.isSaid(buffer, read)) {
                            reset(client);
                            caught.get().sprung.countDown();
                            return;
                        }
                        continue;
                    }
                    out.write(buffer, 0, read);
                    out.flush();
                }
            } catch (IOException gone) {
                // One side has closed; the other follows.
            } finally {
                crossings.remove(this);
                close(from);
                close(to);
            }
        }

        private void look(byte[] sent, int length) {
            Trap set = trap.get();
            if (set != null && contains(sent, length, set.bytes) && trap.compareAndSet(set, null)) {
                caught.set(set);
            }
        }

        private boolean isToBeDeaf(byte[] sent, int length) {
            byte[] set = deafening.get();
            return set != null && contains(sent, length, set) && deafening.compareAndSet(set, null);
        }

        /** False if it has ended by itself just now. */
        private boolean tryReset() {
            try {
                reset(client);
                reset(server);
                return true;
            } catch (IOException closed) {
                return false;
            }
        }

        /** With RST instead of FIN. */
        private void reset(Socket socket) throws IOException {
            socket.setSoLinger(true, 0);
            close(socket);
        }
    }

    private static boolean contains(byte[] sent, int length, byte[] text) {
        for (int i = 0; i + text.length <= length; i++) {
            if (Arrays.equals(sent, i, i + text.length, text, 0, text.length)) {
                return true;
            }
        }
        return false;
    }

    private static boolean endsReady(byte[] sent, int length) {
        int start = length - READY.length - 1;
        return start >= 0 && Arrays.equals(sent, start, start + READY.length, READY, 0, READY.length);
    }

    private void close(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(this::close);
    }
}
