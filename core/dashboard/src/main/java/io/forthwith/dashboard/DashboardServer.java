package io.forthwith.dashboard;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.forthwith.dashboard.internal.http.Guard;
import io.forthwith.dashboard.internal.http.Parameters;
import io.forthwith.dashboard.internal.http.Reply;
import io.forthwith.dashboard.internal.http.RequestThreads;
import io.forthwith.dashboard.internal.http.Turns;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.internal.LoggedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a {@link Dashboard} by the HTTP server of the JDK, on the loopback address unless told otherwise, and only to host names that it was told, so that
 * no page of the web reaches it under a name of its own. For development, and for machines whose ports are reached by a tunnel or a proxy that authenticates. It speaks no
 * TLS.
 *
 * <p>Requests take turns by viewer, which is a name that the rule of access gives, at an address: at most 12 are answered at once, at most 3 of one viewer, and at most 40
 * more of one viewer and 400 of all wait; what is above this is answered with 429. At most 500 requests are read, answered and sent at once; then a new one takes the place of
 * the one whose client has kept it waiting longest. While no client keeps one waiting, as when a rule of access does not answer, the new one waits.
 *
 * <p>The server of the JDK has limits for the whole JVM. Unless they are set, the first server sets them: a request may take 20 s to arrive ({@code
 * sun.net.httpserver.maxReqTime}), an answer 60 s to be made and sent ({@code sun.net.httpserver.maxRspTime}), and there may be 1,000 connections ({@code
 * jdk.httpserver.maxConnections}). An application that has other servers of the JDK sets these properties as it needs them; -1 is no limit.
 */
public final class DashboardServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DashboardServer.class);
    private static final int MOST_THREADS = 500;
    /** More than threads: a connection of which nothing comes has none, and the server of the JDK cannot drop one for another. */
    private static final int MOST_CONNECTIONS = 1_000;

    private final HttpServer server;
    private final RequestThreads threads;
    /** One for each answer that is being made or sent. */
    private final Semaphore answers;

    private DashboardServer(HttpServer server, RequestThreads threads, Semaphore answers) {
        this.server = server;
        this.threads = threads;
        this.answers = answers;
    }

    /** A server for a dashboard, at a free port of the loopback address. */
    public static Settings of(Dashboard dashboard) {
        Objects.requireNonNull(dashboard, "dashboard must not be null: give Dashboard.of(store).access(...)");
        return new Settings(
                dashboard, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), AllowedHostNames.locally());
    }

    /** How a server is to be reached. Immutable: every setting returns a new value. */
    public static final class Settings {
        private final Dashboard dashboard;
        private final InetSocketAddress address;
        private final AllowedHostNames reached;

        private Settings(Dashboard dashboard, InetSocketAddress address, AllowedHostNames reached) {
            this.dashboard = dashboard;
            this.address = address;
            this.reached = reached;
        }

        /** At this port; 0, the default, is a free one. */
        public Settings port(int port) {
            return new Settings(dashboard, new InetSocketAddress(address.getAddress(), port), reached);
        }

        /** At this address of the machine, and not at the loopback address: then others reach it, so {@link #hostNames} has to say under which names. */
        public Settings bind(InetAddress to) {
            Objects.requireNonNull(to, "address must not be null: leave bind() out for the loopback address");
            return new Settings(dashboard, new InetSocketAddress(to, address.getPort()), reached);
        }

        /**
         * The names, without port, under which browsers ask for it, beside {@code localhost}, {@code 127.0.0.1}, {@code [::1]} and those of {@link
         * Dashboard#publicOrigin}.
         */
        public Settings hostNames(String first, String... more) {
            AllowedHostNames all = reached.by(first);
            for (String each : more) {
                all = all.by(each);
            }
            return new Settings(dashboard, address, all);
        }

        /**
         * Starts it.
         *
         * @throws IllegalStateException if the dashboard has no rule of access
         * @throws UncheckedIOException if the port is taken
         */
        public DashboardServer start() {
            if (!dashboard.isOpenToSomebody()) {
                throw new IllegalStateException(
                        "This dashboard lets nobody in: say who may see it by Dashboard.access(request -> ...)");
            }
            return DashboardServer.start(dashboard, address, reached.by(dashboard.publicOrigins()));
        }
    }

    private static DashboardServer start(Dashboard dashboard, InetSocketAddress address, AllowedHostNames reached) {
        limit("sun.net.httpserver.maxReqTime", 20);
        limit("sun.net.httpserver.maxRspTime", 60);
        limit("jdk.httpserver.maxConnections", MOST_CONNECTIONS);
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The dashboard cannot listen at " + address + ": " + e.getMessage()
                            + ". Choose another port, or 0 for a free one",
                    e);
        }
        RequestThreads threads = new RequestThreads(MOST_THREADS);
        Semaphore answers = new Semaphore(MOST_THREADS);
        server.setExecutor(threads);
        server.createContext("/", new Answering(dashboard, reached, threads, answers));
        server.start();
        return new DashboardServer(server, threads, answers);
    }

    /** Sets a limit of the JDK's server, which it reads once, unless somebody has set it. */
    private static void limit(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, String.valueOf(value));
        }
    }

    /** Answers requests, by turns of their viewers. */
    private static final class Answering implements HttpHandler {
        private final Dashboard dashboard;
        private final AllowedHostNames reached;
        private final RequestThreads threads;
        private final Semaphore answers;
        private final Turns turns = new Turns();

        Answering(Dashboard dashboard, AllowedHostNames reached, RequestThreads threads, Semaphore answers) {
            this.dashboard = dashboard;
            this.reached = reached;
            this.threads = threads;
            this.answers = answers;
        }

        /**
         * Who asks.
         *
         * @param who a name, by the rule of access
         */
        private record Viewer(String who, InetAddress from) {}

        @Override
        public void handle(HttpExchange exchange) throws IOException {
            try (exchange) {
                InputStream body = exchange.getRequestMethod().equals("POST")
                        ? Guard.arrived(exchange.getRequestHeaders(), exchange.getRequestBody())
                        : InputStream.nullInputStream();
                if (!threads.beginAnswer()) {
                    throw new InterruptedIOException("A request was given up for a new one");
                }
                // There is one for each thread, until the server takes them all to end: a body may arrive later than
                // that.
                if (!answers.tryAcquire()) {
                    throw new InterruptedIOException("The server ends");
                }
                try {
                    send(exchange, answer(exchange, body));
                } finally {
                    answers.release();
                }
            }
        }

        private DashboardResponse answer(HttpExchange exchange, InputStream body) throws IOException {
            try {
                return answered(exchange, body);
            } catch (RuntimeException e) {
                LOG.error("The dashboard cannot answer a request", LoggedException.of(e));
                return new DashboardResponse(
                        Reply.plain(500, "This page has failed. The log of the application says why."));
            } finally {
                threads.waitForClient();
            }
        }

        private DashboardResponse answered(HttpExchange exchange, InputStream body) throws IOException {
            URI uri = exchange.getRequestURI();
            if (!reached.isAskedFor(exchange.getRequestHeaders().get("Host"), uri)) {
                return new DashboardResponse(
                        Reply.plain(
                                421,
                                "This server does not answer to the name in the header Host. Whoever runs it can add the name: hostNames(...)."));
            }
            DashboardRequest request = request(exchange, uri, body);
            Rights rights = dashboard.allowed(request);
            if (!rights.views()) {
                // To say no takes no time.
                return dashboard.handle(request, rights);
            }
            InetAddress from = exchange.getRemoteAddress().getAddress();
            Viewer viewer = new Viewer(rights.who(), from);
            return switch (turns.enter(viewer)) {
                case GONE -> throw new InterruptedIOException("The server ends");
                case TOO_MANY -> tooMany(request, rights, "error.tooMany", Turns.MOST_WAITING);
                case FULL -> tooMany(request, rights, "error.full", Turns.MOST_WAITING_OF_ALL);
                case TURN -> {
                    try {
                        yield dashboard.handle(
                                request, rights.address() == null ? rights.from(from.getHostAddress()) : rights);
                    } finally {
                        turns.leave(viewer);
                    }
                }
            };
        }

        private static DashboardRequest request(HttpExchange exchange, URI uri, InputStream body) {
            // Without a scheme, what looks like a host was a path that begins with two slashes.
            boolean isPath = uri.getPath() != null
                    && uri.getPath().startsWith("/")
                    && (uri.getScheme() != null || uri.getRawAuthority() == null);
            return DashboardRequest.of(exchange.getRequestMethod(), isPath ? uri.getPath() : "//")
                    .query(Parameters.ofQuery(uri.getRawQuery()))
                    .headers(exchange.getRequestHeaders())
                    .body(body)
                    .carriedBy(exchange);
        }

        private DashboardResponse tooMany(DashboardRequest request, Rights rights, String why, int most) {
            Reply said = dashboard.busy(request, rights, why, most);
            Map<String, String> headers = new LinkedHashMap<>(said.headers());
            headers.put("Retry-After", "1");
            return new DashboardResponse(new Reply(said.status(), headers, said.body()));
        }

        private static void send(HttpExchange exchange, DashboardResponse response) throws IOException {
            response.headers().forEach(exchange.getResponseHeaders()::set);
            boolean isHead = exchange.getRequestMethod().equals("HEAD");
            if (isHead) {
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(response.length()));
            }
            boolean hasBody = response.length() > 0 && !isHead;
            exchange.sendResponseHeaders(response.status(), hasBody ? response.length() : -1);
            if (hasBody) {
                OutputStream out = exchange.getResponseBody();
                response.writeTo(out);
                // To close it first reads what is left of the request, and a client that announced a large body may
                // never send it.
                out.flush();
            }
        }
    }

    /** Where a browser on this machine finds it. */
    public URI uri() {
        InetAddress at = server.getAddress().getAddress();
        boolean isHere = at.isLoopbackAddress() || at.isAnyLocalAddress();
        String named = at instanceof Inet6Address
                ? "[" + at.getHostAddress().replaceFirst("%.*", "") + "]"
                : at.getHostAddress();
        return URI.create("http://" + (isHere ? "localhost" : named) + ":"
                + server.getAddress().getPort() + "/");
    }

    /** Stops it; answers that are being sent are cut off after a second. */
    @Override
    public void close() {
        try {
            if (!answers.tryAcquire(MOST_THREADS, 1, TimeUnit.SECONDS)) {
                LOG.debug("Answers of the dashboard are cut off");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.stop(0);
        threads.close();
    }
}
