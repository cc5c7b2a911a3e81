package io.forthwith.dashboard.internal.http;

import com.sun.net.httpserver.Headers;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The first line and the headers of a request of HTTP/1. It is strict, because a proxy before it may read what is not exact in another way. Immutable but for the headers.
 *
 * @param target what is asked for: a path or an address
 * @param isOld whether it is HTTP/1.0
 */
record RequestHead(String method, URI target, boolean isOld, Headers headers) {
    private static final int MOST_BYTES = 64 * 1024;
    private static final int MOST_HEADERS = 200;
    private static final int BAD = 400;
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern TARGET = Pattern.compile("[!-~]+");
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,15}");

    /** Reads one; null if the client ends the connection instead. */
    static @Nullable RequestHead read(InputStream in) throws IOException, BadRequest {
        Lines lines = new Lines(in);
        String first = lines.next();
        // Some clients end the request before with one line break too many.
        if (first != null && first.isEmpty()) {
            first = lines.next();
        }
        if (first == null) {
            return null;
        }
        String[] parts = first.split(" ", -1);
        if (parts.length != 3
                || !TOKEN.matcher(parts[0]).matches()
                || !TARGET.matcher(parts[1]).matches()) {
            throw new BadRequest(BAD, "The first line of the request cannot be read.");
        }
        if (!parts[2].equals("HTTP/1.1") && !parts[2].equals("HTTP/1.0")) {
            throw new BadRequest(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
        }
        return new RequestHead(parts[0], uri(parts[1]), parts[2].equals("HTTP/1.0"), headers(lines));
    }

    private static URI uri(String target) throws BadRequest {
        try {
            return new URI(target);
        } catch (URISyntaxException e) {
            throw new BadRequest(BAD, "The address of the request cannot be read.");
        }
    }

    private static Headers headers(Lines lines) throws IOException, BadRequest {
        Headers headers = new Headers();
        int count = 0;
        for (String line = lines.next(); line == null || !line.isEmpty(); line = lines.next()) {
            if (line == null) {
                throw new EOFException("The request ends in its headers");
            }
            int colon = line.indexOf(':');
            String value = line.substring(colon + 1).strip();
            if (colon < 1
                    || !TOKEN.matcher(line.substring(0, colon)).matches()
                    || value.chars().anyMatch(c -> c < ' ' && c != '\t')) {
                throw new BadRequest(BAD, "A header of the request cannot be read.");
            }
            if (++count > MOST_HEADERS) {
                throw new BadRequest(431, "The request has more than " + MOST_HEADERS + " headers.");
            }
            headers.add(line.substring(0, colon), value);
        }
        return headers;
    }

    /** How many bytes follow; -1 if they come in pieces. */
    long length() throws BadRequest {
        List<String> lengths = headers.getOrDefault("Content-length", List.of());
        List<String> codings = headers.getOrDefault("Transfer-encoding", List.of());
        if (!codings.isEmpty()) {
            if (isOld || !lengths.isEmpty() || codings.size() > 1) {
                throw new BadRequest(BAD, "The headers of the request do not agree on how long its body is.");
            }
            if (!codings.get(0).equalsIgnoreCase("chunked")) {
                throw new BadRequest(501, "The only Transfer-Encoding that is read here is chunked.");
            }
            return -1;
        }
        if (lengths.isEmpty()) {
            return 0;
        }
        if (lengths.size() > 1 || !LENGTH.matcher(lengths.get(0)).matches()) {
            throw new BadRequest(BAD, "The headers of the request do not agree on how long its body is.");
        }
        return Long.parseLong(lengths.get(0));
    }

    /** Whether the client wants the connection to end with the answer. */
    boolean isLast() {
        return isOld
                || headers.getOrDefault("Connection", List.of()).stream()
                        .flatMap(value -> List.of(value.split(",")).stream())
                        .anyMatch(value -> value.strip().equalsIgnoreCase("close"));
    }

    /** Whether the client waits to be told that it may send the body. */
    boolean isAsking() {
        String expects = headers.getFirst("Expect");
        return !isOld && expects != null && expects.toLowerCase(Locale.ROOT).equals("100-continue");
    }

    /** The lines of a head, each of which ends in CR and LF. */
    private static final class Lines {
        private final InputStream in;
        private int left = MOST_BYTES;

        Lines(InputStream in) {
            this.in = in;
        }

        /** The next one without its end; null if there is none. */
        @Nullable
        String next() throws IOException, BadRequest {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int c = in.read(); c != '\r'; c = in.read()) {
                if (c < 0) {
                    if (line.size() > 0) {
                        throw new EOFException("The request ends in a line");
                    }
                    return null;
                }
                if (c == '\n' || c == 0) {
                    throw new BadRequest(BAD, "The lines of a request end in CR and LF.");
                }
                if (--left < 0) {
                    throw new BadRequest(431, "The head of the request is longer than " + MOST_BYTES / 1024 + " KiB.");
                }
                line.write(c);
            }
            if (in.read() != '\n') {
                throw new BadRequest(BAD, "The lines of a request end in CR and LF.");
            }
            return line.toString(StandardCharsets.ISO_8859_1);
        }
    }
}
