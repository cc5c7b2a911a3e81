package io.forthwith.dashboard.internal.http;

import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.dashboard.internal.html.PageTexts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets in forms that a page of this dashboard has sent, and no others. A page of another site can make a browser send a form with its user's cookies. It
 * cannot change the headers {@code Sec-Fetch-Site} and {@code Origin}, which the browser writes. Immutable.
 */
public final class Guard {
    static final int MOST_BYTES = 64 * 1024;
    static final int MOST_FIELDS = 1_000;
    private static final int LONGEST_VALUE = 100;
    private static final String FORM = "application/x-www-form-urlencoded";

    private final Set<String> publicOrigins;

    public Guard(Set<String> publicOrigins) {
        this.publicOrigins = publicOrigins;
    }

    /** Why a form is not acted on. */
    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final int status;

        Refused(int status, String message) {
            super(message, null, false, false);
            this.status = status;
        }

        public int status() {
            return status;
        }

        /** What the person and the log are told. */
        public String reason() {
            return String.valueOf(getMessage());
        }
    }

    /** Reads the form of a request. */
    public Form form(DashboardRequest request) throws Refused {
        requireSameOrigin(request);
        requireForm(request);
        String text = text(body(request));
        if (text.chars().filter(c -> c == '&').count() >= MOST_FIELDS) {
            throw new Refused(413, "The form has more than " + MOST_FIELDS + " fields.");
        }
        return new Form(Parameters.of(text, MOST_FIELDS));
    }

    private void requireSameOrigin(DashboardRequest request) throws Refused {
        String site = header(request, "Sec-Fetch-Site");
        String origin = header(request, "Origin");
        if (site != null) {
            if (!site.equals("same-origin")) {
                throw new Refused(
                        403,
                        "The form was not sent by a page of this dashboard: the header Sec-Fetch-Site is " + shown(site)
                                + ".");
            }
        } else if (origin == null) {
            throw new Refused(
                    403,
                    "Nothing says that a page of this dashboard has sent the form: there is neither the header Sec-Fetch-Site nor Origin.");
        } else if (!isOwn(request, normal(origin))) {
            throw new Refused(
                    403,
                    "The form was not sent by a page of this dashboard: the header Origin is " + shown(origin)
                            + ". If this is the address of the dashboard, add it there: publicOrigin(...).");
        }
    }

    private boolean isOwn(DashboardRequest request, String origin) {
        if (publicOrigins.contains(origin)) {
            return true;
        }
        String own = request.origin();
        if (own != null) {
            return origin.equals(normal(own));
        }
        String host = header(request, "Host");
        return host != null && (origin.equals(normal("http://" + host)) || origin.equals(normal("https://" + host)));
    }

    private static void requireForm(DashboardRequest request) throws Refused {
        String type = header(request, "Content-Type");
        String[] parts =
                type == null ? new String[] {""} : type.toLowerCase(Locale.ROOT).split(";", 2);
        boolean isUtf8 = parts.length < 2 || parts[1].strip().replace("\"", "").equals("charset=utf-8");
        if (!parts[0].strip().equals(FORM) || !isUtf8) {
            throw new Refused(
                    415,
                    "Only forms in UTF-8 are read: the header Content-Type is " + shown(type == null ? "" : type)
                            + " and not " + FORM + ".");
        }
    }

    /** Reads no more than is allowed, whatever the header {@code Content-Length} says. */
    private static byte[] body(DashboardRequest request) throws Refused {
        long announced = announced(request.headers());
        if (announced > MOST_BYTES) {
            throw tooLong();
        }
        byte[] body;
        try {
            body = request.body().readNBytes(MOST_BYTES + 1);
        } catch (IOException e) {
            throw new Refused(400, "The form did not arrive in full.");
        }
        if (body.length > MOST_BYTES) {
            throw tooLong();
        }
        if (body.length == 0 && announced > 0) {
            throw new Refused(
                    400,
                    "The form was read before it came to the dashboard: a filter of the application may have asked for its parameters.");
        }
        return body;
    }

    /**
     * What a request brings, read in full before anybody answers it, so that a client that sends slowly keeps no turn. What its header says is longer than a form may be is
     * not read, because it is refused.
     */
    public static InputStream arrived(Map<String, List<String>> headers, InputStream body) {
        if (announced(headers) > MOST_BYTES) {
            return body;
        }
        try {
            return new ByteArrayInputStream(body.readNBytes(MOST_BYTES + 1));
        } catch (IOException e) {
            return new Broken(e);
        }
    }

    /** A body that did not arrive in full. */
    private static final class Broken extends InputStream {
        private final IOException why;

        Broken(IOException why) {
            this.why = why;
        }

        @Override
        public int read() throws IOException {
            throw why;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            throw why;
        }
    }

    private static long announced(Map<String, List<String>> headers) {
        String length = header(headers, "Content-Length");
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Refused tooLong() {
        return new Refused(413, "The form is longer than " + MOST_BYTES / 1024 + " KiB.");
    }

    private static String text(byte[] body) throws Refused {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Refused(400, "The form is not in UTF-8.");
        }
    }

    /** A header; several with one name are none that a browser sends, so they are one value that nothing equals. */
    private static @Nullable String header(DashboardRequest request, String name) {
        return header(request.headers(), name);
    }

    private static @Nullable String header(Map<String, List<String>> headers, String name) {
        List<String> values = headers.get(name);
        return values == null || values.isEmpty() ? null : String.join(", ", values);
    }

    /** A value of a header as plain text: its beginning, and nothing but letters, digits and signs of ASCII. */
    private static String shown(String value) {
        return "'" + PageTexts.cut(value, LONGEST_VALUE).replaceAll("[^ -~…]", "?") + "'";
    }

    /** Browsers leave out the port that a scheme has anyway. */
    private static String normal(String origin) {
        String lower = origin.toLowerCase(Locale.ROOT);
        if (lower.startsWith("http://") && lower.endsWith(":80")) {
            return lower.substring(0, lower.length() - ":80".length());
        }
        return lower.startsWith("https://") && lower.endsWith(":443")
                ? lower.substring(0, lower.length() - ":443".length())
                : lower;
    }

    /** An origin as browsers write it. */
    public static String publicOrigin(String origin) {
        try {
            URI uri = new URI(origin);
            boolean isWeb = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            boolean hasMore = !"".equals(uri.getPath())
                    || uri.getQuery() != null
                    || uri.getFragment() != null
                    || uri.getUserInfo() != null;
            if (isWeb && uri.getHost() != null && !hasMore) {
                return normal(origin);
            }
        } catch (java.net.URISyntaxException e) {
            // The sentence below says what is expected.
        }
        throw new IllegalArgumentException(
                "A public origin is a scheme, a host and perhaps a port, and no path, such as"
                        + " https://jobs.example.org; this is none: " + origin);
    }
}
