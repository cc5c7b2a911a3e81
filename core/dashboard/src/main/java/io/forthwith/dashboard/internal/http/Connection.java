package io.forthwith.dashboard.internal.http;

import io.forthwith.internal.LoggedException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a client: reads requests and sends their answers, one after the other. Others see how long the client has been silent, and {@link #close} it: then
 * what it waits for ends.
 */
final class Connection implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard");
    private static final int PIECE = 8 * 1024;
    private static final int MOST_IGNORED = 1024 * 1024;
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    /** What it is doing, and how long that may take. */
    private enum Phase {
        /** It waits for a request. */
        IDLE(Duration.ofSeconds(60)),
        /** A request arrives. */
        READING(Duration.ofSeconds(20)),
        /** The answer is being made, which ends by itself. */
        ANSWERING(Duration.ofDays(1)),
        /** The answer is being sent. */
        SENDING(Duration.ofSeconds(60)),
        /** The client is to end the connection. */
        ENDING(Duration.ofSeconds(5));

        private final Duration most;

        Phase(Duration most) {
            this.most = most;
        }
    }

    private final Socket socket;
    private final HttpListener listener;
    private volatile Phase phase = Phase.IDLE;
    /** When the phase has begun, by {@link System#nanoTime}. */
    private volatile long since = System.nanoTime();
    /** When the last byte has come or gone, by {@link System#nanoTime}. */
    private volatile long moved = since;

    Connection(Socket socket, HttpListener listener) {
        this.socket = socket;
        this.listener = listener;
    }

    /** Whether it waits for us and not for the client. */
    boolean isAnswering() {
        return phase == Phase.ANSWERING;
    }

    /** For how long no byte has come or gone, at a time by {@link System#nanoTime}. */
    long silentFor(long now) {
        return now - moved;
    }

    /** Whether the client has taken longer than it may. */
    boolean isOverdue(long now) {
        return now - since > phase.most.toNanos();
    }

    boolean isClosed() {
        return socket.isClosed();
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("A connection cannot be closed", LoggedException.of(e));
        }
    }

    private void enter(Phase next) {
        since = System.nanoTime();
        phase = next;
    }

    @Override
    public void run() {
        try {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(new Watched(socket.getInputStream()));
            boolean goesOn = true;
            while (goesOn) {
                goesOn = answerNext(in);
            }
        } catch (IOException | RuntimeException e) {
            // Clients come and go; some are cut off.
            LOG.debug("A connection has ended", LoggedException.of(e));
        } finally {
            close();
            listener.ended(this);
        }
    }

    /** Whether the client may send another request. */
    private boolean answerNext(InputStream in) throws IOException {
        enter(Phase.IDLE);
        in.mark(1);
        if (in.read() < 0) {
            return false;
        }
        in.reset();
        enter(Phase.READING);
        try {
            RequestHead head = RequestHead.read(in);
            return head != null && answer(head, in);
        } catch (BadRequest e) {
            send(e.reply(), false, true);
            end(in);
            return false;
        }
    }

    private boolean answer(RequestHead head, InputStream in) throws IOException, BadRequest {
        long length = head.length();
        RequestBody body = new RequestBody(in, length, head.isAsking() ? this::goOn : () -> {});
        // A client that sends slowly has no turn yet. What is longer than a form may be is refused, and not waited for.
        byte[] form = head.method().equals("POST") && length <= Guard.MOST_BYTES
                ? body.readNBytes(Guard.MOST_BYTES + 1)
                : new byte[0];
        Exchange exchange = new Exchange(head, new ByteArrayInputStream(form), socket);
        if (!listener.begin(this)) {
            return false;
        }
        try {
            enter(Phase.ANSWERING);
            Reply reply = listener.answer(exchange, this);
            if (reply == null || isClosed()) {
                return false;
            }
            boolean isLast = head.isLast() || !body.isOver();
            send(reply, head.method().equals("HEAD"), isLast);
            if (!isLast) {
                return true;
            }
        } finally {
            listener.done();
        }
        end(in);
        return false;
    }

    /** Tells a client that asks that it may send the body. */
    private void goOn() {
        try {
            socket.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            LOG.debug("A client cannot be told to go on", LoggedException.of(e));
        }
    }

    private void send(Reply reply, boolean isHead, boolean isLast) throws IOException {
        enter(Phase.SENDING);
        OutputStream out = socket.getOutputStream();
        out.write(head(reply, isLast).getBytes(StandardCharsets.ISO_8859_1));
        moved = System.nanoTime();
        byte[] body = reply.body();
        for (int sent = 0; sent < body.length && !isHead; sent += PIECE) {
            out.write(body, sent, Math.min(PIECE, body.length - sent));
            moved = System.nanoTime();
        }
        out.flush();
    }

    private static String head(Reply reply, boolean isLast) {
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(reply.status())
                .append(' ')
                .append(phrase(reply.status()))
                .append("\r\nDate: ")
                .append(DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)))
                .append("\r\n");
        for (Map.Entry<String, String> header : reply.headers().entrySet()) {
            if (header.getValue().chars().anyMatch(c -> c < ' ' || c > '~')) {
                throw new IllegalStateException(
                        "The header " + header.getKey() + " has a character that none may have");
            }
            head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
        }
        if (reply.status() != 304) {
            head.append("Content-Length: ").append(reply.body().length).append("\r\n");
        }
        return head.append(isLast ? "Connection: close\r\n\r\n" : "\r\n").toString();
    }

    private static String phrase(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 304 -> "Not Modified";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 429 -> "Too Many Requests";
            default -> status < 500 ? "Not Done" : "Failed";
        };
    }

    /** Waits a little for the client to end the connection: if it were ended before all was read, the client might lose the answer. */
    private void end(InputStream in) throws IOException {
        enter(Phase.ENDING);
        socket.shutdownOutput();
        socket.setSoTimeout((int) LAST_WORDS.toMillis());
        byte[] ignored = new byte[PIECE];
        int left = MOST_IGNORED;
        for (int read = in.read(ignored); read >= 0 && left > 0; read = in.read(ignored)) {
            left -= read;
        }
    }

    /** Notes when bytes come. */
    private final class Watched extends FilterInputStream {
        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            return seen(super.read());
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return seen(super.read(into, offset, length));
        }

        private int seen(int read) {
            moved = System.nanoTime();
            return read;
        }
    }
}
