package io.forthwith.dashboard;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests that no client of HTTP would send. */
public final class RawHttp {
    /** Longer than the server waits for a request. */
    private static final int PATIENCE_MILLIS = 180_000;

    private RawHttp() {}

    /** The whole answer to these bytes; empty if the connection is closed without one. */
    public static String send(int port, String... lines) throws IOException {
        try (Socket socket = connect(port)) {
            write(socket, String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n");
            return answer(socket);
        }
    }

    /** A request with a body, by a form unless its lines say otherwise. */
    public static String post(int port, String target, String body, String... headers) throws IOException {
        try (Socket socket = connect(port)) {
            write(
                    socket,
                    "POST " + target + " HTTP/1.1\r\n" + String.join("\r\n", headers)
                            + "\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            return answer(socket);
        }
    }

    public static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    public static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** What arrives until the connection ends, in whatever way. */
    public static String answer(Socket socket) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            InputStream in = socket.getInputStream();
            byte[] part = new byte[8192];
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                all.write(part, 0, read);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("The server has kept the connection", e);
        } catch (IOException e) {
            // The other side has cut the connection: what it has sent before counts.
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** The first line of an answer, also if the connection goes on. */
    public static String firstLine(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    /** Whether the other side has neither answered nor ended the connection. */
    public static boolean isSilent(Socket socket) throws IOException {
        socket.setSoTimeout(1);
        try {
            socket.getInputStream().read();
            return false;
        } catch (SocketTimeoutException nothing) {
            return true;
        } catch (SocketException cut) {
            return false;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    /** Connections of clients that send a part of a request and no more. */
    public static List<Socket> slow(int port, int clients, String form) throws IOException {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Socket socket = connect(port);
            slow.add(socket);
            write(
                    socket,
                    i % 2 == 0
                            ? "GET / HTTP/1.1\r\nHo"
                            : "POST / HTTP/1.1\r\nHost: localhost\r\n" + form + "\r\nContent-Length: 1000\r\n\r\na");
        }
        return slow;
    }

    /** The number of the status in an answer; 0 if there is none. */
    public static int status(String answer) {
        return answer.startsWith("HTTP/1.") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }
}
