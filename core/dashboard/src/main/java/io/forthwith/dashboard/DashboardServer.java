package io.forthwith.dashboard;

import io.forthwith.dashboard.internal.http.Exchange;
import io.forthwith.dashboard.internal.http.HttpListener;
import io.forthwith.dashboard.internal.http.Parameters;
import io.forthwith.dashboard.internal.http.Reply;
import io.forthwith.dashboard.internal.http.Turns;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.internal.LoggedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a {@link Dashboard} over HTTP/1, on the loopback address unless told otherwise, and only to host names that it was told, so that no page of the web reaches it
 * under a name of its own. For development, and for machines whose ports are reached by a tunnel or a proxy that authenticates. It speaks no TLS.
 *
 * <p>There may be 200 connections; then a new one takes the place of that whose client has been silent longest. A request may take 20 s to arrive, an answer 60 s to be
 * sent, and a connection may be idle for 60 s. Requests take turns by viewer, which is a name that the rule of access gives, at an address: at most 12 are answered at
 * once, at most 3 of one viewer, and at most 40 more of one viewer wait; what is above this is answered with 429.
 */
public final class DashboardServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DashboardServer.class);
    private static final int MOST_CONNECTIONS = 200;

    private final HttpListener listener;

    private DashboardServer(HttpListener listener) {
        this.listener = listener;
    }

    /** A server for a dashboard, at a free port of the loopback address. */
    public static Settings of(Dashboard dashboard) {
        Objects.requireNonNull(dashboard, "dashboard must not be null: give Dashboard.of(store).access(...)");
        return new Settings(dashboard, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Reached.locally());
    }

    /** How a server is to be reached. Immutable: every setting returns a new value. */
    public static final class Settings {
        private final Dashboard dashboard;
        private final InetSocketAddress address;
        private final Reached reached;

        private Settings(Dashboard dashboard, InetSocketAddress address, Reached reached) {
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
            Reached all = reached.by(first);
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

    private static DashboardServer start(Dashboard dashboard, InetSocketAddress address, Reached reached) {
        try {
            return new DashboardServer(
                    HttpListener.start(address, MOST_CONNECTIONS, new Answering(dashboard, reached)));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The dashboard cannot listen at " + address + ": " + e.getMessage()
                            + ". Choose another port, or 0 for a free one",
                    e);
        }
    }

    /** Answers requests, by turns of their viewers. */
    private static final class Answering implements HttpListener.Handler {
        private final Dashboard dashboard;
        private final Reached reached;
        private final Turns turns = new Turns();

        Answering(Dashboard dashboard, Reached reached) {
            this.dashboard = dashboard;
            this.reached = reached;
        }

        /**
         * Who asks.
         *
         * @param who a name, by the rule of access
         */
        private record Viewer(String who, InetAddress from) {}

        @Override
        public @Nullable Reply answer(Exchange exchange, BooleanSupplier isGone) {
            try {
                return answered(exchange, isGone);
            } catch (RuntimeException e) {
                LOG.error("The dashboard cannot answer a request", LoggedException.of(e));
                return Reply.plain(500, "This page has failed. The log of the application says why.");
            }
        }

        private @Nullable Reply answered(Exchange exchange, BooleanSupplier isGone) {
            URI uri = exchange.getRequestURI();
            if (!reached.isAskedFor(exchange.getRequestHeaders().get("Host"), uri)) {
                return Reply.plain(
                        421,
                        "This server does not answer to the name in the header Host. Whoever runs it can add the name: hostNames(...).");
            }
            DashboardRequest request = request(exchange, uri);
            Rights rights = dashboard.allowed(request);
            if (!rights.views()) {
                // To say no takes no time.
                return dashboard.handle(request, rights).reply();
            }
            Viewer viewer = new Viewer(rights.who(), exchange.getRemoteAddress().getAddress());
            return switch (turns.enter(viewer, isGone)) {
                case GONE -> null;
                case TOO_MANY -> tooMany(request);
                case TURN -> {
                    try {
                        yield dashboard.handle(request, rights).reply();
                    } finally {
                        turns.leave(viewer);
                    }
                }
            };
        }

        private static DashboardRequest request(Exchange exchange, URI uri) {
            // Without a scheme, what looks like a host was a path that begins with two slashes.
            boolean isPath = uri.getPath() != null
                    && uri.getPath().startsWith("/")
                    && (uri.getScheme() != null || uri.getRawAuthority() == null);
            return new DashboardRequest(
                    exchange.getRequestMethod(),
                    isPath ? uri.getPath() : "//",
                    Parameters.ofQuery(uri.getRawQuery()),
                    exchange.getRequestHeaders(),
                    exchange.getRequestBody(),
                    null,
                    exchange);
        }

        private static Reply tooMany(DashboardRequest request) {
            Reply said = Reply.plain(429, Dashboard.words(request).say("error.tooMany", Turns.MOST_WAITING));
            Map<String, String> headers = new LinkedHashMap<>(said.headers());
            headers.put("Retry-After", "1");
            return new Reply(said.status(), headers, said.body());
        }

        @Override
        public void look() {
            turns.look();
        }
    }

    /** Where a browser on this machine finds it. */
    public URI uri() {
        InetAddress at = listener.address().getAddress();
        boolean isHere = at.isLoopbackAddress() || at.isAnyLocalAddress();
        String named = at instanceof Inet6Address
                ? "[" + at.getHostAddress().replaceFirst("%.*", "") + "]"
                : at.getHostAddress();
        return URI.create("http://" + (isHere ? "localhost" : named) + ":"
                + listener.address().getPort() + "/");
    }

    /** Stops it; answers that are being sent are cut off after a second. */
    @Override
    public void close() {
        listener.close();
    }
}
