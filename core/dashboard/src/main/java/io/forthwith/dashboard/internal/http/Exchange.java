package io.forthwith.dashboard.internal.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A request, for the rule of access, which may ask it all but the answer. */
public final class Exchange extends HttpExchange {
    private final RequestHead head;
    private final InputStream body;
    private final InetSocketAddress remote;
    private final InetSocketAddress local;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();

    Exchange(RequestHead head, InputStream body, Socket socket) {
        this.head = head;
        this.body = body;
        this.remote = new InetSocketAddress(socket.getInetAddress(), socket.getPort());
        this.local = new InetSocketAddress(socket.getLocalAddress(), socket.getLocalPort());
    }

    @Override
    public Headers getRequestHeaders() {
        return head.headers();
    }

    @Override
    public URI getRequestURI() {
        return head.target();
    }

    @Override
    public String getRequestMethod() {
        return head.method();
    }

    @Override
    public InputStream getRequestBody() {
        return body;
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return remote;
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return local;
    }

    @Override
    public String getProtocol() {
        return head.isOld() ? "HTTP/1.0" : "HTTP/1.1";
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return attributes.get(name);
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        if (value == null) {
            attributes.remove(name);
        } else {
            attributes.put(name, value);
        }
    }

    @Override
    public @Nullable HttpPrincipal getPrincipal() {
        return null;
    }

    @Override
    public int getResponseCode() {
        return -1;
    }

    @Override
    public void close() {
        // The dashboard answers, and then the connection goes on or ends.
    }

    @Override
    public HttpContext getHttpContext() {
        throw answered();
    }

    @Override
    public Headers getResponseHeaders() {
        throw answered();
    }

    @Override
    public OutputStream getResponseBody() {
        throw answered();
    }

    @Override
    public void sendResponseHeaders(int status, long length) {
        throw answered();
    }

    @Override
    public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
        throw answered();
    }

    private static UnsupportedOperationException answered() {
        return new UnsupportedOperationException(
                "The dashboard answers this request: a rule of access only looks at it, and returns what the viewer may do");
    }
}
