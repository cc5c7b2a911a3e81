package io.forthwith.dashboard.servlet;

import io.forthwith.dashboard.Dashboard;
import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.dashboard.DashboardResponse;
import io.forthwith.dashboard.internal.http.Parameters;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Serves a {@link Dashboard} in a servlet container, mounted at a path with all that is beneath it: {@code /admin/jobs/*}. It has relative links only, so it works
 * at any path, also behind a proxy that changes it. No filter before it may read the body of a form, for example by {@code getParameter}.
 */
@SuppressWarnings("exports") // who uses it has servlets, and who does not must be able to compile without them
public final class DashboardServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final int NOT_FOUND = 404;
    private static final int FOUND = 302;

    private final transient Dashboard dashboard;

    /** A servlet for a dashboard. */
    public DashboardServlet(Dashboard dashboard) {
        this.dashboard =
                Objects.requireNonNull(dashboard, "dashboard must not be null: give Dashboard.of(store).access(...)");
    }

    /** Answers every method, so that no container answers one in its own way. */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        DashboardResponse answer = dashboard.handle(DashboardRequest.of(request.getMethod(), path(request))
                .query(Parameters.ofQuery(request.getQueryString()))
                .headers(headers(request))
                .body(body(request))
                .origin(origin(request))
                .carriedBy(request));
        answer.headers().forEach(response::setHeader);
        String withSlash = answer.status() == NOT_FOUND ? withSlash(request) : null;
        if (withSlash != null) {
            response.setStatus(FOUND);
            response.setHeader("Location", withSlash);
            return;
        }
        response.setStatus(answer.status());
        if (answer.length() > 0) {
            response.setContentLength(answer.length());
            if (!request.getMethod().equals("HEAD")) {
                answer.writeTo(response.getOutputStream());
            }
        }
    }

    /**
     * What follows the place of the servlet. Where the container has read an address in a way of its own ({@code ..}, {@code //},
     * {@code ;jsessionid}), the path is that of no page: filters of the application may have read it in another way.
     */
    private static String path(HttpServletRequest request) {
        String mounted = isDefault(request) ? "" : request.getServletPath();
        String path = isDefault(request) ? request.getServletPath() : request.getPathInfo();
        String read = decoded(request.getContextPath()) + mounted + (path == null ? "" : path);
        return !read.equals(decoded(request.getRequestURI())) ? "/?" : path == null ? "" : path;
    }

    /** Whether it is mounted at {@code /}: then the path is where others have the place of the servlet. */
    private static boolean isDefault(HttpServletRequest request) {
        return request.getHttpServletMapping().getMappingMatch() == MappingMatch.DEFAULT;
    }

    private static String decoded(String path) {
        try {
            // Two slashes at the beginning would be followed by a host.
            String decoded = new URI("//host" + path).getPath();
            return decoded == null ? "" : decoded;
        } catch (URISyntaxException e) {
            return "?";
        }
    }

    /** The relative address with a slash at its end, for a request that lacks the slash; null for one that has it. */
    private static @Nullable String withSlash(HttpServletRequest request) {
        String uri = request.getRequestURI();
        if (!path(request).isEmpty() || uri.endsWith("/")) {
            return null;
        }
        String query = request.getQueryString();
        return "./" + uri.substring(uri.lastIndexOf('/') + 1) + "/" + (query == null ? "" : "?" + query);
    }

    private static Map<String, List<String>> headers(HttpServletRequest request) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String name : Collections.list(request.getHeaderNames())) {
            headers.put(name, Collections.list(request.getHeaders(name)));
        }
        return headers;
    }

    private static InputStream body(HttpServletRequest request) throws IOException {
        try {
            return request.getMethod().equals("POST") ? request.getInputStream() : InputStream.nullInputStream();
        } catch (IllegalStateException e) {
            // A filter has read the body as text: the dashboard says so.
            return InputStream.nullInputStream();
        }
    }

    private static String origin(HttpServletRequest request) {
        String host = request.getServerName();
        boolean isBare = host.indexOf(':') >= 0 && !host.startsWith("[");
        return request.getScheme() + "://" + (isBare ? "[" + host + "]" : host) + ":" + request.getServerPort();
    }
}
